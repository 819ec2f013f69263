"""ODIM_H5 composites (OPERA and the national ones): rain rate, accumulation or reflectivity on a projected grid."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Proj
from pyproj.exceptions import CRSError

from radar.errors import BadFrames
from radar.formats.cf_rain import echo
from radar.formats.container import HDF5
from radar.formats.hdf5_tree import Tree, conventions
from radar.formats.hints import Hints
from radar.formats.untrusted import time_of, untrusted
from radar.frames import Frames
from radar.grid import Grid, understood
from radar.rain import MARSHALL_PALMER, ZR

SIGN = "ODIM_H5"
POLAR = {"PVOL", "SCAN", "RAY", "AZIM", "ELEV"}
QUANTITIES = ("RATE", "ACRR", "DBZH", "TH")
"""What we can turn into a rain rate, best first: mm/h, mm since the start, dBZ, dBZ."""
MOMENT = "%Y%m%d%H%M%S"
NO_HINTS = Hints()

Said = Mapping[str, Any]


class Field(NamedTuple):
    """Where a quantity lies in the file, and all that is said about it at any level."""

    path: str
    what: Said
    how: Said


def sniff(data: bytes) -> bool:
    """True for HDF5 whose conventions are ODIM's."""
    return data.startswith(HDF5) and conventions(data).startswith(SIGN)


@untrusted("ODIM_H5")
def read(data: bytes, hints: Hints = NO_HINTS) -> Frames:
    """The one frame of a composite: RATE, else ACRR, else DBZH. `nodata` is NaN, `undetect` is no rain.

    Its time is the nominal one of the file (`/what`), its first row the northern one, as ODIM fixes it.
    """
    tree = Tree(data)
    root = tree.said("what")
    if root.get("object") in POLAR:
        raise BadFrames(f"The ODIM_H5 file is a polar {root['object']}; we read composites and other images on a map.")
    field = field_of(tree)
    where = {**tree.said("where"), **tree.said(f"{field.path.rpartition('/')[0]}/where")}
    shape = tree.shape(f"{field.path}/data", served=hints.served)
    grid = grid_of(where, shape)  # before the values, which may be many
    rain = rain_of(tree.plane(f"{field.path}/data"), field)
    return Frames(rain[np.newaxis], (date_and_time(root, ""),), grid)


def field_of(tree: Tree) -> Field:
    """The first field of the best quantity; `what` and `how` stand at the data or above it, by version."""
    fields = list(fields_of(tree))
    for quantity in QUANTITIES:
        for field in fields:
            if field.what.get("quantity") == quantity:
                return field
    held = sorted({str(field.what.get("quantity"))[:20] for field in fields})
    raise BadFrames(f"The ODIM_H5 file holds {', '.join(held) or 'no data'}; we read {', '.join(QUANTITIES)}.")


def fields_of(tree: Tree) -> list[Field]:
    """Every data group of every dataset."""
    root = tree.said("how")
    found: list[Field] = []
    for dataset in tree.groups("/", "dataset"):
        what, how = tree.said(f"{dataset}/what"), {**root, **tree.said(f"{dataset}/how")}
        for path in tree.groups(dataset, "data"):
            found.append(Field(path, {**what, **tree.said(f"{path}/what")}, {**how, **tree.said(f"{path}/how")}))
    return found


def rain_of(values: NDArray[Any], field: Field) -> NDArray[np.floating]:
    """(Y, X) mm/h; NaN where the file says nodata, 0 where it says undetect."""
    what = field.what
    physical = values * float(what.get("gain", 1)) + float(what.get("offset", 0))
    rain = in_mm_h(physical, field)
    rain[values == float(what.get("undetect", np.nan))] = 0
    rain[values == float(what.get("nodata", np.nan))] = np.nan
    return rain


def in_mm_h(physical: NDArray[np.floating], field: Field) -> NDArray[np.floating]:
    """A quantity as rain rate; an accumulation is spread over the time from its start to its end."""
    if field.what["quantity"] == "RATE":
        return physical
    if field.what["quantity"] == "ACRR":
        return physical / hours(field.what)
    zr = ZR(float(field.how.get("zr_a", MARSHALL_PALMER.a)), float(field.how.get("zr_b", MARSHALL_PALMER.b)))
    if min(zr) <= 0:
        raise BadFrames(f"The ODIM_H5 file says Z = {zr.a:g} R^{zr.b:g}, which is no rain.")
    return echo(physical, zr)


def hours(what: Said) -> float:
    """How long an accumulation lasted."""
    lasted = (date_and_time(what, "end") - date_and_time(what, "start")).total_seconds() / 3600
    if lasted <= 0:
        raise BadFrames("The accumulation of the ODIM_H5 file ends before it starts.")
    return lasted


def date_and_time(said: Said, which: str) -> datetime:
    """A date and a time of a `what` group."""
    return time_of(f"{said.get(which + 'date', '')}{said.get(which + 'time', '')}", MOMENT)


def grid_of(where: Said, shape: tuple[int, int]) -> Grid:
    """The grid from the projection and the outer corner of the upper left pixel, or of the lower left one."""
    if (where.get("ysize", shape[0]), where.get("xsize", shape[1])) != shape:
        raise BadFrames("The ODIM_H5 file declares two sizes of the grid.")
    try:
        crs = understood(str(where["projdef"]))
        across, down = scales(where, shape, crs)
        left, top = upper_left(where, crs, down * shape[0])
    except (KeyError, CRSError) as error:
        raise BadFrames("The ODIM_H5 file does not say where its grid lies on the Earth.") from error
    return Grid(*shape, (across, 0.0, left, 0.0, -down, top), crs.to_wkt())


def upper_left(where: Said, crs: CRS, height: float) -> tuple[float, float]:
    """x and y of the outer corner of the grid."""
    project = Proj(crs)
    if "UL_lon" in where:
        left, top = project(float(where["UL_lon"]), float(where["UL_lat"]))
        return float(left), float(top)
    left, bottom = project(float(where["LL_lon"]), float(where["LL_lat"]))
    return float(left), float(bottom) + height


def scales(where: Said, shape: tuple[int, int], crs: CRS) -> tuple[float, float]:
    """Width and height of a pixel; on a grid of degrees they follow from the corners, for the scales are in m."""
    if not crs.is_geographic:
        return float(where["xscale"]), float(where["yscale"])
    across = (float(where["UR_lon"]) - float(where["LL_lon"])) / shape[1]
    return across, (float(where["UR_lat"]) - float(where["LL_lat"])) / shape[0]
