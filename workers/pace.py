"""How long a method is likely to take: the running median of what it took on as much before."""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from radar.frames import Frames

KEPT, LEAST = 15, 3
"""Durations that a median is of, at most and at least: with fewer nobody knows."""

Size = tuple[str, int]
"""A method, and the power of two that pixels times leads of one nowcast reach: time does not grow in step with them."""


@dataclass(frozen=True)
class Pace:
    """Seconds per pixel and lead of each method and size, in one worker."""

    taken: dict[Size, deque[float]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=KEPT)))

    def note(self, method: str, past: Sequence[Frames], horizon: int, seconds: float) -> None:
        """A batch took so long."""
        self.taken[size(method, past, horizon)].append(seconds / values(past, horizon))

    def expected(self, method: str, past: Sequence[Frames], horizon: int) -> float | None:
        """Seconds that a batch will take; None while too little is known."""
        taken = self.taken.get(size(method, past, horizon), ())
        return values(past, horizon) * median(taken) if len(taken) >= LEAST else None

    def doubt(self, method: str, past: Sequence[Frames], horizon: int) -> None:
        """The method was passed over: forget its oldest duration, so that it is tried again before long."""
        self.taken[size(method, past, horizon)].popleft()


def size(method: str, past: Sequence[Frames], horizon: int) -> Size:
    """Of a batch, whose members are all alike."""
    return method, values(past[:1], horizon).bit_length()


def values(past: Sequence[Frames], horizon: int) -> int:
    """Pixels times leads of a batch."""
    return sum(frames.grid.height * frames.grid.width for frames in past) * horizon
