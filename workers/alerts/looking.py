"""What a nowcast, and then the radar, say of the place of an alert."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs.alert import Watch
from jobs.alert_state import Verdict, too_old
from jobs.geometry import Pixels, pixels
from jobs.region import Region
from radar.chances import decoded
from radar.frames import Rain, stamp
from radar.grid import Grid
from radar.nowcast import Nowcast
from workers.wanted import at_thresholds

Values = NDArray[np.float32]
"""(steps, pixels) mm/h or chances, NaN where nothing is known; step 0 is the newest frame, then come the leads."""


@dataclass(frozen=True)
class Look:
    """What was found at a place: starts, when it reaches the threshold; peak, its highest rate or chance."""

    verdict: Verdict
    detail: str
    starts: datetime | None = None
    peak: float | None = None


@dataclass(frozen=True)
class Sight:
    """What the radar saw of a place at a time. wet: the threshold reached, or not; None where that is not known."""

    time: datetime
    wet: bool | None
    whole: bool


def look(watch: Watch, region: Region, nowcast: Nowcast, newest: Rain | None, now: datetime) -> Look:
    """What a nowcast says of a place; a stale one says nothing.

    newest: the frame of the reference time, None where it is gone. BadInput for a place outside of the grid.
    """
    if region.stale(nowcast.reference_time, now):
        return Look(Verdict.UNKNOWN, too_old(nowcast.reference_time))
    steps = round(watch.within_minutes // region.cadence_minutes)
    where = pixels(watch.geometry, nowcast.frames.grid)
    leads = chances(watch, nowcast, where) if watch.chance is not None else at(nowcast.frames.rain, where)
    values = np.full((steps + 1, len(where)), np.nan, np.float32)
    values[1 : len(leads) + 1] = leads[:steps]
    if newest is not None:
        seen = at(newest, where)
        values[0] = seen if watch.chance is None else np.where(np.isnan(seen), np.nan, seen >= watch.threshold)
    return judged(watch, values, [nowcast.reference_time + n * region.cadence for n in range(steps + 1)])


def judged(watch: Watch, values: Values, times: list[datetime]) -> Look:
    """What the values at a place come to."""
    highest = np.fmax.reduce(values, axis=1)
    known = float(np.isfinite(values).mean())
    peak = None if np.isnan(highest).all() else float(np.nanmax(highest))
    begins = first_in_a_row(highest >= np.float32(watch.on), watch.min_steps)
    if begins is not None:
        return Look(Verdict.REACHED, f"The threshold is reached at {stamp(times[begins])}.", times[begins], peak)
    if known < watch.min_known:
        said = f"Of the pixels and leads that are looked at, {known:.0%} are known; it takes {watch.min_known:.0%}."
        return Look(Verdict.UNKNOWN, said, peak=peak)
    if peak is not None and peak >= np.float32(watch.off):
        return Look(Verdict.BETWEEN, "The threshold is not reached, or for too short, but what ends an event neither.")
    return Look(Verdict.BELOW, "Nothing is coming.", peak=peak)


def first_in_a_row(reached: NDArray[np.bool_], count: int) -> int | None:
    """Where the first `count` in a row begin; None when there are none."""
    if len(reached) < count:
        return None
    rows = np.lib.stride_tricks.sliding_window_view(reached, count).all(axis=1)
    return int(np.argmax(rows)) if rows.any() else None


def at(rain: NDArray[Any], where: Pixels) -> NDArray[Any]:
    """The values (..., pixels) of fields (..., Y, X)."""
    return rain[..., where[:, 0], where[:, 1]]


def chances(watch: Watch, nowcast: Nowcast, where: Pixels) -> Values:
    """(T, pixels) how likely the threshold is reached: the nowcast's own chances, else those of its neighbourhood."""
    found = at_thresholds(nowcast, (watch.threshold,)).chances
    if found is None:
        return np.full((len(nowcast.frames.rain), len(where)), np.nan, np.float32)
    return decoded(at(found.codes[0], where))


def sight(watch: Watch, grid: Grid, time: datetime, rain: Rain) -> Sight:
    """What a frame shows of a place."""
    values = at(rain, pixels(watch.geometry, grid))
    highest, known = np.fmax.reduce(values), float(np.isfinite(values).mean())
    whole = known >= watch.min_known
    if highest >= np.float32(watch.threshold):
        return Sight(time, True, whole)
    return Sight(time, False if whole and highest < np.float32(watch.dry) else None, whole)
