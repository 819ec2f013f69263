"""GRIB2 as MRMS has it: rain rate or reflectivity on a grid of longitude and latitude, packed simply or as PNG.

Sections and templates: WMO Manual on Codes, FM 92 GRIB edition 2. A GRIB library would parse a stranger's bytes in C;
these few templates are short enough to be read within bounds.
"""

import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from radar.assemble import join
from radar.errors import BadFrames, TooLarge
from radar.formats.cf_rain import echo, times
from radar.formats.grib2_values import Floats, Packing, packing_of, unpacked
from radar.formats.hints import Hints
from radar.formats.untrusted import check_readable, untrusted
from radar.frames import Frames
from radar.grid import Grid

MAGIC, EDITION, END = b"GRIB", 2, b"7777"
HEAD = 16
MAX_MESSAGES = 256
DEGREE = 1e-6
"""The unit of angles, where a message does not say another."""
NOT_SAID = (0, 2**32 - 1)
LONLAT = "EPSG:4326"
"""Of every grid; the figure of the Earth that a message names shifts nothing by as much as a pixel."""
REVERSED_ROWS, ROWS_FROM_SOUTH, OTHER_SCANS = 0x80, 0x40, 0x3F
NO_COVERAGE = -900.0
"""Reflectivity at and below is no coverage (-999); no echo is -99."""
NO_HINTS = Hints()


def rate(factor: float) -> Callable[[Floats], Floats]:
    """A rain rate by a factor; MRMS writes -3 outside its coverage and -1 where data are missing."""
    convert = times(factor)
    return lambda values: np.where(values < 0, np.nan, convert(values))


def reflectivity(values: Floats) -> Floats:
    """Rain rate of a reflectivity, NaN outside the coverage."""
    return np.where(values <= NO_COVERAGE, np.nan, echo(values))


PARAMETERS: dict[tuple[int, int, int], Callable[[Floats], Floats]] = {
    (0, 1, 7): rate(3600),
    (0, 1, 52): rate(3600),
    (209, 6, 1): rate(1),
    (209, 3, 57): reflectivity,
}
"""Discipline, category and number of what we read: precipitation rate and total precipitation rate of the WMO in
kg m-2 s-1; of MRMS PrecipRate in mm/h and ReflectivityAtLowestAltitude in dBZ."""


class Message(NamedTuple):
    """A message's discipline, and its sections by number, each with its head of five bytes."""

    discipline: int
    sections: dict[int, bytes]


def sniff(data: bytes) -> bool:
    """True for GRIB of edition 2."""
    return data.startswith(MAGIC) and data[7:8] == bytes([EDITION])


@untrusted("GRIB2")
def read(data: bytes, hints: Hints = NO_HINTS) -> Frames:
    """A frame of each message, or of the newest `hints.last`, joined by time. What MRMS calls no coverage is NaN."""
    kept = sorted(messages(data), key=reference_time)[-max(1, hints.last or MAX_MESSAGES) :]
    shapes = [shape_of(message.sections[3]) for message in kept]
    check_readable(len(shapes), *max(shapes, key=prod), served=hints.served)
    frames = [frame_of(message) for message in kept]
    return frames[0] if len(frames) == 1 else join(frames)


def reference_time(message: Message) -> bytes:
    """Year to second of the reference time as they lie in section 1, which is the order of time."""
    return message.sections[1][12:19]


def messages(data: bytes) -> Iterator[Message]:
    """Every message of a file, one behind the other."""
    start = 0
    for _ in range(MAX_MESSAGES):
        if not sniff(data[start : start + HEAD]):
            raise BadFrames("The GRIB2 file is damaged: a message does not begin where the one before ends.")
        (length,) = struct.unpack_from(">Q", data, start + 8)
        if length < HEAD + len(END) or data[start + length - len(END) : start + length] != END:
            raise BadFrames("The GRIB2 file is truncated or damaged.")
        yield Message(data[start + 6], sections_of(data[start + HEAD : start + length - len(END)]))
        start += length
        if start >= len(data):
            return
    raise TooLarge(f"The GRIB2 file has more than {MAX_MESSAGES} messages.")


def sections_of(body: bytes) -> dict[int, bytes]:
    """The sections of a message; BadFrames when one is missing, or comes twice as in a message of many fields."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(body):
        length, number = struct.unpack_from(">IB", body, at)
        if length < 5 or at + length > len(body) or number in found:
            raise BadFrames("The GRIB2 message is damaged, or holds more than one field.")
        found[number] = body[at : at + length]
        at += length
    if not {1, 3, 4, 5, 6, 7} <= found.keys():
        raise BadFrames("The GRIB2 message lacks a section.")
    return found


def frame_of(message: Message) -> Frames:
    """The field of a message as a frame."""
    sections = message.sections
    parameter = (message.discipline, sections[4][9], sections[4][10])
    convert = PARAMETERS.get(parameter)
    if convert is None:
        said = ".".join(str(part) for part in parameter)
        known = ", ".join(".".join(str(part) for part in each) for each in PARAMETERS)
        raise BadFrames(f"The GRIB2 message holds parameter {said} (discipline.category.number); we read {known}.")
    grid, packing = grid_of(sections[3]), packing_of(sections[5])
    check_readable(1, *grid.shape)
    rain = rain_of(sections, packing, grid.shape, convert)
    return Frames(rain[np.newaxis], (time_of(sections),), grid)


def rain_of(
    sections: dict[int, bytes], packing: Packing, shape: tuple[int, int], convert: Callable[[Floats], Floats]
) -> NDArray[np.float32]:
    """(Y, X) mm/h; converted value by value of the packing, which are far fewer than the pixels."""
    stored, observed = unpacked(packing, sections[6], sections[7], shape)
    with np.errstate(over="ignore", invalid="ignore"):  # too much for float32 becomes inf, which Frames refuses
        table = convert(packing.values()).astype(np.float32)
    return table[stored] if observed is None else np.where(observed, table[stored], np.float32(np.nan))


def time_of(sections: dict[int, bytes]) -> datetime:
    """The reference time, which for an analysis is that of the observation; BadFrames for a forecast."""
    year, month, day, hour, minute, second = struct.unpack_from(">HBBBBB", sections[1], 12)
    template, (ahead,) = struct.unpack_from(">H", sections[4], 7)[0], struct.unpack_from(">i", sections[4], 18)
    if template != 0 or ahead != 0:
        raise BadFrames("The GRIB2 message is no observation at one time, but a forecast or a statistic.")
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise BadFrames("The time of the GRIB2 message cannot be understood.") from error


def shape_of(section: bytes) -> tuple[int, int]:
    """Rows and columns of a grid of longitude and latitude (template 3.0)."""
    (template,) = struct.unpack_from(">H", section, 12)
    if template != 0:
        raise BadFrames(f"The GRIB2 message lies on a grid of template 3.{template}; we read longitude and latitude.")
    columns, rows = struct.unpack_from(">II", section, 30)
    if min(rows, columns) < 1 or struct.unpack_from(">I", section, 6) != (rows * columns,):
        raise BadFrames("The GRIB2 message declares two sizes of its grid.")
    return rows, columns


def grid_of(section: bytes) -> Grid:
    """The grid; the file gives the centre of the first pixel and the steps, of which the scanning mode is the sign."""
    rows, columns = shape_of(section)
    unit = unit_of(section)
    first, east = signed(section, 46) * unit, signed(section, 50) * unit
    steps, scan = struct.unpack_from(">II", section, 63), section[71]
    if set(steps) & set(NOT_SAID):
        raise BadFrames("The GRIB2 message does not say how far its pixels are apart.")
    across, down = (step * unit for step in steps)
    if scan & OTHER_SCANS or scan & REVERSED_ROWS:
        raise BadFrames("The GRIB2 message does not have its rows one below the other from the west.")
    down = down if scan & ROWS_FROM_SOUTH else -down
    west = east - 360 if east >= 180 else east
    transform = (across, 0.0, west - across / 2, 0.0, down, first - down / 2)
    return Grid.of((rows, columns), transform, LONLAT)


def unit_of(section: bytes) -> float:
    """Degrees in one step of an angle: a basic angle over its subdivisions, or 1e-6 when there is none."""
    basic, subdivisions = struct.unpack_from(">II", section, 38)
    return DEGREE if basic in NOT_SAID or subdivisions in NOT_SAID else basic / subdivisions


def signed(section: bytes, at: int) -> int:
    """Four bytes whose first bit is the sign."""
    value: int = struct.unpack_from(">I", section, at)[0]
    return -(value & 0x7FFFFFFF) if value & 0x80000000 else value
