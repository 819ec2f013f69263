"""The one table of formats: a new format is a file beside this one and a line in FORMATS."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import accumulate

from radar.assemble import join
from radar.errors import BadFrames, BadInput, UnknownFormat
from radar.formats import (
    fmi_pgm,
    geotiff,
    grib2,
    knmi,
    mch_gif,
    meteonet,
    netcdf,
    npz,
    odim,
    png,
    radolan,
    radvor,
    rainfields,
    zarr_store,
)
from radar.formats.hints import Hints
from radar.formats.untrusted import check_readable
from radar.formats.wrapping import Part, Unpacking, unwrapped
from radar.frames import Frames

HKO_NAME = re.compile(r"RAD(\d{10})00(?!\d)")
DATED_NAME = re.compile(r"(?<!\d)((?:19|20)\d{10})(?:\d{2})?(?!\d)")
NO_HINTS = Hints()


@dataclass(frozen=True)
class Format:
    """How to recognise a format by its content and how to read it.

    sniff: cheap, and never raises. timeless: how many frames in the bytes carry no time, so that the caller must give
    it; none in most formats.
    """

    title: str
    sniff: Callable[[bytes], bool]
    read: Callable[[bytes, Hints], Frames]
    timeless: Callable[[bytes], int] = lambda _: 0


FORMATS: dict[str, Format] = {
    "odim": Format("ODIM_H5", odim.sniff, odim.read),
    "knmi": Format("KNMI HDF5", knmi.sniff, knmi.read),
    "rainfields": Format("Rainfields NetCDF", rainfields.sniff, rainfields.read),
    "netcdf": Format("CF NetCDF", netcdf.sniff, netcdf.read),
    "radolan": Format("RADOLAN binary", radolan.sniff, radolan.read),
    "radvor": Format("RADVOR tar", radvor.sniff, radvor.read),
    "grib2": Format("GRIB2", grib2.sniff, grib2.read),
    "geotiff": Format("GeoTIFF", geotiff.sniff, geotiff.read, geotiff.timeless),
    "fmi_pgm": Format("FMI PGM", fmi_pgm.sniff, fmi_pgm.read),
    "mch_gif": Format("MeteoSwiss GIF", mch_gif.sniff, mch_gif.read),
    "zarr": Format("zipped Zarr", zarr_store.sniff, zarr_store.read),
    "meteonet": Format("MeteoNet npz", meteonet.sniff, meteonet.read),
    "npz": Format("npz or npy", npz.sniff, npz.read, npz.timeless),
    "png": Format("8-bit greyscale PNG", png.sniff, png.read, png.timeless),
}
"""In the order in which they are asked: those that are built on another stand before it."""


def known(data: bytes) -> Format | None:
    """The format of the bytes, if it is one of the table."""
    return next((line for line in FORMATS.values() if line.sniff(data)), None)


def format_of(data: bytes) -> Format:
    """The format of the bytes; UnknownFormat says what we read."""
    found = known(data)
    if found is None:
        titles = ", ".join(line.title for line in FORMATS.values())
        what = "There are no bytes to read" if not data else "These bytes are in no format we know"
        raise UnknownFormat(f"{what}; we read {titles}, also in gzip, bzip2, tar and zip.")
    return found


def read(data: bytes, hints: Hints = NO_HINTS) -> Frames:
    """Frames out of the bytes of one file in any format of the table; a BadInput with one sentence when that fails.

    It may be packed by gzip or bzip2, or be a tar or zip of files that are then joined by time.
    """
    files = opened([("", data)])
    return read_files(files, hints) if len(files) != 1 else format_of(files[0][1]).read(files[0][1], hints)


def read_all(parts: Sequence[Part], hints: Hints = NO_HINTS) -> Frames:
    """Frames out of the (name, bytes) of several files, packed or not, joined by time.

    Times among the hints go to the frames that carry none, in order; without them a file's name may tell its time.
    The sentence of an error about one file begins with that file's name.
    """
    return read_files(opened(parts), hints)


def opened(parts: Sequence[Part]) -> list[Part]:
    """The files in the files."""
    budget = Unpacking()
    found: list[Part] = []
    for part in parts:
        with named(part[0]):
            found += unwrapped(part, lambda data: known(data) is not None, budget)
    return found


def read_files(files: Sequence[Part], hints: Hints) -> Frames:
    """Frames out of files that are no longer packed; of many, no more are held than are wanted."""
    if not files:
        raise BadFrames("There is no file to read.")
    done: list[Frames] = []
    for (name, data), own in zip(files, distributed(files, hints), strict=True):
        with named(name):
            frames = format_of(data).read(data, own)
            done = newest([*done, frames], hints.last)
            check_readable(sum(len(part) for part in done), *frames.grid.shape)
    return join(done)


@contextmanager
def named(name: str) -> Iterator[None]:
    """Put a file's name before what is wrong with it."""
    try:
        yield
    except BadInput as error:
        raise type(error)(f"{name[:80]}: {error}" if name else str(error)) from error


def distributed(parts: Sequence[Part], hints: Hints) -> list[Hints]:
    """The hints of each part: its share of the times, or the time its name tells."""
    if hints.times is None:
        return [replace(hints, times=time_in(name)) for name, _ in parts]
    if len(parts) == 1:
        return [hints]
    counts = [count(name, data) for name, data in parts]
    if sum(counts) not in (0, len(hints.times)):
        raise BadFrames(f"There are {len(hints.times)} times for {sum(counts)} frames that carry none.")
    ends = list(accumulate(counts))
    return [replace(hints, times=hints.times[end - own : end] or None) for own, end in zip(counts, ends, strict=True)]


def count(name: str, data: bytes) -> int:
    """How many frames of a file need a time from the caller."""
    with named(name):
        return format_of(data).timeless(data)


def time_in(name: str) -> tuple[datetime] | None:
    """The UTC time a file name tells: RADYYMMDDHHMM00 as HKO-7 has it, or YYYYMMDDHHMM anywhere.

    >>> time_in("RAD160928144500.png")
    (datetime.datetime(2016, 9, 28, 14, 45, tzinfo=datetime.timezone.utc),)
    """
    hko, dated = HKO_NAME.search(name), DATED_NAME.search(name)
    digits = f"20{hko[1]}" if hko else dated[1] if dated else ""
    try:
        return (datetime.strptime(digits, "%Y%m%d%H%M").replace(tzinfo=UTC),)
    except ValueError:
        return None


def newest(parts: Sequence[Frames], last: int | None) -> list[Frames]:
    """The newest `last` observed frames of all, still in their parts, so that an old gap cannot spoil new frames."""
    times = sorted(time for part in parts for time in part.times if time not in part.interpolated)
    first = times[0] if last is None or not times else times[-min(max(1, last), len(times))]
    kept = [(part, sum(time >= first for time in part.times)) for part in parts]
    return [part.last(own) for part, own in kept if own]
