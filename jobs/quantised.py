"""One frame as bytes for a history: to 0.01 mm/h, compressed, checked before it is decoded.

Layout: b"NCQ1", bytes per value (1 byte), height, width (4 bytes each, little endian), zlib of the values: first the
low byte of each, then the next. A value is 0 where nothing was observed, else 1 + 100 times the rain rate.
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from jobs.deflate import inflated
from jobs.errors import DamagedBlob
from radar import resolution
from radar.errors import TooLarge
from radar.frames import DELUGE, Rain
from radar.grid import check_size

HEAD = struct.Struct("<4sBII")
MAGIC = b"NCQ1"
LEVEL = 3
"""Within 10 % of the size of level 6 on radar composites, at less than half its time."""
WIDTHS: dict[int, type[np.unsignedinteger]] = {2: np.uint16, 4: np.uint32}
"""Two bytes reach 655 mm/h, which only hail and mistakes exceed; four reach all."""


def pack(rain: Rain) -> bytes:
    """A frame (Y, X) in mm/h as bytes; equal frames give equal bytes."""
    steps = resolution.steps(rain) + 1
    steps[np.isnan(rain)] = 0
    size = 2 if steps.max(initial=0) < 2**16 else 4
    values = steps.astype(f"<u{size}")
    head = HEAD.pack(MAGIC, size, *rain.shape)
    return head + zlib.compress(by_byte(values).tobytes(), LEVEL)


def unpack(blob: bytes) -> Rain:
    """The frame (Y, X) of `pack`, each value within half a step of what it was; DamagedBlob for other bytes."""
    try:
        magic, size, height, width = HEAD.unpack_from(blob)
        if magic != MAGIC or size not in WIDTHS:
            raise DamagedBlob("A frame in the history is not one of ours.")
        check_size(1, height, width)
        (planes,) = inflated(blob[HEAD.size :], (size, height * width))
    except (struct.error, TooLarge) as error:
        raise DamagedBlob("A frame in the history is damaged.") from error
    values = np.ascontiguousarray(planes.T).view(f"<u{size}").reshape(height, width)
    return rates(values)


def rates(values: NDArray[np.unsignedinteger]) -> Rain:
    """Values as rain rate."""
    rain = resolution.rates(values - 1.0)
    rain[values == 0] = np.nan
    if np.nanmax(rain, initial=0) > DELUGE:
        raise DamagedBlob("A frame in the history holds rain that no frame can have.")
    return rain


def by_byte(values: NDArray[np.unsignedinteger]) -> NDArray[np.uint8]:
    """All low bytes, then the next ones: they compress better apart."""
    return values.reshape(-1, 1).view(np.uint8).T
