"""What a nowcast says of one place: rain now, when it starts or ends and how surely, how much will fall.

A place turns wet at WET and dry again only below DRY (hysteresis), and its past counts: rain that hovers between the
two stays what it was, from frame to frame and from one nowcast to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from radar.accumulation import amount
from radar.chances import Chances
from radar.frames import Frames
from radar.nowcast import Nowcast

WET, DRY = 0.2, 0.1
"""mm/h at which a dry place turns wet, and below which a wet one turns dry."""
WINDOWS = (15, 30, 60, 120)
"""Minutes over which amounts are given."""

Series = NDArray[np.float32]


class Coverage(StrEnum):
    """Whether the radar sees a place."""

    #: it does, or did in the newest frame, though nothing may be known of what comes
    OK = "ok"
    #: it did in the frames before, but not now
    UNAVAILABLE = "temporarily unavailable"
    #: it does not
    NONE = "no coverage"


@dataclass(frozen=True)
class Turn:
    """When the rain starts or ends, in minutes from now, and how likely it has done so by then (None: not known)."""

    minutes: float
    chance: float | None


@dataclass(frozen=True, eq=False)
class Place:
    """One pixel in time: what was seen there, and what is to come.

    seen: rain of past frames (P,) in mm/h, oldest first, up to the reference time; may be empty.
    coming: rain of the nowcast (T,) mm/h at `times`. chances: (thresholds, T), none of them without thresholds.
    """

    reference: datetime
    times: tuple[datetime, ...]
    seen: Series
    coming: Series
    thresholds: tuple[float, ...]
    chances: Series

    @property
    def coverage(self) -> Coverage:
        """Whether the radar sees it; what was never observed is not covered."""
        if np.isfinite(self.rates).any():
            return Coverage.OK
        return Coverage.UNAVAILABLE if np.isfinite(self.seen).any() else Coverage.NONE

    @property
    def minutes(self) -> tuple[float, ...]:
        """Of each known rate, from the reference time: 0 for the last observation if there is one, then the leads."""
        leads = tuple((time - self.reference) / timedelta(minutes=1) for time in self.times)
        return (0.0, *leads) if self.seen.size else leads

    @property
    def rates(self) -> Series:
        """(N,) mm/h at `minutes`."""
        return np.concatenate([self.seen[-1:], self.coming])

    @property
    def wet(self) -> tuple[bool, ...]:
        """At each of `minutes`, whether it rains there."""
        states = wet_spells([*self.seen[:-1].tolist(), *self.rates.tolist()])
        return states[max(0, len(self.seen) - 1) :]

    def at(self, now: datetime) -> int | None:
        """Which of `minutes` is the newest that has come, the first one when none has; None once all are past."""
        minute = self.passed(now)
        if minute > self.minutes[-1]:
            return None
        return max(0, int(np.searchsorted(self.minutes, minute, side="right")) - 1)

    def passed(self, now: datetime) -> float:
        """Minutes since the reference time, before which no answer begins."""
        return max(0.0, (now - self.reference) / timedelta(minutes=1))

    def known_for(self, now: datetime) -> float | None:
        """For how many minutes from now on every rate is known; None when that of now is not."""
        here = self.at(now)
        if here is None or np.isnan(self.rates[here]):
            return None
        unknown = np.flatnonzero(np.isnan(self.rates[here:]))
        last = here + int(unknown[0]) - 1 if unknown.size else -1
        return max(0.0, self.minutes[last] - self.passed(now))

    def turn(self, now: datetime) -> Turn | None:
        """The next time that a dry place turns wet, or a wet one dry; None when it does not, or nothing is known."""
        here = self.at(now)
        if here is None:
            return None
        states = self.wet
        found = next((at for at in range(here + 1, len(states)) if states[at] != states[here]), None)
        if found is None:
            return None
        return Turn(self.minutes[found] - self.passed(now), self._chance(found, wet=states[found]))

    def _chance(self, at: int, wet: bool) -> float | None:
        """How likely it rains, or does not, at one of `minutes`: by the lowest threshold."""
        lead = at - (len(self.rates) - len(self.coming))
        if not self.thresholds or lead < 0 or not np.isfinite(self.chances[0, lead]):
            return None
        chance = float(self.chances[0, lead])
        return chance if wet else 1 - chance

    def amounts(self, now: datetime, windows: Sequence[float] = WINDOWS) -> list[float | None]:
        """Rain in mm from now on over so many minutes each; None where the nowcast does not reach or know."""
        start = self.passed(now)
        found = [float(amount(self.minutes, self.rates, start, start + window)) for window in windows]
        return [mm if np.isfinite(mm) else None for mm in found]


def wet_spells(rates: Sequence[float]) -> tuple[bool, ...]:
    """Whether it rains at each of some rates in mm/h, one after the other; an unknown rate changes nothing.

    >>> wet_spells([0.15, 0.3, 0.15, 0.05, 0.15])
    (False, True, True, False, False)
    """
    states = accumulate(rates, lambda wet, rate: rate >= WET or (wet and not rate < DRY), initial=False)
    return tuple(bool(state) for state in states)[1:]


def place(nowcast: Nowcast, lon: float, lat: float, past: Frames | None = None) -> Place | None:
    """A nowcast and the frames before it at a longitude and latitude in degrees; None outside its grid.

    past: on any grid, up to the reference time; later frames are left out. BadFrames without a place on the Earth.
    """
    pixel = nowcast.frames.grid.pixel(lon, lat)
    if pixel is None:
        return None
    coming = nowcast.frames.rain[:, *pixel]
    thresholds, chances = known(nowcast.chances, pixel, len(coming))
    seen = before(past, lon, lat, nowcast.reference_time)
    return Place(nowcast.reference_time, nowcast.frames.times, seen, coming, thresholds, chances)


def known(chances: Chances | None, pixel: tuple[int, int], leads: int) -> tuple[tuple[float, ...], Series]:
    """The thresholds and chances (thresholds, T) of a pixel."""
    return ((), np.empty((0, leads), np.float32)) if chances is None else (chances.thresholds, chances.at(*pixel))


def before(past: Frames | None, lon: float, lat: float, until: datetime) -> Series:
    """What was seen at a place, up to a time; nothing when the last frame is of another time."""
    pixel = None if past is None else past.grid.pixel(lon, lat)
    times = () if past is None else tuple(time for time in past.times if time <= until)
    if past is None or pixel is None or not times or times[-1] != until:
        return np.empty(0, np.float32)
    return np.asarray(past.rain[: len(times), *pixel])
