"""FMI PGM: the Finnish composite as an 8-bit grey picture, whose comments say when and where it is."""

import re
from typing import NamedTuple

import numpy as np
from pyproj import CRS, Proj
from pyproj.exceptions import CRSError

from radar.errors import BadFrames
from radar.formats.cf_rain import echo
from radar.formats.hints import Hints
from radar.formats.untrusted import check_readable, time_of, untrusted
from radar.frames import Frames
from radar.grid import Grid
from radar.rain import FMI

MAGIC = b"P5"
SIGN = b"obstime"
HEAD = 2**16
"""Bytes that hold any honest header."""
COMMENT = re.compile(rb"\s*#([^\n]*)\n")
NUMBER = re.compile(rb"\s*(\d{1,9})")
GAIN, OFFSET, MISSING = 0.5, -32.0, 255
"""dBZ = 0.5 pixel - 32; 255 is not observed."""
ECHO = "CorrectedReflectivity"
SPHERE = "+R=6371288 +x_0=380886.310 +y_0=3395677.920 +units=m +no_defs"
"""Of FMI's grids; the picture does not say it, only where its corners lie."""
NO_HINTS = Hints()


class Header(NamedTuple):
    """What stands before the pixels. said: the words behind each keyword of the comments; length: of it all."""

    said: dict[str, list[str]]
    width: int
    height: int
    highest: int
    length: int


def sniff(data: bytes) -> bool:
    """True for a binary PGM with the time of an observation in its comments."""
    return data.startswith(MAGIC) and SIGN in data[:HEAD]


@untrusted("PGM")
def read(data: bytes, hints: Hints = NO_HINTS) -> Frames:
    """The one frame of a reflectivity composite, as rain by Z = 223 R^1.53; its first row is the northern one."""
    header = header_of(data[:HEAD])
    if header.said.get("param") != [ECHO] or header.highest != MISSING:
        raise BadFrames(f"The PGM picture is not 8-bit {ECHO} of FMI.")
    check_readable(1, header.height, header.width, served=hints.served)
    if len(data) - header.length < header.height * header.width:
        raise BadFrames("The PGM picture is truncated.")
    pixels = np.frombuffer(data, np.uint8, header.height * header.width, header.length)
    table = echo(np.arange(256) * GAIN + OFFSET, FMI)
    table[MISSING] = np.nan
    rain = table.astype(np.float32)[pixels].reshape(1, header.height, header.width)
    time = time_of(" ".join(header.said["obstime"]), "%Y%m%d%H%M")
    return Frames(rain, (time,), grid_of(header))


def header_of(head: bytes) -> Header:
    """Comments and numbers before the pixels, from which one white space divides them."""
    at, numbers, said = len(MAGIC), list[int](), dict[str, list[str]]()
    while len(numbers) < 3:
        if comment := COMMENT.match(head, at):
            key, *words = comment[1].decode("latin-1").split() or [""]
            said.setdefault(key, words)
            at = comment.end()
        elif number := NUMBER.match(head, at):
            numbers.append(int(number[1]))
            at = number.end()
        else:
            raise BadFrames("The header of the PGM picture is not complete.")
    width, height, highest = numbers
    return Header(said, width, height, highest, at + 1)


def grid_of(header: Header) -> Grid:
    """The grid between the outer corners that the comments give in longitude and latitude."""
    if header.said.get("type") != ["stereographic"]:
        raise BadFrames("The PGM picture is not on FMI's stereographic projection.")
    keys = {"lon_0": "centrallongitude", "lat_0": "centrallatitude", "lat_ts": "truelatitude"}
    said = " ".join(f"+{name}={float(header.said[key][0])}" for name, key in keys.items())
    try:
        crs = CRS.from_user_input(f"+proj=stere {said} {SPHERE}")
    except CRSError as error:
        raise BadFrames("The projection of the PGM picture cannot be understood.") from error
    (left, bottom), (right, top) = (corner(crs, header.said[key]) for key in ("bottomleft", "topright"))
    across, down = (right - left) / header.width, (top - bottom) / header.height
    return Grid(header.height, header.width, (across, 0.0, left, 0.0, -down, top), crs.to_wkt())


def corner(crs: CRS, said: list[str]) -> tuple[float, float]:
    """x and y of a longitude and a latitude."""
    lon, lat = (float(word) for word in said)
    x, y = Proj(crs)(lon, lat)
    return float(x), float(y)
