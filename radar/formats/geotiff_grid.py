"""The grid of a GeoTIFF: pixel scale and tie point, or a matrix, and the keys of its coordinate reference system.

Source: OGC GeoTIFF 1.1 (19-008r4).
"""

from collections.abc import Mapping
from typing import Any

from pyproj import CRS
from pyproj.exceptions import CRSError

from radar.errors import BadFrames
from radar.grid import Affine, Grid

SCALE, TIE_POINT, MATRIX, KEYS, DOUBLES = 33550, 33922, 34264, 34735, 34736
RASTER_TYPE, GEOGRAPHIC, PROJECTED = 1025, 2048, 3072
PIXEL_IS_POINT = 2
OWN_CODE = 32767
"""Instead of an EPSG code: the projection is described by keys of its own."""

METHOD, UNIT, ELLIPSOID, MAJOR_AXIS, FLATTENING = 3075, 3076, 2056, 2057, 2059
METHODS = {10: "laea", 15: "stere"}
"""Of the projections that have no EPSG code we read Lambert's azimuthal equal-area and the polar stereographic one."""
PARAMETERS = {"lon_0": (3088, 3095, 3080), "x_0": (3082, 3090), "y_0": (3083, 3091), "k_0": (3092,)}
LATITUDES = {"laea": {"lat_0": (3089, 3081)}, "stere": {"lat_ts": (3081, 3089)}}
METRE, WGS84_ELLIPSOID = 9001, 7030

Keys = Mapping[int, Any]


def grid_of(tags: Mapping[int, Any], shape: tuple[int, int]) -> Grid:
    """The grid that the tags describe; BadFrames when they describe none."""
    keys = keys_of(tags)
    transform = transform_of(tags)
    if keys.get(RASTER_TYPE) == PIXEL_IS_POINT:
        a, b, c, d, e, f = transform
        transform = (a, b, c - (a + b) / 2, d, e, f - (d + e) / 2)
    return Grid(*shape, transform, crs_of(keys).to_wkt())


def transform_of(tags: Mapping[int, Any]) -> Affine:
    """Where the upper left corner of the upper left pixel lies, and the sides of the pixels."""
    if MATRIX in tags:
        a, b, _, c, d, e, _, f = (float(part) for part in tags[MATRIX][:8])
        return a, b, c, d, e, f
    if SCALE not in tags or TIE_POINT not in tags:
        raise BadFrames("The TIFF picture does not say where it lies on the Earth.")
    across, down = (float(part) for part in tags[SCALE][:2])
    column, row, _, x, y = (float(part) for part in tags[TIE_POINT][:5])
    return across, 0.0, x - column * across, 0.0, -down, y + row * down


def keys_of(tags: Mapping[int, Any]) -> Keys:
    """Key -> number; those whose value is a text are left out."""
    directory, doubles = tags.get(KEYS, ()), tags.get(DOUBLES, ())
    found: dict[int, Any] = {}
    for at in range(4, len(directory) - 3, 4):
        key, place, _, value = directory[at : at + 4]
        if place == 0:
            found[key] = value
        elif place == DOUBLES:
            found[key] = float(doubles[value])
    return found


def crs_of(keys: Keys) -> CRS:
    """The coordinate reference system by its EPSG code, or by the parameters of its projection."""
    code = keys.get(PROJECTED, keys.get(GEOGRAPHIC, OWN_CODE))
    try:
        return CRS.from_user_input(projection(keys) if code == OWN_CODE else int(code))
    except CRSError as error:
        raise BadFrames("The coordinate reference system of the TIFF picture cannot be understood.") from error


def projection(keys: Keys) -> str:
    """A PROJ string of a projection that is described by its parameters."""
    method = METHODS.get(keys.get(METHOD, 0))
    if method is None or keys.get(UNIT, METRE) != METRE:
        raise BadFrames("The TIFF picture lies on a projection that we do not read; those with an EPSG code we do.")
    said = {name: first(keys, numbers) for name, numbers in {**PARAMETERS, **LATITUDES[method]}.items()}
    poles = {"lat_0": 90 if (said.get("lat_ts") or 0) >= 0 else -90} if method == "stere" else {}
    parts = {**said, **poles, **ellipsoid(keys)}
    return f"+proj={method} " + " ".join(f"+{name}={value}" for name, value in parts.items() if value is not None)


def ellipsoid(keys: Keys) -> dict[str, Any]:
    """The figure of the Earth, WGS 84 where none is described."""
    if MAJOR_AXIS not in keys or FLATTENING not in keys:
        return {"ellps": "GRS80" if keys.get(ELLIPSOID, WGS84_ELLIPSOID) == 7019 else "WGS84"}
    return {"a": keys[MAJOR_AXIS], "rf": keys[FLATTENING]}


def first(keys: Keys, numbers: tuple[int, ...]) -> Any:
    """The first of the keys that is there."""
    return next((keys[number] for number in numbers if number in keys), None)
