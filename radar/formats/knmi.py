"""KNMI HDF5: the Dutch composite, accumulations in steps of 0.01 mm or reflectivity in steps of 0.5 dBZ."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj.exceptions import CRSError

from radar.errors import BadFrames
from radar.formats.cf_rain import echo
from radar.formats.container import HDF5
from radar.formats.hdf5_tree import Tree, peek
from radar.formats.hints import Hints
from radar.formats.untrusted import time_of, untrusted
from radar.frames import Frames
from radar.grid import Grid, understood

GROUP, IMAGE = "geographic", "image1/image_data"
CALIBRATION = re.compile(r"GEO\s*=\s*([-+.\deE]+)\s*\*\s*PV\s*\+?\s*([-.\deE]+)?")
MOMENT = "%d-%b-%Y;%H:%M:%S"
AMOUNT, ECHO = "ACCUMULATED_PRECIPITATION_[MM]", "REFLECTIVITY_[DBZ]"
UNITS = {"M": 1.0, "KM": 1000.0}
NO_HINTS = Hints()

Said = Mapping[str, Any]


def sniff(data: bytes) -> bool:
    """True for HDF5 with KNMI's group of where the image lies."""
    return data.startswith(HDF5) and "geo_number_rows" in peek(data, GROUP)


@untrusted("KNMI HDF5")
def read(data: bytes, hints: Hints = NO_HINTS) -> Frames:
    """The one frame of `image1`; its time is the end of what was accumulated. Pixels without data are NaN."""
    tree = Tree(data)
    shape = tree.shape(IMAGE, served=hints.served)
    grid = grid_of(tree.said(GROUP), tree.said(f"{GROUP}/map_projection"), shape)
    values = tree.plane(IMAGE)
    overview = tree.said("overview")
    ends = time_of(str(overview.get("product_datetime_end", "")).partition(".")[0].title(), MOMENT)
    starts = time_of(str(overview.get("product_datetime_start", "")).partition(".")[0].title(), MOMENT)
    physical = calibrated(values, tree.said("image1/calibration"))
    quantity = str(tree.said("image1").get("image_geo_parameter"))
    rain = in_mm_h(physical, quantity, (ends - starts).total_seconds() / 3600)
    return Frames(rain[np.newaxis], (ends,), grid)


def calibrated(values: NDArray[Any], said: Said) -> NDArray[np.floating]:
    """Pixel values as what they measure, by the formula in the file (GEO = a PV + b); NaN where missing or outside."""
    formula = CALIBRATION.match(str(said.get("calibration_formulas", "")))
    if formula is None:
        raise BadFrames("The KNMI file has no calibration formula of the form GEO = a * PV + b.")
    missing = [said.get(f"calibration_{key}") for key in ("missing_data", "out_of_image")]
    physical = values * float(formula[1]) + float(formula[2] or 0)
    return np.where(np.isin(values, [value for value in missing if value is not None]), np.nan, physical)


def in_mm_h(physical: NDArray[np.floating], quantity: str, hours: float) -> NDArray[np.floating]:
    """An accumulation spread over its hours, or the rain rate of a reflectivity."""
    if quantity == ECHO:
        return echo(physical)
    if quantity != AMOUNT:
        raise BadFrames(f"The KNMI file holds {quantity[:40]!r}; we read {AMOUNT} and {ECHO}.")
    if hours <= 0:
        raise BadFrames("The accumulation of the KNMI file ends before it starts.")
    return physical / hours


def grid_of(said: Said, projection: Said, shape: tuple[int, int]) -> Grid:
    """The grid in m; the file counts offsets in pixels from the projection's origin, and often in km."""
    unit = UNITS.get(str(said.get("geo_dim_pixel", "")).partition(",")[0])
    if unit is None or said.get("geo_pixel_def") != "LU":
        raise BadFrames("The grid of the KNMI file is not in km or m from the upper left corner.")
    if (said["geo_number_rows"], said["geo_number_columns"]) != shape:
        raise BadFrames("The KNMI file declares two sizes of the grid.")
    across, down = (float(said[f"geo_pixel_size_{axis}"]) * unit for axis in ("x", "y"))
    left, top = float(said["geo_column_offset"]) * across, float(said["geo_row_offset"]) * down
    return Grid(*shape, (across, 0.0, left, 0.0, down, top), crs_of(str(projection.get("projection_proj4_params"))))


def crs_of(text: str) -> str:
    """KNMI's PROJ string with the axes of the Earth in m; it has them in km, and sometimes lacks a plus sign."""
    parts = dict(part.lstrip("+").partition("=")[::2] for part in text.split()[:40])
    try:
        for axis in ("a", "b"):
            parts[axis] = repr(float(parts[axis]) * (1000 if float(parts[axis]) < 1e5 else 1))
        return understood(" ".join(f"+{key}={value}" for key, value in parts.items())).to_wkt()
    except (KeyError, ValueError, CRSError) as error:
        raise BadFrames("The projection of the KNMI file cannot be understood.") from error
