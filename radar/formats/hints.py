"""What a caller says beside a file."""

from dataclasses import dataclass
from datetime import datetime

from radar.grid import Grid


@dataclass(frozen=True)
class Hints:
    """What the caller says beside the file.

    times, grid: for formats that carry none. last: only the newest `last` frames are wanted. served: frames are
    computed with as they lie, so that a grid larger than what is served need not be decoded.
    """

    times: tuple[datetime, ...] | None = None
    grid: Grid | None = None
    last: int | None = None
    served: bool = False
