"""MeteoSwiss GIF: the Swiss composite of rain amounts, one palette index a pixel, on the Swiss grid."""

import io
import re
import struct
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from radar.errors import BadFrames
from radar.formats.hints import Hints
from radar.formats.untrusted import check_readable, untrusted
from radar.frames import Frames
from radar.grid import Grid
from radar.rain import METEOSWISS, from_dbz

MAGIC = (b"GIF87a", b"GIF89a")
SIGN = b"PRDT="
COMMENT = re.compile(r"PRDT=([A-Z]{3})(\d{9})\b.*?\bSCALE=(\S+).*?\bACCUm=(\d{1,6})\b", re.DOTALL)
AMOUNTS = {"AQC", "CPC"}
MAX_COMMENT = 2**10
"""Characters; those of MeteoSwiss have a hundred, and to look through many times as many takes long."""
SCALE = "mmh2LASSEN8bitmm_mn"
DRY = 1
"""Up to this index, and between the highest amount and MISSING, there was no rain."""
HIGHEST, MISSING = 250, 255
SHAPE = (640, 710)
INDEXED = {"P", "L"}
"""In Pillow's names; L where index and grey are one."""
LV03 = (
    "+proj=somerc +lat_0=46.9524055555556 +lon_0=7.43958333333333 +k_0=1 +x_0=600000 +y_0=200000 "
    "+ellps=bessel +towgs84=674.374,15.056,405.346,0,0,0,0 +units=m +no_defs"
)
"""The old Swiss coordinates, with MeteoSwiss's shift to WGS 84."""
TRANSFORM = (1000.0, 0.0, 255_000.0, 0.0, -1000.0, 480_000.0)
NO_HINTS = Hints()


def sniff(data: bytes) -> bool:
    """True for a GIF with a product and its time in the comment."""
    return data.startswith(MAGIC) and SIGN in data


@untrusted("GIF")
def read(data: bytes, _: Hints = NO_HINTS) -> Frames:
    """The one frame of an AQC or CPC picture; its time is the end of the interval, its first row the northern one."""
    width, height = struct.unpack_from("<HH", data, len(MAGIC[0]))
    check_readable(1, height, width)
    with Image.open(io.BytesIO(data), formats=["GIF"]) as image:
        if image.size[::-1] != SHAPE or image.mode not in INDEXED:
            raise BadFrames(f"The GIF picture is not {SHAPE[0]} x {SHAPE[1]} pixels with a palette.")
        time, minutes = said(image.info.get("comment", b"").decode("latin-1"))
        pixels = np.asarray(image)
    rain = rates(minutes)[pixels]
    return Frames(rain[np.newaxis], (time,), Grid.of(SHAPE, TRANSFORM, LV03))


def said(comment: str) -> tuple[datetime, int]:
    """End of the interval and its minutes; BadFrames for a product of another palette."""
    found = COMMENT.search(comment[:MAX_COMMENT])
    if found is None or found[1] not in AMOUNTS or found[3] != SCALE or int(found[4]) == 0:
        raise BadFrames(f"The GIF picture is no rain amount ({' or '.join(sorted(AMOUNTS))}) of MeteoSwiss.")
    try:
        return datetime.strptime(found[2], "%y%j%H%M").replace(tzinfo=UTC), int(found[4])
    except ValueError as error:
        raise BadFrames("The time of the GIF picture cannot be understood.") from error


def rates(minutes: int) -> NDArray[np.float32]:
    """Index -> mm/h: amount = (10^((index - 71.5) / 20) / 316)^(1 / 1.5) mm, which is a reflectivity in 0.5 dBZ."""
    index = np.arange(256)
    table = from_dbz((index - 71.5) / 2, METEOSWISS) * (60 / minutes)
    table[(index <= DRY) | (index > HIGHEST)] = 0
    table[MISSING] = np.nan
    return table.astype(np.float32)
