"""MNIST digits in the IDX format, plain or gzipped."""

import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.data.reading import content, reading
from radar.errors import BadInput

DIGIT = 28
MAGIC = 0x803
"""Unsigned bytes in three dimensions."""
FEWEST_DIGITS, MOST_DIGITS = 12, 100_000
"""Fewer could not be split."""
HEAD = struct.Struct(">4I")
GZIPPED = b"\x1f\x8b"


def digits(path: Path) -> NDArray[np.uint8]:
    """The images (N, 28, 28) of a file; BadInput when it is none, such as the web page that a proxy gave instead."""
    most = HEAD.size + MOST_DIGITS * DIGIT**2
    with reading(path, "an IDX file of MNIST digits"):
        data = content(path, most)
        if data.lstrip()[:1] == b"<":
            raise BadInput("This is a web page, not an IDX file of MNIST digits; was the download refused?")
        if data.startswith(GZIPPED):
            with gzip.open(path) as file:
                data = file.read(most)
        magic, count, height, width = HEAD.unpack_from(data)
        if (magic, height, width) != (MAGIC, DIGIT, DIGIT):
            raise BadInput(f"This is not an IDX file of {DIGIT} x {DIGIT} digits.")
        if count < FEWEST_DIGITS or len(data) != HEAD.size + count * DIGIT**2:
            raise BadInput(f"The file says that it holds {count} digits; that is too few, or it is cut off.")
        return np.frombuffer(data, np.uint8, offset=HEAD.size).reshape(count, DIGIT, DIGIT)
