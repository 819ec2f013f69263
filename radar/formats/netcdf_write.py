"""CF NetCDF as we write it: lossless float32, coordinates and grid mapping, and how a nowcast was made.

CF has no standard name for chances. They are written as IMPROVER and others do: a variable
probability_of_rainfall_rate_above_threshold over a coordinate `threshold` whose standard name is that of the rain,
packed into signed bytes, the only ones CF-1.8 knows: chance = 0.005 byte + 0.5, and -128 where nothing is known.
"""

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Any

import netCDF4
import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from radar.chances import STEPS, UNKNOWN, Chances, Codes
from radar.formats.hdf5_chunks import Plane, filled
from radar.formats.hdf5_stamps import unstamped
from radar.frames import Frames, stamp
from radar.grid import Grid
from radar.nowcast import Nowcast

RAIN = "rain_rate"
CHANCES = "probability_of_rainfall_rate_above_threshold"
HALF, MISSING = 100, -128
"""The byte of radar.chances that is written as 0, and what is written for an unknown one."""
EPOCH = "seconds since 1970-01-01 00:00:00"
WRITING = Lock()
"""The HDF5 library in the netCDF4 wheel must not be entered by two threads."""
LEADS = "forecast_reference_time forecast_period"
WEB_MERCATOR = "Popular Visualisation Pseudo Mercator"
SPHERICAL = {
    "grid_mapping_name": "mercator",
    "longitude_of_projection_origin": 0.0,
    "standard_parallel": 0.0,
    "false_easting": 0.0,
    "false_northing": 0.0,
    "earth_radius": 6378137.0,
}
"""Web Mercator by CF's attributes: the sphere of its formulas; that its degrees are WGS 84's, the WKT says."""
PICTURE_AXES = {"x": {"long_name": "column", "units": "1"}, "y": {"long_name": "row from below", "units": "1"}}


def write(frames: Frames) -> bytes:
    """Frames as a NetCDF-4 file that `read` gives back exactly (times to the whole second)."""
    said = {
        "title": "Radar rain rate",
        "source": "weather radar",
        "history": f"frames up to {stamp(frames.times[-1])} written by nowcast",
        "interpolated": stamps(frames.interpolated),
    }
    return written(frames, said)


def write_nowcast(nowcast: Nowcast) -> bytes:
    """A nowcast as a NetCDF-4 file with its leads and how it was made; `read_nowcast` gives it back."""
    said = {
        "title": "Rain nowcast",
        "source": f"{nowcast.method} {nowcast.version} on weather radar",
        "history": f"forecast from {stamp(nowcast.reference_time)} written by nowcast",
        "method": nowcast.method,
        "method_version": nowcast.version,
        "asked_for": nowcast.asked_for,
        "fallback_reason": nowcast.fallback_reason or "",
        "input_times": stamps(nowcast.input_times),
        "interpolated": stamps(nowcast.interpolated),
    }
    return written(nowcast.frames, said, nowcast)


def stamps(times: Sequence[datetime]) -> str:
    """Times as one text."""
    return " ".join(stamp(time) for time in times)


def written(frames: Frames, said: Mapping[str, str], nowcast: Nowcast | None = None) -> bytes:
    """The bytes of the file, made in memory."""
    with WRITING:
        file = netCDF4.Dataset("nowcast.nc", "w", memory=1024)
        file.setncatts({"Conventions": "CF-1.8", **said})
        put_grid(file, frames.grid)
        put_time(file, frames.times)
        if nowcast is not None:
            put_leads(file, nowcast)
        declare_rain(file, frames.grid, nowcast)
        if nowcast is not None and nowcast.chances is not None:
            put_chances(file, nowcast.chances, mapped(frames.grid))
        empty = trimmed(bytes(file.close()))
    return unstamped(filled(empty, planes(frames, None if nowcast is None else nowcast.chances)))


def planes(frames: Frames, chances: Chances | None) -> Iterator[Plane]:
    """All rain and chances, a chunk each."""
    for at, rain in enumerate(frames.rain):
        yield Plane(RAIN, (at,), rain)
    for row, leads in enumerate(() if chances is None else chances.codes):
        for at, codes in enumerate(leads):
            yield Plane(CHANCES, (row, at), signed(codes))


def trimmed(file: bytes) -> bytes:
    """A file without the zeros that the library leaves behind it in memory; HDF5's superblock says where it ends."""
    at = 40 if file[8] < 2 else 28  # where superblocks of version 0 or 1, and of later ones, keep the address
    return file[: int.from_bytes(file[at : at + 8], "little")]


def put_grid(file: Any, grid: Grid) -> None:
    """Dimensions, coordinates of the pixel centres, and the grid mapping."""
    for name, values in (("y", grid.y), ("x", grid.x)):
        file.createDimension(name, len(values))
        axis = file.createVariable(name, "f8", (name,))
        axis.setncatts(axis_attributes(grid, name))
        axis[:] = values
    file.createVariable("crs", "i4").setncatts(mapping(grid))


def axis_attributes(grid: Grid, name: str) -> dict[str, str]:
    """CF attributes of x or y."""
    if grid.projection is None:
        return PICTURE_AXES[name]
    found = [part for part in grid.projection.cs_to_cf() if part.get("axis") == name.upper()]
    return dict(found[0]) if found else {"axis": name.upper()}


def mapping(grid: Grid) -> dict[str, Any]:
    """CF attributes of the grid mapping, with the CRS also as WKT for GDAL, and the exact transform."""
    a, b, c, d, e, f = (float(part) for part in grid.transform)
    exact = {"GeoTransform": " ".join(repr(part) for part in (c, a, b, f, d, e))}
    if grid.projection is None:
        return exact
    return {**grid_mapping(grid.projection), "crs_wkt": grid.crs, "spatial_ref": grid.crs, **exact}


def grid_mapping(crs: CRS) -> dict[str, Any]:
    """The attributes that CF has for a CRS, none for one it does not know; with what pyproj leaves out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what CF attributes cannot say, the WKT does
        try:
            said = crs.to_cf()
        except KeyError:  # pyproj knows the projection, but misses a parameter of it
            return {}
    if said.get("grid_mapping_name") == "polar_stereographic":
        pole = math.copysign(90, said.get("standard_parallel", 90))
        return {"latitude_of_projection_origin": pole, **said}
    pseudo = crs.coordinate_operation and crs.coordinate_operation.method_name == WEB_MERCATOR
    return {**SPHERICAL, **said} if pseudo else said


def put_time(file: Any, times: Sequence[datetime]) -> None:
    """The time axis."""
    file.createDimension("time", len(times))
    axis = file.createVariable("time", "f8", ("time",))  # CF-1.8 knows no 64-bit integers; a double is as exact
    axis.setncatts({"standard_name": "time", "axis": "T", "units": EPOCH, "calendar": "standard"})
    axis[:] = [round(time.timestamp()) for time in times]


def put_leads(file: Any, nowcast: Nowcast) -> None:
    """When the nowcast was made and how far each frame looks ahead."""
    made = file.createVariable("forecast_reference_time", "f8")
    made.setncatts({"standard_name": "forecast_reference_time", "units": EPOCH, "calendar": "standard"})
    made[...] = round(nowcast.reference_time.timestamp())
    leads = file.createVariable("forecast_period", "f8", ("time",))
    leads.setncatts({"standard_name": "forecast_period", "units": "minutes"})
    leads[:] = nowcast.leads


def mapped(grid: Grid) -> dict[str, str]:
    """Which variable says where the values lie; a picture lies nowhere."""
    return {} if grid.crs is None else {"grid_mapping": "crs"}


def declare_rain(file: Any, grid: Grid, nowcast: Nowcast | None) -> None:
    """The rain rate, a chunk a frame."""
    rain = file.createVariable(
        RAIN,
        "f4",
        ("time", "y", "x"),
        compression="zlib",
        complevel=1,
        chunksizes=(1, *grid.shape),
        fill_value=np.float32(np.nan),
    )
    said = {
        "standard_name": "rainfall_rate",
        "long_name": "rain rate",
        "units": "mm h-1",
        "cell_methods": "time: point",
    }
    leads = {"coordinates": LEADS} if nowcast is not None else {}
    rain.setncatts({**said, **mapped(grid), **leads})


def put_chances(file: Any, chances: Chances, place: Mapping[str, str]) -> None:
    """The thresholds, and their chances, a chunk a frame and threshold, of which the values are yet to come."""
    file.createDimension("threshold", len(chances.thresholds))
    rates = file.createVariable("threshold", "f8", ("threshold",))
    said = {"standard_name": "rainfall_rate", "units": "mm h-1"}
    rates.setncatts({**said, "spp__relative_to_threshold": "greater_than_or_equal_to"})
    rates[:] = chances.thresholds
    packed = file.createVariable(
        CHANCES,
        "i1",
        ("threshold", "time", "y", "x"),
        compression="zlib",
        complevel=1,
        chunksizes=(1, 1, *chances.codes.shape[2:]),
        fill_value=np.int8(MISSING),
    )
    packed.setncatts({"long_name": CHANCES, "units": "1", "coordinates": LEADS, **place})
    packed.setncatts({"scale_factor": 1 / STEPS, "add_offset": HALF / STEPS, "made_by": chances.made_by})
    if chances.calibration is not None:
        packed.setncattr("calibration", chances.calibration)


def signed(codes: Codes) -> NDArray[np.int8]:
    """Bytes of radar.chances as they are written."""
    packed: NDArray[np.int8] = (codes - np.uint8(HALF)).view(np.int8)  # below zero wraps to where it should be
    packed[codes == UNKNOWN] = MISSING
    return packed


def unsigned(packed: NDArray[np.int8]) -> Codes:
    """The inverse of `signed`."""
    codes: Codes = packed.view(np.uint8) + np.uint8(HALF)
    codes[packed == MISSING] = UNKNOWN
    return codes
