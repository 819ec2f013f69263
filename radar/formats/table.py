"""The one table of formats: a new format is a file beside this one and a line in FORMATS."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import accumulate

from radar.assemble import join
from radar.errors import BadFrames, BadInput, UnknownFormat
from radar.formats import netcdf, npz, png
from radar.formats.hints import Hints
from radar.frames import Frames
from radar.grid import check_size

HKO_NAME = re.compile(r"RAD(\d{10})00(?!\d)")
DATED_NAME = re.compile(r"(?<!\d)((?:19|20)\d{10})(?:\d{2})?(?!\d)")
NO_HINTS = Hints()


@dataclass(frozen=True)
class Format:
    """How to recognise a format by its first bytes and how to read it.

    timeless: how many frames in the bytes carry no time, so that the caller must give it.
    """

    title: str
    sniff: Callable[[bytes], bool]
    read: Callable[[bytes, Hints], Frames]
    timeless: Callable[[bytes], int]


FORMATS: dict[str, Format] = {
    "netcdf": Format("CF NetCDF", netcdf.sniff, netcdf.read, netcdf.timeless),
    "npz": Format("npz or npy", npz.sniff, npz.read, npz.timeless),
    "png": Format("8-bit greyscale PNG", png.sniff, png.read, png.timeless),
}


def format_of(data: bytes) -> Format:
    """The format of the bytes; UnknownFormat says what we read."""
    head = data[:64]
    found = next((known for known in FORMATS.values() if known.sniff(head)), None)
    if found is None:
        titles = ", ".join(known.title for known in FORMATS.values())
        what = "There are no bytes to read" if not data else "These bytes are in no format we know"
        raise UnknownFormat(f"{what}; we read {titles}.")
    return found


def read(data: bytes, hints: Hints = NO_HINTS) -> Frames:
    """Frames out of the bytes of one file in any format of the table; a BadInput with one sentence when that fails."""
    return format_of(data).read(data, hints)


def read_all(parts: Sequence[tuple[str, bytes]], hints: Hints = NO_HINTS) -> Frames:
    """Frames out of the (name, bytes) of several files, joined by time.

    Times among the hints go to the frames that carry none, in order; without them a file's name may tell its time.
    The sentence of an error about one file begins with that file's name.
    """
    if not parts:
        raise BadFrames("There is no file to read.")
    done: list[Frames] = []
    for (name, data), own in zip(parts, distributed(parts, hints), strict=True):
        with named(name):
            done.append(read(data, own))
            check_size(sum(len(part) for part in done), *done[-1].grid.shape)
    return join(newest(done, hints.last))


@contextmanager
def named(name: str) -> Iterator[None]:
    """Put a file's name before what is wrong with it."""
    try:
        yield
    except BadInput as error:
        raise type(error)(f"{name[:80]}: {error}") from error


def distributed(parts: Sequence[tuple[str, bytes]], hints: Hints) -> list[Hints]:
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
