"""How we hold bytes that a stranger sent: with a budget, and with one place that turns failures into a sentence."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

from radar.errors import BadFrames, BadInput

ALLOWANCE = 2**25


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
