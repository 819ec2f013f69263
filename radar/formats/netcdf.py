"""CF NetCDF: rain out of a stranger's file. What we write ourselves is in netcdf_write."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from radar.assemble import assemble, newest
from radar.chances import MAX_CODES, Chances, rising
from radar.errors import BadFrames, TooLarge
from radar.formats.cf_grid import grid_of
from radar.formats.cf_rain import FILL, axes, converter, coordinate_name, laid_out, rain_name
from radar.formats.container import CLASSIC, HDF5, Container, opened, unpacked
from radar.formats.hints import Hints
from radar.formats.netcdf_write import CHANCES, unsigned, write, write_nowcast
from radar.formats.untrusted import untrusted
from radar.frames import Frames, Rain, stamp
from radar.grid import check_size
from radar.nowcast import Nowcast

__all__ = ["read", "read_nowcast", "sniff", "write", "write_nowcast"]

MAX_TIMES = 2**20
BLOCK = 2**22
NO_HINTS = Hints()


def sniff(data: bytes) -> bool:
    """True for HDF5 and for every NetCDF-3."""
    return data.startswith((HDF5, *CLASSIC, b"CDF\x05"))


@untrusted("NetCDF")
def read(data: bytes, hints: Hints = NO_HINTS) -> Frames:
    """Frames out of the bytes of a NetCDF file; BadFrames or TooLarge with one sentence when it is no good.

    Only the newest `hints.last` frames are decoded. Times and grid come from the file, and from the hints where it
    has none.
    """
    return frames_of(opened(data), hints)


@untrusted("NetCDF")
def read_nowcast(data: bytes) -> Nowcast:
    """What `write_nowcast` wrote."""
    container = opened(data)
    said = container.attributes
    frames = frames_of(container, NO_HINTS)
    return Nowcast(
        frames=frames,
        method=str(said["method"]),
        version=str(said["method_version"]),
        asked_for=str(said["asked_for"]),
        input_times=stamps(str(said["input_times"])),
        interpolated=stamps(str(said["interpolated"])),
        fallback_reason=str(said["fallback_reason"]) or None,
        chances=chances_of(container, frames.rain.shape) if CHANCES in container.variables else None,
    )


def chances_of(container: Container, shape: tuple[int, ...]) -> Chances:
    """The chances in a nowcast's file, on the times and grid of its frames (T, Y, X)."""
    packed = container.variables[CHANCES]
    if packed.dtype != np.int8 or packed.shape[1:] != shape:
        raise BadFrames("The chances in the NetCDF file are not those of its frames.")
    if packed.size > MAX_CODES:
        raise TooLarge(f"The file declares {packed.size} chances; the most we read are {MAX_CODES}.")
    thresholds = rising(container.numbers("threshold").tolist())
    calibration = packed.attrs.get("calibration")
    made_by, known = str(packed.attrs["made_by"]), None if calibration is None else str(calibration)
    return Chances(thresholds, unsigned(container.stored(CHANCES, None)), made_by, known)


def stamps(text: str) -> tuple[datetime, ...]:
    """Times out of a text of ISO 8601 stamps."""
    return tuple(datetime.fromisoformat(part) for part in text.split())


def frames_of(container: Container, hints: Hints) -> Frames:
    """Frames of an opened file: sizes first, then coordinates, then only the values that are wanted."""
    name = rain_name(container.variables)
    convert = converter(name, container.variables[name])
    known = axes(name, container.variables)
    count = check_sizes(container.variables[name], known, hints.last)
    grid = grid_of(container, name, known, hints.grid)
    times = times_of(container, name, known, hints)
    kept = newest(count, times, hints.last)
    rain = rain_of(container, name, known, convert, kept.stop - kept.start)
    frames = assemble(rain, times[kept], grid)
    said = str(container.attributes.get("interpolated", "")).split()
    filled = tuple(time for time in frames.times if time in frames.interpolated or stamp(time) in said)
    return replace(frames, interpolated=filled)


def check_sizes(variable: xr.Variable, known: dict[str, str], last: int | None) -> int:
    """How many frames a variable declares, of which the newest `last` were found fit to decode."""
    count = variable.sizes[known["time"]] if "time" in known else 1
    if count > MAX_TIMES:
        raise TooLarge(f"The file declares {count} frames; the most we read from is {MAX_TIMES}.")
    if count == 0:
        raise BadFrames("There is not a single frame in the NetCDF file.")
    stored = min(max(1, last or count), count) if variable.dims[0] == known.get("time") else count
    check_size(stored, variable.sizes[known["y"]], variable.sizes[known["x"]])
    return count


def rain_of(
    container: Container,
    name: str,
    known: dict[str, str],
    convert: Callable[[NDArray[Any]], NDArray[Any]],
    last: int,
) -> Rain:
    """The newest `last` frames in mm/h (T, Y, X), decoded a block at a time so that no float64 copy of all is made."""
    variable = container.variables[name]
    dims = tuple(str(dim) for dim in variable.dims)
    stored = container.stored(name, last if dims[0] == known.get("time") else None)
    packed = laid_out(stored, dims, known)[-last:]
    rain = np.empty(packed.shape, np.float32)
    count = max(1, BLOCK // max(1, packed[0].size))
    for at in range(0, len(packed), count):
        values = unpacked(packed[at : at + count], variable.attrs)
        with np.errstate(over="ignore"):  # too much for float32 becomes inf, which Frames refuses
            rain[at : at + count] = convert(
                np.where(gaps, np.nan, values) if (gaps := values == FILL).any() else values
            )
    rain.setflags(write=False)  # then Frames need no copy of it
    return rain


def times_of(container: Container, name: str, known: dict[str, str], hints: Hints) -> list[datetime]:
    """Time of every frame, from the time axis, a scalar `time`, or the hints."""
    along = coordinate_name(known["time"], container.variables) if "time" in known else None
    scalar = next((key for key in ("time", "valid_time") if key in container.variables), None)
    named = along or (scalar if "time" not in known else None)
    if named is not None:
        return decoded_times(container, named)
    if hints.times is None:
        raise BadFrames("The NetCDF file has no time coordinate, and no times were given beside it.")
    return list(hints.times)


def decoded_times(container: Container, name: str) -> list[datetime]:
    """A CF time coordinate as UTC times, to the whole second."""
    values = np.atleast_1d(container.numbers(name))
    keys = ("units", "calendar")
    attributes = {
        key: str(container.variables[name].attrs[key]) for key in keys if key in container.variables[name].attrs
    }
    try:
        coder = xr.coders.CFDatetimeCoder(use_cftime=False)
        decoded = xr.decode_cf(xr.Dataset({"time": ("time", values, attributes)}), decode_times=coder)["time"].values
        seconds = np.round(decoded.astype("datetime64[ms]").astype(np.int64) / 1000)
        known = np.issubdtype(decoded.dtype, np.datetime64) and not np.isnat(decoded).any()
        return [datetime.fromtimestamp(int(second), UTC) for second in seconds] if known else unknown_times()
    except (ValueError, OverflowError, TypeError, OSError) as error:
        raise BadFrames(NO_TIMES) from error


NO_TIMES = "The time coordinate cannot be understood; it needs CF units such as 'minutes since 1970-01-01' in UTC."


def unknown_times() -> list[datetime]:
    """Times without CF units."""
    raise BadFrames(NO_TIMES)
