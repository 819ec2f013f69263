"""Frames on their way into a region's history, whoever brought them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from jobs.history import History, Outcome
from jobs.region import Region
from jobs.weather import Weather
from radar.frames import Frames
from radar.grid import Grid, same_place
from radar.regrid import regrid

AHEAD = timedelta(minutes=10)
"""How far clocks may differ; a frame of a later time would push all others out."""


@dataclass(frozen=True)
class Arrived:
    """What became of each frame, by time."""

    outcomes: dict[datetime, Outcome] = field(default_factory=dict)

    def count(self, *wanted: Outcome) -> int:
        """How many frames ended so."""
        return sum(outcome in wanted for outcome in self.outcomes.values())

    @property
    def changed(self) -> bool:
        """True when the history is another than before."""
        return self.count(Outcome.ADDED, Outcome.REPLACED) > 0

    def and_then(self, later: "Arrived") -> "Arrived":
        """Both together; of one time, what was said later."""
        return Arrived({**self.outcomes, **later.outcomes})

    def __str__(self) -> str:
        said = [f"{self.count(outcome)} {outcome}" for outcome in Outcome if self.count(outcome)]
        return ", ".join(said) or "no frames"


def arrive(history: History, region: Region, frames: Frames, now: datetime | None = None) -> Arrived:
    """Append what was observed, on the region's grid; BadFrames when it cannot be brought onto that."""
    kept, outcomes = [], {}
    for at, time in enumerate(frames.times):
        if time in frames.interpolated:
            continue
        reason = refused(region, time, now or datetime.now(UTC))
        if reason is None:
            kept.append(at)
        else:
            outcomes[time] = reason
    return Arrived(outcomes).and_then(appended(history, region, frames, kept))


def refused(region: Region, time: datetime, now: datetime) -> Outcome | None:
    """Why a frame of this time is left out; None when it is not."""
    if time > now + max(AHEAD, region.cadence):
        return Outcome.FUTURE
    return None if region.in_step(time) else Outcome.ASTRAY


def appended(history: History, region: Region, frames: Frames, kept: Sequence[int]) -> Arrived:
    """Put the frames at these places in."""
    if not kept:
        return Arrived()
    grid = target(history, region) or frames.grid
    rain = regrid(frames.rain[list(kept)], frames.grid, grid, region.regrid)
    times = [frames.times[at] for at in kept]
    arrived = dict(zip(times, history.append(region, grid, list(zip(times, rain, strict=True))), strict=True))
    if times[-1] == history.extent(region.id).newest:
        Weather.of(rain[-1]).note(history.redis, region.id)
    return Arrived(arrived)


def target(history: History, region: Region) -> Grid | None:
    """The grid of a region: as its history has it, for other versions of PROJ write one and the same otherwise."""
    known, own = history.grid(region.id), region.grid.grid() if region.grid else None
    return known if known and (own is None or same_place(known, own)) else own
