"""How we hold bytes that a stranger sent: with a budget, and with one place that turns failures into a sentence."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from radar import grid
from radar.errors import BadFrames, BadInput, TooLarge

ALLOWANCE = 2**25
MAX_PIXELS = 40_000_000
"""The most pixels of one frame that we decode. Some mosaics are wider than what is served, and are cut or coarsened
after reading; the widest known to us, of Finland at 250 m, has 36 million."""
MAX_PIXELS_A_BYTE = 2**14
"""Of a packed picture: more than any compression makes of an empty one."""


def check_readable(frames: int, height: int, width: int, *, served: bool = False) -> None:
    """Refuse (TooLarge) a declared shape that we would not even decode; or, if it is to be, one that is not served."""
    if served:
        grid.check_size(frames, height, width)
    if height * width > MAX_PIXELS:
        raise TooLarge(f"The grid is {height} x {width} pixels; the most we read is {MAX_PIXELS} pixels.")
    if frames * height * width > grid.MAX_VALUES:
        raise TooLarge(
            f"{frames} frames of {height} x {width} pixels are more than {grid.MAX_VALUES} values; send fewer frames."
        )


@contextmanager
def untrusted(kind: str) -> Iterator[None]:
    """Turn whatever a parser trips over into one sentence; our own sentences pass."""
    try:
        yield
    except BadInput:
        raise
    except NotImplementedError as error:
        raise BadFrames(f"The {kind} file is damaged, or uses a feature that we do not read.") from error
    except Exception as error:  # a parser of hostile bytes may raise anything: this is the one place that catches it
        raise BadFrames(f"The {kind} file is truncated or damaged.") from error


def check_packed(pixels: int, data: bytes) -> None:
    """Refuse (TooLarge) a packed picture that declares more pixels than its bytes can hold."""
    if pixels > MAX_PIXELS_A_BYTE * len(data):
        raise TooLarge(f"The file declares {pixels} pixels in {len(data)} bytes.")


class Budget(io.BytesIO):
    """Bytes that can be read about once over, so that a file whose parts point at each other cannot keep us busy."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.left = len(data) + ALLOWANCE

    def read(self, size: int | None = -1, /) -> bytes:
        """Like BytesIO, until the budget is spent."""
        part = super().read(size)
        self.left -= len(part) + 16  # a read costs time even when it gives nothing
        if self.left < 0:
            raise BadFrames("The file points at itself over and over; it is damaged.")
        return part


def time_of(text: str, pattern: str) -> datetime:
    """A UTC time in a stranger's text; BadFrames when it is none."""
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=UTC)
    except ValueError as error:
        raise BadFrames(f"The time {text[:40]!r} of the file cannot be understood.") from error
