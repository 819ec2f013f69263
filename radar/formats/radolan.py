"""RADOLAN and RADKLIM binary of the Deutscher Wetterdienst: an ASCII header, then one or two bytes a pixel.

Format: DWD, RADOLAN/RADVOR Kompositformat 2.5.
"""

import re
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyproj import Proj

from radar.errors import BadFrames
from radar.formats.cf_rain import echo
from radar.formats.hints import Hints
from radar.formats.untrusted import untrusted
from radar.frames import Frames
from radar.grid import Grid
from radar.rain import DWD

HEAD = 2**12
"""Bytes that hold any honest header."""
END_OF_HEADER = b"\x03"
BEGIN = re.compile(r"([A-Z][A-Z0-9])(\d{2})(\d{2})(\d{2})\d{5}(\d{2})(\d{2})BY *\d+")
PIXELS = re.compile(r"GP *(\d+)x *(\d+)")
PRECISION = re.compile(r"PR E([+-]\d\d)")
INTERVAL = re.compile(r"INT *(\d+)(?:U(\d))?")
FORMAT_VERSION = re.compile(r"VS *(\d+)")
LEAD = re.compile(r"VV *(\d+)")
MINUTES = {None: 1, "0": 1, "1": 1440}
"""Of the unit of the interval."""

AMOUNTS = {"RW", "RY", "RZ", "RH", "YW", "RV"}
"""Rain in mm over the interval, two bytes."""
ECHOES = {"RX", "WX", "EX"}
"""Reflectivity, one byte: dBZ = value / 2 - 32.5."""
VALUE, MISSING, CLUTTER = 0x0FFF, 0x2000, 0x8000
"""Bits of two bytes. The bit of secondary data (0x1000) says how, not whether; that of a sign does not go with rain."""
CLUTTER_BYTE = 249
"""From here on a byte is clutter or no data."""

SPHERE = "+proj=stere +lat_0=90 +lat_ts=60 +lon_0=10 +R=6370040 +units=m +no_defs"
ELLIPSOID = "+proj=stere +lat_0=90 +lat_ts=60 +lon_0=10 +ellps=WGS84 +units=m +no_defs"
FIRST_ON_ELLIPSOID = 5
"""The format version that left the sphere."""
ANCHOR = (9.0, 51.0)
"""Longitude and latitude of the point that all grids are laid around."""
WEST_AND_SOUTH = {
    (900, 900): (450_000, 450_000),
    (1100, 900): (370_000, 550_000),
    (1200, 1100): (470_000, 600_000),
    (1500, 1400): (600_000, 800_000),
}
"""How far a grid of (rows, columns) of 1 km reaches from there to the west and to the south, in m."""
NO_HINTS = Hints()


class Header(NamedTuple):
    """What stands before the pixels. time: of the run; lead: minutes from there on; minutes: that the amount took."""

    product: str
    time: datetime
    shape: tuple[int, int]
    precision: float
    minutes: int
    version: int
    lead: int
    length: int


def sniff(data: bytes) -> bool:
    """True for a header of RADOLAN."""
    return BEGIN.match(data[:64].decode("latin-1")) is not None


@untrusted("RADOLAN")
def read(data: bytes, _: Hints = NO_HINTS) -> Frames:
    """The one frame of a composite of rain (RW, RY, YW, RV, ...) or reflectivity (RX, WX, EX).

    Its time is the end of the interval, its first row the southern one, as in the file. Pixels without data and
    recognised clutter are NaN. BadFrames for a forecast.
    """
    header = header_of(data)
    if header.lead:
        raise BadFrames(f"The RADOLAN file is a forecast {header.lead} min ahead, not an observation.")
    return frame_of(data, header)


def frame_of(data: bytes, header: Header) -> Frames:
    """The frame behind a header, at the time of the run."""
    grid = grid_of(header)  # before the values: of a size we do not know they may be many
    return Frames(rain_of(data, header)[np.newaxis], (header.time,), grid)


def header_of(data: bytes) -> Header:
    """The header; BadFrames when something in it is missing."""
    text, end, _ = data[:HEAD].partition(END_OF_HEADER)
    said = text.decode("latin-1")
    begin, pixels, precision, interval, version = (
        pattern.search(said) for pattern in (BEGIN, PIXELS, PRECISION, INTERVAL, FORMAT_VERSION)
    )
    if not (end and begin and pixels and precision and interval and interval[2] in MINUTES):
        raise BadFrames("The header of the RADOLAN file is not complete.")
    lead = LEAD.search(said)
    return Header(
        product=begin[1],
        time=time_of(begin),
        shape=(int(pixels[1]), int(pixels[2])),
        precision=10.0 ** int(precision[1]),
        minutes=int(interval[1]) * MINUTES[interval[2]],
        version=int(version[1]) if version else 0,
        lead=int(lead[1]) if lead else 0,
        length=len(text) + 1,
    )


def time_of(begin: re.Match[str]) -> datetime:
    """The time: day, hour and minute stand before the station, month and year behind it."""
    day, hour, minute, month, year = (int(part) for part in begin.groups()[1:])
    try:
        return datetime(2000 + year, month, day, hour, minute, tzinfo=UTC)
    except ValueError as error:
        raise BadFrames("The time of the RADOLAN file cannot be understood.") from error


def rain_of(data: bytes, header: Header) -> NDArray[np.float32]:
    """(Y, X) mm/h, NaN where there is no data."""
    if header.product not in AMOUNTS | ECHOES:
        known = ", ".join(sorted(AMOUNTS | ECHOES))
        raise BadFrames(f"The RADOLAN file is the product {header.product}; we read {known}.")
    kind = np.dtype("u1" if header.product in ECHOES else "<u2")
    if len(data) - header.length != header.shape[0] * header.shape[1] * kind.itemsize:
        raise BadFrames("The RADOLAN file is not as long as its header says.")
    stored = np.frombuffer(data, kind, offset=header.length).reshape(header.shape)
    return echoes(stored) if header.product in ECHOES else amounts(stored, header)


def echoes(stored: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Rain rate of reflectivity in a byte; Z = 256 R^1.42."""
    table = echo(np.arange(256) / 2 - 32.5, DWD)
    table[CLUTTER_BYTE:] = np.nan
    return np.asarray(table, np.float32)[stored]


def amounts(stored: NDArray[np.uint16], header: Header) -> NDArray[np.float32]:
    """Rain rate of an amount in two bytes."""
    if header.minutes <= 0:
        raise BadFrames("The RADOLAN file holds rain over no time.")
    rain = (stored & VALUE) * (header.precision * 60 / header.minutes)
    return np.where(stored & (MISSING | CLUTTER), np.nan, rain).astype(np.float32)


def grid_of(header: Header) -> Grid:
    """The polar stereographic grid of 1 km, first row in the south; on a sphere until format version 5."""
    if header.shape not in WEST_AND_SOUTH:
        known = ", ".join(f"{rows} x {columns}" for rows, columns in WEST_AND_SOUTH)
        raise BadFrames(f"The RADOLAN file has {header.shape[0]} x {header.shape[1]} pixels; we know {known}.")
    crs = ELLIPSOID if header.version >= FIRST_ON_ELLIPSOID else SPHERE
    x, y = Proj(crs)(*ANCHOR)
    west, south = WEST_AND_SOUTH[header.shape]
    return Grid.of(header.shape, (1000.0, 0.0, x - west, 0.0, 1000.0, y - south), crs)
