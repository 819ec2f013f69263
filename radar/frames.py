"""A checked, immutable sequence of radar frames."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radar.errors import BadFrames
from radar.grid import Grid

Rain = NDArray[np.float32]

DELUGE = 5000.0
"""mm/h that no rain and no hail reaches (75 dBZ is 1,800 by Marshall and Palmer): beyond it the numbers are wrong."""
NOISE = 1e-3
"""mm/h that rounding may leave below zero."""
FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Years of weather radar, with room; times outside them are mistakes, and some cannot be reckoned with."""


@dataclass(frozen=True, eq=False)
class Frames:
    """Rain rate in time on one grid, checked at birth.

    rain: (T, Y, X) float32, mm/h, finite and not negative, NaN where not observed; read-only.
    times: T aware datetimes in UTC, strictly increasing, one cadence.
    interpolated: the times among them that were not observed but filled in between their neighbours.
    Raises BadFrames with one sentence when any of this does not hold.
    """

    rain: Rain
    times: tuple[datetime, ...]
    grid: Grid
    interpolated: tuple[datetime, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "rain", checked_rain(self.rain, self.grid))
        object.__setattr__(self, "times", tuple(utc(time) for time in self.times))
        object.__setattr__(self, "interpolated", tuple(utc(time) for time in self.interpolated))
        check_count(len(self.rain), self.times)
        check_cadence(self.times)

    def __len__(self) -> int:
        return len(self.times)

    @property
    def cadence(self) -> timedelta | None:
        """Time from one frame to the next; None for a single frame."""
        return self.times[1] - self.times[0] if len(self) > 1 else None

    @cached_property
    def observed(self) -> NDArray[np.bool_]:
        """(T, Y, X) True where the radar saw something, rain or none."""
        return np.isfinite(self.rain)

    @property
    def dry(self) -> bool:
        """True when no observed pixel has any rain."""
        return not np.any(self.rain > 0)

    def last(self, count: int) -> "Frames":
        """The newest `count` frames, or all when there are fewer."""
        if 0 < len(self) <= count:
            return self
        times = self.times[-count:]
        kept = tuple(time for time in self.interpolated if time in times)
        return replace(self, rain=self.rain[-count:], times=times, interpolated=kept)


def checked_rain(rain: ArrayLike, grid: Grid) -> Rain:
    """Rain as a read-only float32 array on the grid, or BadFrames."""
    array = held(rain)
    if array.ndim != 3 or array.shape[1:] != grid.shape:
        raise BadFrames(f"Rain of shape {array.shape} does not lie on a grid of {grid.height} x {grid.width}.")
    if len(array) == 0:
        raise BadFrames("There is not a single frame.")
    with np.errstate(invalid="ignore"):
        lowest, highest = float(np.fmin.reduce(array, axis=None)), float(np.fmax.reduce(array, axis=None))
    if np.isinf([lowest, highest]).any():
        raise BadFrames("The rain rate is infinite somewhere; mark pixels that were not observed as NaN.")
    if lowest < -NOISE:
        raise BadFrames(f"The rain rate is negative somewhere ({lowest:g} mm/h); is it reflectivity in dBZ?")
    if highest > DELUGE:
        raise BadFrames(f"The rain rate is {highest:g} mm/h somewhere; is that a fill value, or is the unit wrong?")
    if lowest < 0:
        array = np.where(array < 0, np.float32(0), array)
    array.setflags(write=False)
    return array


def held(rain: ArrayLike) -> Rain:
    """Rain as float32 that nobody changes any more: a copy, unless nobody can."""
    if isinstance(rain, np.ndarray) and rain.dtype == np.float32 and rain.flags.c_contiguous and frozen(rain):
        return rain
    with np.errstate(over="ignore"):  # too much for float32 becomes inf, which is refused
        return np.array(rain, dtype=np.float32)


def frozen(array: object) -> bool:
    """True for an aligned array that is read-only, as is what it is a view of: bytes, or the rain of other frames."""
    while isinstance(array, np.ndarray) and array.flags.aligned and not array.flags.writeable:
        array = array.base
    return array is None or isinstance(array.obj if isinstance(array, memoryview) else array, bytes)


def utc(time: datetime) -> datetime:
    """The time in UTC; BadFrames when it does not say its zone."""
    if time.tzinfo is None:
        raise BadFrames(f"The time {time.isoformat()} has no time zone; frames carry UTC times.")
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise BadFrames(f"The time {time.isoformat()} is outside the years {FIRST_YEAR} to {LAST_YEAR}.")
    return time.astimezone(UTC)


def in_utc(time: datetime) -> datetime:
    """The time as it says its zone, and in UTC where it says none."""
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def stamp(time: datetime) -> str:
    """ISO 8601 in UTC as we write it everywhere: 2016-09-28T14:45:00Z."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def check_count(frames: int, times: Sequence[datetime]) -> None:
    """Refuse frames that have not each a time."""
    if frames != len(times):
        raise BadFrames(f"There are {frames} frames but {len(times)} times.")


def check_cadence(times: Sequence[datetime]) -> None:
    """Refuse times that do not increase by one and the same step."""
    steps = [later - earlier for earlier, later in pairwise(times)]
    for at, step in enumerate(steps):
        if step <= timedelta(0):
            raise BadFrames(f"Frame times must increase, but {stamp(times[at + 1])} follows {stamp(times[at])}.")
        if step % timedelta(seconds=1):
            raise BadFrames(f"Frames must be whole seconds apart, but {stamp(times[at + 1])} is not.")
        if step != steps[0]:
            raise BadFrames(
                f"Frames must have one cadence: {stamp(times[at])} to {stamp(times[at + 1])} is {minutes(step)} "
                f"min where the others are {minutes(steps[0])} min apart."
            )


def minutes(step: timedelta) -> str:
    """A step as a short number of minutes: 5, 2.5."""
    return f"{step.total_seconds() / 60:g}"
