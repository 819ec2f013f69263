"""The newest steps of a history: the frames that are there, and the times at which there is none."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from radar.assemble import assemble, missing
from radar.frames import Frames, Rain
from radar.grid import Grid, check_size


@dataclass(frozen=True, eq=False)
class Recent:
    """Frames up to the newest.

    rain: (T, Y, X) mm/h of the steps that are there, at `times`.
    """

    rain: Rain
    times: tuple[datetime, ...]
    cadence: timedelta
    grid: Grid

    @property
    def steps(self) -> tuple[datetime, ...]:
        """Every time at which there could be a frame, from the first that is there."""
        total = (self.times[-1] - self.times[0]) // self.cadence + 1
        return tuple(self.times[0] + n * self.cadence for n in range(total))

    @property
    def missing(self) -> tuple[datetime, ...]:
        """The times between the first and the last frame at which there is none."""
        held = set(self.times)
        return tuple(time for time in self.steps if time not in held)

    def newest(self, count: int) -> "Recent":
        """Those of the newest `count` steps."""
        after = self.times[-1] - count * self.cadence
        kept = [at for at, time in enumerate(self.times) if time > after]
        return replace(self, rain=self.rain[kept], times=tuple(self.times[at] for at in kept))

    def whole(self) -> Frames:
        """All steps on one cadence: a frame that is missing is not observed anywhere."""
        check_size(len(self.steps), *self.grid.shape)
        rain = np.full((len(self.steps), *self.grid.shape), np.nan, np.float32)
        rain[[self.steps.index(time) for time in self.times]] = self.rain
        return Frames(rain, self.steps, self.grid)

    def usable(self) -> Frames:
        """The newest frames with at most one hole, which is filled: what a nowcast may stand on.

        Two steps apart is a hole and no cadence, so the last two frames count only when one step lies between them.
        """
        start = len(self.times) - 1
        while start > 0 and self._holds(start - 1):
            start -= 1
        while start < len(self.times) - 1 and len(missing(self.times[start:])) != self._holes(start):
            start += 1
        return assemble(self.rain[start:], self.times[start:], self.grid)

    def _holes(self, start: int) -> int:
        """How many steps are missing from this frame on."""
        return (self.times[-1] - self.times[start]) // self.cadence + 1 - (len(self.times) - start)

    def _holds(self, start: int) -> bool:
        return self._holes(start) <= 1
