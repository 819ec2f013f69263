"""A past storm on its way through the pipeline again: its plan, its clock, and which of its nowcasts are scored."""

import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

from jobs import quantised
from jobs.faults import told
from jobs.history import seconds
from jobs.protocol import Protocol
from jobs.record import Record
from jobs.region import EPOCH, Plan
from jobs.skill import Series, Skill
from radar.errors import BadFrames
from radar.frames import Frames, Rain
from radar.resolution import rounded
from radar.tally import over_leads
from radar.windows import WET_SHARE, starts, wetness

MOST_WAITING = 24
"""Jobs that may wait before the storm waits for them: a machine that is slower than the clock loses no nowcast."""
TIME = struct.Struct("<q")
"""What a frame that is to come begins with: its time, in seconds since 1970."""


class Replay(BaseModel):
    """A storm that is sent through the pipeline again.

    id: the region it is fed to. of: the region whose plan that has. grid: of its frames, as a history describes it.
    starts: reference times of the nowcasts that are scored, those of the windows `nowcast evaluate` takes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    of: str
    event: str
    speed: float
    began: datetime
    first: datetime
    last: datetime
    frames: int
    grid: str
    starts: tuple[datetime, ...]

    def due(self, time: datetime) -> datetime:
        """When a frame of the storm is to come, on our clock."""
        return self.began + (time - self.first) / self.speed


def packed(frames: Frames) -> Iterator[bytes]:
    """Each frame that was observed, with its time."""
    for time, rain in zip(frames.times, frames.rain, strict=True):
        if time not in frames.interpolated:
            yield TIME.pack(seconds(time)) + quantised.pack(rain)


def time_of(blob: bytes) -> datetime:
    """The time of such a frame; its rain is left packed."""
    return datetime.fromtimestamp(TIME.unpack_from(blob)[0], UTC)


def rain_of(blob: bytes) -> Rain:
    """The rain of such a frame (Y, X), or DamagedBlob."""
    return quantised.unpack(blob[TIME.size :])


def plan_of(
    times: Sequence[datetime], cadence: timedelta, *, method: str | None, leads: int, thresholds: Sequence[float]
) -> Plan:
    """The plan of a region that a storm is fed to: it keeps all of its frames, so that no count is closed.

    Its chances stay as the method gave them, as in `nowcast evaluate`, which knows no region.
    BadFrames for a storm that no region can have.
    """
    try:
        return Plan.model_validate(
            {
                "cadence_minutes": cadence / timedelta(minutes=1),
                "offset_minutes": ((times[0] - EPOCH) % cadence) / timedelta(minutes=1),
                "method": method,
                "horizon": leads,
                "thresholds": tuple(thresholds),
                "retention_hours": (times[-1] - times[0] + cadence) / timedelta(hours=1) + 1,
                "max_bytes": 2**36,
                "pull_seconds": 1,
                "recalibrate": False,
            }
        )
    except ValidationError as error:
        fault = error.errors()[0]
        why = ": ".join([*map(str, fault["loc"]), told(fault["msg"])])
        raise BadFrames(f"No region can have this storm: {why}.") from error


def window_starts(frames: Frames, past: int, leads: int, every: int) -> tuple[datetime, ...]:
    """The last known times of the windows that `nowcast evaluate` takes of these frames."""
    length, holes = past + leads, [time in frames.interpolated for time in frames.times]
    runs = (at for at in range(len(frames) - length + 1) if not any(holes[at : at + length]))
    found = starts(runs, past, every, lambda at: wetness(rounded(frames.rain[at])) >= WET_SHARE)
    return tuple(frames.times[start + past - 1] for start in found)


def record_of(skill: Skill, live: Protocol, series: Series, starts: Sequence[datetime]) -> Record | None:
    """What was counted of a series, of nowcasts with these reference times alone; None where nothing was."""
    total: Record | None = None
    for start in starts:
        ahead = {lead: skill.at(live.region, series, start + lead * live.cadence) for lead in range(1, live.leads + 1)}
        known = {lead: one for lead, one in ahead.items() if one and one.tally.frames[lead - 1]}
        if known:
            tally = over_leads({lead: one.tally.at(lead) for lead, one in known.items()}, *live.shape)
            times = [one.first for one in known.values()]
            record = Record(tally, min(times), max(times))
            total = record if total is None else total + record
    return total
