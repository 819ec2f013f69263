"""A nowcast: frames of the future that say how they were made."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from radar.chances import Chances
from radar.frames import Frames


@dataclass(frozen=True, eq=False)
class Nowcast:
    """The answer to frames of the past.

    frames: the future, its first time one cadence after the last input time.
    method, version: what made it; asked_for: what the caller wanted; fallback_reason: why these differ; None when
    they do not, or when a method on trial had its turn (`canary`).
    input_times: the frames it rests on; interpolated: those of them that were filled in.
    chances: how likely the rain reaches some thresholds, on the grid and times of the frames; None where not known.
    """

    frames: Frames
    method: str
    version: str
    asked_for: str
    input_times: tuple[datetime, ...]
    interpolated: tuple[datetime, ...] = ()
    fallback_reason: str | None = None
    chances: Chances | None = None

    @property
    def reference_time(self) -> datetime:
        """The time of the last observed frame, from which leads count."""
        return self.input_times[-1]

    @property
    def canary(self) -> bool:
        """True when it was made by a method on trial, in the place of the one that was asked for."""
        return self.method != self.asked_for and self.fallback_reason is None

    @property
    def leads(self) -> tuple[float, ...]:
        """Lead time of each frame in minutes."""
        return tuple((time - self.reference_time) / timedelta(minutes=1) for time in self.frames.times)


def future_times(past: Frames, horizon: int, default: timedelta = timedelta(minutes=5)) -> tuple[datetime, ...]:
    """The `horizon` times that follow the past at its cadence (`default` for a single frame)."""
    step = past.cadence or default
    return tuple(past.times[-1] + step * n for n in range(1, horizon + 1))
