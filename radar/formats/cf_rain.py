"""Which variable of a CF file is the rain, how its axes lie, and what its unit means."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from radar.errors import BadFrames
from radar.rain import MARSHALL_PALMER, PIXEL_OFFSET, ZR, from_dbz

Variables = Mapping[str, xr.Variable]

STANDARD_NAMES = ("rainfall_rate", "lwe_precipitation_rate", "precipitation_flux", "rainfall_flux")
NAMES = (
    "rain_rate",
    "rainrate",
    "rainfall_rate",
    "precip_rate",
    "precipitation_rate",
    "precip_intensity",
    "precipitation_intensity",
    "rr",
)
ROLES = ("time", "y", "x")
AXIS_NAMES = {
    "time": {"time", "t", "valid_time"},
    "y": {"y", "lat", "latitude", "northing", "rows", "row", "south_north", "ny"},
    "x": {"x", "lon", "longitude", "easting", "columns", "column", "cols", "west_east", "nx"},
}
AXIS_STANDARD_NAMES = {
    "time": "time",
    "projection_y_coordinate": "y",
    "grid_latitude": "y",
    "latitude": "y",
    "projection_x_coordinate": "x",
    "grid_longitude": "x",
    "longitude": "x",
}
FILL = np.float32(9.969209968386869e36)
"""What the NetCDF library leaves where nothing was written."""


def times(factor: float) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """A conversion to mm/h by a factor."""
    return lambda values: values * factor


def echo(dbz: NDArray[Any], zr: ZR = MARSHALL_PALMER) -> NDArray[Any]:
    """Rain rate of a reflectivity; at -10 dBZ and below, where radars write `no echo`, it is none."""
    with np.errstate(over="ignore"):
        return np.where(dbz <= -PIXEL_OFFSET, 0.0, from_dbz(dbz.astype(np.float64), zr))


UNITS = {
    "mm/h": times(1),
    "mmh-1": times(1),
    "kgm-2h-1": times(1),
    "kg/m2/h": times(1),
    "kg/m2h": times(1),
    "m/s": times(3.6e6),
    "ms-1": times(3.6e6),
    "mm/s": times(3600),
    "mms-1": times(3600),
    "kgm-2s-1": times(3600),
    "kg/m2/s": times(3600),
    "kg/m2s": times(3600),
    "dbz": echo,
}
"""Every unit we convert, in the spelling that `plain` gives."""


def plain(unit: str) -> str:
    """A unit in one spelling: `mm hr**-1`, `mm.h^-1` and `mm hour-1` are all mmh-1.

    >>> plain("mm hour^-1")
    'mmh-1'
    """
    short = re.sub(r"[\s.*^_{}()·]", "", unit.lower())
    return re.sub(r"hours?|hrs?", "h", re.sub(r"seconds?|sec", "s", short))


def converter(name: str, variable: xr.Variable) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """What turns the variable's unit into mm/h; BadFrames names a unit that we do not convert."""
    unit = variable.attrs.get("units")
    accepted = "we accept mm h-1, mm s-1, m s-1, kg m-2 h-1, kg m-2 s-1 and dBZ"
    if not isinstance(unit, str) or not unit.strip():
        raise BadFrames(f"The variable {name[:40]} has no units attribute; {accepted}.")
    if plain(unit[:80]) not in UNITS:
        raise BadFrames(f"The variable {name[:40]} has units {unit[:40]!r}; {accepted}.")
    return UNITS[plain(unit)]


def rain_name(variables: Variables) -> str:
    """The name of the rain variable: by standard name, by its own name, or as the only field there is."""
    fields = {name: variable for name, variable in variables.items() if is_field(name, variable)}
    for found in (
        [name for name, field in fields.items() if field.attrs.get("standard_name") in STANDARD_NAMES],
        [name for name in fields if name.lower() in NAMES],
        [name for name, field in fields.items() if "time" in roles(name, variables).values() or field.ndim > 2],
        list(fields),
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise BadFrames(f"Which variable is the rain is not clear: {listed(found)}; name one of them rain_rate.")
    if not variables:
        raise BadFrames("The file is HDF5, but it is not CF NetCDF: it has no variables.")
    raise BadFrames(f"The NetCDF file holds no field of rain; its variables are {listed(list(variables))}.")


def is_field(name: str, variable: xr.Variable) -> bool:
    """True for numbers over a plane that are not coordinates or bounds."""
    return variable.ndim >= 2 and variable.dtype.kind in "iuf" and not name.endswith(("_bnds", "_bounds"))


def listed(names: list[str]) -> str:
    """A few names for a sentence."""
    return ", ".join(name[:40] for name in names[:6]) + (" and more" if len(names) > 6 else "") if names else "none"


def roles(name: str, variables: Variables) -> dict[str, str]:
    """Dimension -> time, y or x, as far as its coordinate or its name tells."""
    told = {str(dim): role(str(dim), variables) for dim in variables[name].dims}
    return {dim: part for dim, part in told.items() if part is not None}


def role(dim: str, variables: Variables) -> str | None:
    """What a dimension is; None when nothing tells."""
    coordinate = variables.get(coordinate_name(dim, variables) or "")
    attributes = {} if coordinate is None else coordinate.attrs
    axis = {"T": "time", "Y": "y", "X": "x"}.get(str(attributes.get("axis")))
    standard = AXIS_STANDARD_NAMES.get(str(attributes.get("standard_name")))
    since = "time" if " since " in str(attributes.get("units")) else None
    named = next((part for part, names in AXIS_NAMES.items() if dim.lower() in names), None)
    return axis or standard or since or named


def coordinate_name(dim: str, variables: Variables) -> str | None:
    """The 1-D variable with a dimension's values: the one of its name, else the only one that says it is an axis."""
    if dim in variables and variables[dim].dims == (dim,):
        return dim
    along = [name for name, variable in variables.items() if variable.dims == (dim,) and is_axis(variable)]
    return along[0] if len(along) == 1 else None


def is_axis(variable: xr.Variable) -> bool:
    """True when the attributes say that this is a coordinate."""
    return "axis" in variable.attrs or variable.attrs.get("standard_name") in AXIS_STANDARD_NAMES


def axes(name: str, variables: Variables) -> dict[str, str]:
    """time, y, x -> dimension of the variable; time may be absent. BadFrames when it is not clear."""
    known = {part: dim for dim, part in roles(name, variables).items()}
    sizes = dict(zip(map(str, variables[name].dims), variables[name].shape, strict=True))
    rest = [dim for dim in sizes if dim not in known.values()]
    absent = [part for part in ROLES if part not in known]
    if len(rest) > len(absent):
        rest = [dim for dim in rest if sizes[dim] != 1]
    known.update(zip(absent[max(0, len(absent) - len(rest)) :], rest, strict=False))
    if len(rest) > len(absent) or not {"y", "x"} <= known.keys():
        raise BadFrames(f"The dimensions of {name[:40]} ({listed(list(sizes))}) are not time, y and x.")
    return known


def laid_out(values: NDArray[Any], dims: tuple[str, ...], known: Mapping[str, str]) -> NDArray[Any]:
    """Values of any order of dimensions as (time, y, x)."""
    order = [dims.index(known[part]) for part in ROLES if part in known]
    rest = [at for at in range(len(dims)) if at not in order]
    moved = np.transpose(values, [*rest, *order])
    plane = moved.reshape(moved.shape[len(rest) :])
    return plane if "time" in known else plane[np.newaxis]
