"""The coordinate reference system of a grid as GeoTIFF keys: an EPSG code, else the parameters of its projection.

Source: OGC GeoTIFF 1.1 (19-008r4), annex C for which key carries which parameter of a projection.
"""

import warnings
from collections.abc import Mapping
from typing import Any

from pyproj import CRS

from radar.errors import BadInput
from radar.formats.geotiff_grid import (
    DOUBLES,
    ELLIPSOID,
    FLATTENING,
    GEOGRAPHIC,
    MAJOR_AXIS,
    METHOD,
    METRE,
    OWN_CODE,
    PROJECTED,
    RASTER_TYPE,
    UNIT,
)

MODEL, DATUM, ANGLE, PROJECTION = 1024, 2050, 2054, 3074
PROJECTED_MODEL, GEOGRAPHIC_MODEL, PIXEL_IS_AREA, DEGREE = 1, 2, 1, 9102
OFFSETS, SCALE = {"x_0": 3082, "y_0": 3083}, {"k": 3092}
ORIGIN, CENTRE = {"lon_0": 3080, "lat_0": 3081}, {"lon_0": 3088, "lat_0": 3089}
METHODS: dict[str, tuple[int, dict[str, int]]] = {
    "tmerc": (1, {**ORIGIN, **OFFSETS, **SCALE}),
    "merc": (7, {"lon_0": 3080, "lat_ts": 3078, **OFFSETS}),
    "lcc": (8, {"lat_1": 3078, "lat_2": 3079, "lon_0": 3084, "lat_0": 3085, "x_0": 3086, "y_0": 3087}),
    "laea": (10, {**CENTRE, **OFFSETS}),
    "aea": (11, {"lat_1": 3078, "lat_2": 3079, **ORIGIN, **OFFSETS}),
    "aeqd": (12, {**CENTRE, **OFFSETS}),
    "stere": (15, {"lon_0": 3095, "lat_ts": 3081, **OFFSETS, **SCALE}),
}
"""PROJ's name of a projection -> GeoTIFF's number, and the key of each of its parameters."""
UNLESS_SAID = {"k": 1.0}
FIGURE = {"ellps", "datum", "towgs84", "R", "a", "b", "rf"}
"""Parameters of the figure of the Earth, which has keys of its own."""
OTHERS = {"proj", "units", "no_defs", "type", "lat_0"}

Keys = dict[int, int | float]


def keys_of(crs: CRS) -> Keys:
    """Key -> number, whole or not; BadInput for a projection that these keys cannot describe."""
    code = crs.to_epsg(100)
    if crs.is_geographic:
        return {MODEL: GEOGRAPHIC_MODEL, RASTER_TYPE: PIXEL_IS_AREA, **geographic(crs)}
    own = projected(crs) if code is None else {PROJECTED: code}
    return {MODEL: PROJECTED_MODEL, RASTER_TYPE: PIXEL_IS_AREA, **own}


def projected(crs: CRS) -> Keys:
    """The keys of a projection that has no EPSG code."""
    said = parameters(crs)
    number, places = METHODS.get(said.get("proj", ""), (0, {}))
    if not number or crs.geodetic_crs is None or beyond(said, places):
        raise BadInput(f"GeoTIFF has no keys for the projection {crs.name[:40]!r}; ask for NetCDF.")
    values = {key: float(said.get(name, UNLESS_SAID.get(name, 0.0))) for name, key in places.items()}
    own = {PROJECTED: OWN_CODE, PROJECTION: OWN_CODE, METHOD: number, UNIT: METRE}
    return {**geographic(crs.geodetic_crs), **own, **values}


def beyond(said: Mapping[str, Any], places: Mapping[str, int]) -> bool:
    """True when something of a projection would get lost: a parameter, a unit, or where a stereographic one is true."""
    oblique = said["proj"] == "stere" and (abs(float(said.get("lat_0", 0))) != 90 or "lat_ts" not in said)
    return oblique or said.get("units", "m") != "m" or bool(said.keys() - places.keys() - FIGURE - OTHERS)


def parameters(crs: CRS) -> dict[str, Any]:
    """The projection as PROJ's names and values; what a PROJ string cannot say of the datum is said elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return crs.to_dict()


def geographic(crs: CRS) -> Keys:
    """The keys of longitude and latitude on a figure of the Earth."""
    code = crs.to_epsg(100)
    if code is not None:
        return {GEOGRAPHIC: code, ANGLE: DEGREE}
    earth = crs.ellipsoid
    assert earth is not None  # a geographic system has one
    sizes = {MAJOR_AXIS: earth.semi_major_metre, FLATTENING: earth.inverse_flattening}
    return {GEOGRAPHIC: OWN_CODE, DATUM: OWN_CODE, ANGLE: DEGREE, ELLIPSOID: OWN_CODE, **sizes}


def directory(keys: Keys) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """The keys as GeoTIFF stores them: a directory of whole numbers, and the others beside it."""
    entries: list[int] = [1, 1, 0, len(keys)]
    doubles: list[float] = []
    for key, value in sorted(keys.items()):
        if isinstance(value, float):
            entries += [key, DOUBLES, 1, len(doubles)]
            doubles.append(value)
        else:
            entries += [key, 0, 1, value]
    return tuple(entries), tuple(doubles)
