"""The values of a GRIB2 message: integers, packed simply (template 5.0) or as a picture (5.41), and their meaning."""

import io
import struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from radar.errors import BadFrames
from radar.formats.png import check_chunks
from radar.formats.untrusted import check_packed

Floats = NDArray[np.floating]

SIMPLE, PNG = 0, 41
MAX_BITS = 16
"""Of the integers we read: what they stand for is then a table of at most 65,536 values."""
BLOCK = 2**16
"""Integers unpacked at once; a multiple of 8, so that each block begins with a byte."""
MODES = {"L": 8, "I;16": 16, "I;16B": 16, "I": 16}
"""Bits of the grey pictures that Pillow reads."""
PLAIN, FOLLOWS, NONE = 0, 0, 255


class Packing(NamedTuple):
    """value = (reference + integer 2^binary) / 10^decimal, of integers of some bits."""

    template: int
    reference: float
    binary: int
    decimal: int
    bits: int

    def values(self) -> Floats:
        """What each integer stands for."""
        count = 2**MAX_BITS if self.template == PNG else 2**self.bits
        return np.asarray((self.reference + np.arange(count) * 2.0**self.binary) / 10.0**self.decimal)


def packing_of(section: bytes) -> Packing:
    """The packing that section 5 describes; BadFrames for one that we do not read."""
    (template,) = struct.unpack_from(">H", section, 9)
    reference, binary, decimal, bits = struct.unpack_from(">fHHB", section, 11)
    if template not in (SIMPLE, PNG) or bits > MAX_BITS:
        raise BadFrames(f"The GRIB2 message is packed by template 5.{template} in {bits} bits; we read 5.0 and 5.41.")
    if not np.isfinite(reference):
        raise BadFrames("The values of the GRIB2 message have no lower end.")
    return Packing(template, reference, magnitude(binary), magnitude(decimal), bits)


def magnitude(value: int) -> int:
    """Two bytes whose first bit is the sign; BadFrames beyond any exponent of a float."""
    exponent = -(value & 0x7FFF) if value & 0x8000 else value
    if abs(exponent) > 64:
        raise BadFrames("The values of the GRIB2 message are scaled beyond measure.")
    return exponent


def unpacked(
    packing: Packing, bitmap: bytes, packed: bytes, shape: tuple[int, int]
) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """(Y, X) integers, and where there are any at all when the message has a bitmap of that."""
    observed = observed_in(bitmap, shape)
    count = shape[0] * shape[1] if observed is None else int(observed.sum())
    integers = (pictured if packing.template == PNG else plain)(packing, packed[5:], count)
    if observed is None:
        return integers.reshape(shape), None
    whole = np.zeros(shape, integers.dtype)
    whole[observed] = integers
    return whole, observed


def observed_in(section: bytes, shape: tuple[int, int]) -> NDArray[np.bool_] | None:
    """(Y, X) the bitmap of section 6; None when there is none."""
    if section[5] == NONE:
        return None
    if section[5] != FOLLOWS or len(section) - 6 < -(-shape[0] * shape[1] // 8):
        raise BadFrames("The GRIB2 message has no bitmap where it says so.")
    bits = np.unpackbits(np.frombuffer(section, np.uint8, offset=6), count=shape[0] * shape[1])
    return bits.astype(bool).reshape(shape)


def plain(packing: Packing, packed: bytes, count: int) -> NDArray[Any]:
    """Integers one behind the other, of any number of bits; none at all when all values are one."""
    if packing.bits == 0:
        return np.zeros(count, np.uint8)
    if len(packed) < -(-count * packing.bits // 8):
        raise BadFrames("The GRIB2 message has fewer values than its grid.")
    if packing.bits % 8 == 0:
        return np.frombuffer(packed, f">u{packing.bits // 8}", count)
    stored = np.frombuffer(packed, np.uint8)
    integers = np.empty(count, np.uint16)
    for at in range(0, count, BLOCK):
        few = integers[at : at + BLOCK]
        few[:] = whole_of(stored[at * packing.bits // 8 :], packing.bits, len(few))
    return integers


def whole_of(stored: NDArray[np.uint8], bits: int, count: int) -> NDArray[np.uint16]:
    """The first integers of some bits each, with zeros put before these."""
    wide = np.zeros((count, MAX_BITS), np.uint8)
    wide[:, MAX_BITS - bits :] = np.unpackbits(stored[: -(-count * bits // 8)], count=count * bits).reshape(count, bits)
    return np.packbits(wide).view(">u2")


def pictured(_: Packing, packed: bytes, count: int) -> NDArray[Any]:
    """Integers as the grey of a PNG, whose size is checked before it is decoded."""
    width, height, bits, colour = struct.unpack_from(">IIBB", packed, 16)
    if width * height != count or colour != 0 or bits not in (8, 16):
        raise BadFrames("The picture in the GRIB2 message is not one of the grid in 8 or 16 bits of grey.")
    check_packed(count, packed)
    check_chunks(packed)
    with Image.open(io.BytesIO(packed), formats=["PNG"]) as image:
        if image.size != (width, height) or MODES.get(image.mode) != bits:
            raise BadFrames("The picture in the GRIB2 message declares two sizes.")
        return np.asarray(image).reshape(-1)
