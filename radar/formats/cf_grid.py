"""The grid of a CF file: coordinates that are evenly spaced, and a grid mapping."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from radar.errors import BadFrames
from radar.formats.cf_rain import coordinate_name
from radar.formats.container import Container
from radar.grid import Affine, Grid, understood

TOLERANCE = 1e-2
"""Of a step: how uneven coordinates may be. In float32, a step of 0.005° is so by 0.002 in America."""
METRES = {"m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0}
METRES |= {"km": 1000.0, "kilometre": 1000.0, "kilometres": 1000.0, "kilometer": 1000.0, "kilometers": 1000.0}
TEXTS = ("crs_wkt", "spatial_ref", "proj4", "proj4_params", "proj4text", "proj4_string", "epsg_code")


def grid_of(container: Container, name: str, known: Mapping[str, str], given: Grid | None = None) -> Grid:
    """The grid under a variable whose axes are known; `given` where the file says nothing of its own."""
    sizes = dict(zip(container.variables[name].dims, container.variables[name].shape, strict=True))
    shape = (sizes[known["y"]], sizes[known["x"]])
    names = [coordinate_name(known[part], container.variables) for part in ("y", "x")]
    mapping = mapping_of(container, name)
    crs = crs_of(mapping) or (CRS.from_epsg(4326) if is_lonlat(container, names) else None)
    written = geotransform(mapping)
    y, x = (axis(container, name, crs) for name in names)
    if y is None or x is None:
        if not (given or written or crs is None):
            raise BadFrames("The file names a projection but has no coordinates of y and x; give a grid beside it.")
        return given or Grid(*shape, written or Grid.picture(shape).transform, wkt(crs))
    transform = written if written and fits(written, y, x) else affine(y, x)
    return Grid(*shape, transform, wkt(crs))


def wkt(crs: CRS | None) -> str | None:
    """The CRS as Grid keeps it."""
    return None if crs is None else crs.to_wkt()


def mapping_of(container: Container, name: str) -> Mapping[str, Any]:
    """Attributes of the grid mapping of a variable, or of the only one in the file; empty when there is none.

    A picture's, as we write it, has a transform and no name.
    """
    variables = container.variables
    said = str(variables[name].attrs.get("grid_mapping", "")).split(":")[0].strip()
    if said in variables:
        return variables[said].attrs
    attributes = [variable.attrs for variable in variables.values()]
    lone = [said for said in attributes if "grid_mapping_name" in said or set(said) == {"GeoTransform"}]
    return lone[0] if len(lone) == 1 else {}


def crs_of(mapping: Mapping[str, Any]) -> CRS | None:
    """The CRS that a grid mapping describes, by its text or its CF attributes; None when it describes none."""
    text = next((mapping[key] for key in TEXTS if mapping.get(key)), None)
    if text is None and "grid_mapping_name" not in mapping:
        return None
    try:
        if text is None:
            return CRS.from_cf(dict(mapping))
        return understood(text) if isinstance(text, str) else CRS.from_epsg(text)
    except (CRSError, KeyError, TypeError, ValueError) as error:
        raise BadFrames("The coordinate reference system of the file cannot be understood.") from error


def geotransform(mapping: Mapping[str, Any]) -> Affine | None:
    """GDAL's GeoTransform attribute (c a b f d e, in a text), which alone says the size of a single pixel."""
    try:
        c, a, b, f, d, e = (float(part) for part in str(mapping["GeoTransform"]).split())
    except (KeyError, ValueError):
        return None
    return (a, b, c, d, e, f) if np.all(np.isfinite([a, b, c, d, e, f])) and a * e - b * d != 0 else None


def is_lonlat(container: Container, names: list[str | None]) -> bool:
    """True when the coordinates say, by standard name, unit or name, that they are latitude and longitude."""
    words = ("latitude", "longitude"), ("degrees_north", "degrees_east"), ("lat", "lon")
    for word in zip(*words, strict=True):
        name = names[0 if word[0] == "latitude" else 1]
        attributes = container.variables[name].attrs if name else {}
        if not {attributes.get("standard_name"), attributes.get("units"), (name or "").lower()} & set(word):
            return False
    return True


def axis(container: Container, name: str | None, crs: CRS | None) -> NDArray[np.float64] | None:
    """Coordinates in the unit of the CRS; None when there are none."""
    if name is None:
        return None
    values = container.numbers(name)
    if not np.isfinite(values).all():
        raise BadFrames(f"The coordinate {name[:40]} is missing somewhere.")
    factor = scale(str(container.variables[name].attrs.get("units", "")).strip(), crs)
    return values if factor == 1 else values * factor


def scale(unit: str, crs: CRS | None) -> float:
    """How many units of the CRS one unit of a coordinate is; BadFrames where they do not measure the same thing."""
    if crs is None or unit in {"", "1", *(part["units"] for part in crs.cs_to_cf())}:
        return 1.0
    if crs.is_geographic and unit.lower().startswith("deg"):
        return 1.0
    if unit.lower() in METRES and not crs.is_geographic and crs.axis_info:
        return METRES[unit.lower()] / crs.axis_info[0].unit_conversion_factor
    raise BadFrames(
        f"The coordinates have units {unit[:40]!r}; we accept m and km, or degrees of longitude and latitude."
    )


def affine(y: NDArray[np.float64], x: NDArray[np.float64]) -> Affine:
    """Transform of evenly spaced pixel centres; BadFrames when they are not.

    A lone row is as high as its pixels are wide, a lone column likewise, and a lone pixel has side 1.
    """
    told_x, told_y = step(x, "x"), step(y, "y")
    across, down = told_x or abs(told_y) or 1.0, told_y or -abs(told_x) or 1.0
    return (across, 0.0, float(x[0] - across / 2), 0.0, down, float(y[0] - down / 2))


def step(values: NDArray[np.float64], name: str) -> float:
    """The one step between coordinates; 0 for a lone one."""
    if len(values) == 1:
        return 0.0
    mean = float(values[-1] - values[0]) / (len(values) - 1)
    even = values[0] + mean * np.arange(len(values))
    if mean == 0 or np.abs(values - even).max() > TOLERANCE * abs(mean):
        raise BadFrames(f"The {name} coordinates are not evenly spaced.")
    return mean


def fits(transform: Affine, y: NDArray[np.float64], x: NDArray[np.float64]) -> bool:
    """True when a written transform gives the coordinates that were written beside it."""
    grid = Grid(len(y), len(x), transform)
    off = max(np.abs(grid.x - x).max() / abs(transform[0] or 1), np.abs(grid.y - y).max() / abs(transform[4] or 1))
    return bool(off <= TOLERANCE)
