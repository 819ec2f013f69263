"""MeteoNet npz of Météo-France: rain amounts of five minutes, hundredths of a mm, in a corner of France."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from radar.assemble import assemble, newest
from radar.errors import BadFrames
from radar.formats.hints import Hints
from radar.formats.npz import HEAD, MAX_BYTES, MAX_SMALL, Header, Packed, array, header_of, members_of
from radar.formats.pickled_times import datetimes
from radar.formats.untrusted import check_readable, untrusted
from radar.formats.wrapping import ZIP, listing
from radar.frames import Frames
from radar.grid import Affine, Grid

SIGNS = (b"data.npy", b"dates.npy", b"miss_dates.npy")
HUNDREDTHS_PER_5_MIN = 0.01 * 12
"""To mm/h."""
MISSING = -1
LONLAT = "EPSG:4326"
NORTH_WEST: Affine = (0.01, 0.0, -5.842, 0.0, -0.01, 51.896)
ZONES = {(565, 784): NORTH_WEST}
"""Shape -> where the zone lies: the coordinates are in a file of their own (radar_coords_NW.npz)."""
NO_HINTS = Hints()


def sniff(data: bytes) -> bool:
    """True for a zip of the arrays that MeteoNet gives."""
    names = listing(data) if data.startswith(ZIP) else b""
    return all(sign in names for sign in SIGNS)


@untrusted("MeteoNet npz")
def read(data: bytes, hints: Hints = NO_HINTS) -> Frames:
    """Frames of a file, the newest `hints.last` of them; the time of each is the end of its five minutes.

    Its pickled dates are decoded without unpickling. The zone is known by its shape, another needs `hints.grid`.
    """
    members = members_of(data)
    times = times_of(members)
    stored = array(members["data"], check_amounts, MAX_BYTES)
    kept = newest(len(stored), times, hints.last)
    grid = zone((stored.shape[1], stored.shape[2]), hints.grid)
    return assemble(rates(stored[kept]), times[kept], grid)


def rates(stored: NDArray[np.int16]) -> NDArray[np.float32]:
    """(T, Y, X) mm/h, NaN where missing."""
    rain = stored.astype(np.float32)
    rain *= HUNDREDTHS_PER_5_MIN
    rain[stored == MISSING] = np.nan
    return rain


def zone(shape: tuple[int, int], given: Grid | None) -> Grid:
    """The grid of longitude and latitude of a zone."""
    if shape in ZONES:
        return Grid.of(shape, ZONES[shape], LONLAT)
    if given is None:
        raise BadFrames(f"We know no MeteoNet zone of {shape[0]} x {shape[1]} pixels; give a grid beside the file.")
    return given


def check_amounts(header: Header) -> None:
    """Refuse anything but a stack of planes of whole numbers of a size we serve."""
    if header.dtype.kind != "i" or len(header.shape) != 3 or 0 in header.shape:
        raise BadFrames(f"The MeteoNet file holds {header.dtype} {header.shape}; we read rain amounts (time, y, x).")
    check_readable(*header.shape)


def times_of(members: Mapping[str, Packed]) -> tuple[datetime, ...]:
    """The pickled dates, read up to the size of any other array that is not the rain."""
    dates = members["dates"]
    if dates.size > MAX_SMALL:
        raise BadFrames("The dates of the MeteoNet file are too long.")
    content = bytes(dates.whole())
    return tuple(datetimes(content[header_of(content[:HEAD]).start :]))
