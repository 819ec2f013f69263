"""8-bit greyscale PNG in the HKO-7 pixel encoding: one frame, without time and place."""

import io
import struct

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from radar.errors import BadFrames, TooLarge
from radar.formats.hints import Hints
from radar.formats.untrusted import untrusted
from radar.frames import Frames
from radar.grid import Grid, check_size
from radar.rain import from_byte, to_byte

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 2**14
"""The common writers put 8 kB into each, which makes a few thousand of the largest frame."""
GREY = 0
COLOURS = {0: "greyscale", 2: "colour", 3: "colour with a palette", 4: "greyscale with transparency", 6: "colour"}
NO_HINTS = Hints()


def sniff(data: bytes) -> bool:
    """True for PNG."""
    return data.startswith(SIGNATURE)


@untrusted("PNG")
def read(data: bytes, hints: Hints = NO_HINTS) -> Frames:
    """The one frame of a picture; the hints must hold its time, and its grid unless it lies nowhere."""
    height, width = declared(data)
    check_chunks(data)
    if len(hints.times or ()) != 1:
        raise BadFrames("A PNG picture holds one frame and no time; give one time beside it.")
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        if image.size != (width, height) or image.mode != "L":
            raise BadFrames("The PNG picture declares two sizes.")
        pixels = np.asarray(image)
    return Frames(from_byte(pixels)[np.newaxis], hints.times or (), hints.grid or Grid.picture((height, width)))


def timeless(_: bytes) -> int:
    """How many frames need a time from the caller: one."""
    return 1


def declared(data: bytes) -> tuple[int, int]:
    """Height and width out of the header, before anything is decoded."""
    width, height, bits, colour = struct.unpack_from(">IIBB", data, 16)
    if data[12:16] != b"IHDR" or min(width, height) < 1:
        raise BadFrames("The PNG picture has no header.")
    check_size(1, height, width)
    if (bits, colour) != (8, GREY):
        kind = COLOURS.get(colour, "of an unknown kind")
        raise BadFrames(f"The PNG picture is {bits}-bit {kind}; we read 8-bit greyscale in the HKO-7 encoding.")
    return height, width


def check_chunks(data: bytes) -> None:
    """Refuse (TooLarge) a PNG of more chunks than any picture needs: Pillow goes through them one by one."""
    at = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        at += 12 + int.from_bytes(data[at : at + 4])
        if at >= len(data):
            return
    raise TooLarge(f"The PNG picture has more than {MAX_CHUNKS} chunks.")


def write(rain: ArrayLike) -> bytes:
    """Rain (Y, X) in mm/h as a picture; NaN and no rain are both 0, which `read` calls no rain."""
    file = io.BytesIO()
    Image.fromarray(to_byte(rain)).save(file, "PNG")
    return file.getvalue()
