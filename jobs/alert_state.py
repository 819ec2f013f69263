"""Where an alert stands: what its last look gave, its events, and how each of them turned out."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from jobs.region import Region
from radar.frames import stamp

MOST_EVENTS = 50
"""Older events are forgotten, not what was counted of them."""


class Verdict(StrEnum):
    """What a look at a place gave."""

    #: it will reach the threshold
    REACHED = "reached"
    #: it will not, but stays above what ends an event
    BETWEEN = "between"
    #: all that is looked at is known, and below what ends an event
    BELOW = "below"
    #: too little is known to say that nothing is coming
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """What a message says."""

    #: an event begins
    ONSET = "onset"
    #: what a further nowcast says of it
    UPDATE = "update"
    #: it is over, or will not come
    ALL_CLEAR = "all_clear"
    #: somebody has changed the alert: nobody looks after this event any more
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """How an event turned out, by the radar that came."""

    #: the threshold was reached
    HIT = "hit"
    #: it had been reached before the event began
    LATE = "late"
    #: it was not reached
    FALSE_ALARM = "false_alarm"
    #: it was not seen to be reached, but a frame is missing or not all of the place was observed
    UNSEEN = "unseen"
    #: the alert was changed meanwhile
    CANCELLED = "cancelled"


class Event(BaseModel):
    """From an onset to its all-clear."""

    model_config = ConfigDict(frozen=True)

    id: str
    began: datetime = Field(description="reference time of the nowcast that it began with")
    issued: datetime = Field(description="when it was found")
    starts: datetime = Field(description="when the threshold was to be reached first")
    peak: float = Field(description="the highest rate (mm/h) or chance that was foretold")
    ended: datetime | None = Field(None, description="reference time of the nowcast that ended it; null while it lasts")
    outcome: Outcome | None = Field(None, description="null while it cannot be told")
    seen: datetime | None = Field(None, description="when the radar first saw the threshold reached")
    lead_minutes: float | None = Field(None, description="from when it was issued to then; below zero it came too late")
    blind: bool = Field(False, description="the radar did not see all of the place the whole time")

    def until(self, within: timedelta) -> datetime | None:
        """The last time it speaks of; None while it lasts."""
        return self.ended and max(self.ended, self.began + within)

    def speaks_of(self, time: datetime, within: timedelta) -> bool:
        """True for a time at which it says that the threshold is reached."""
        until = self.until(within)
        return self.began < time and (until is None or time <= until)


class State(BaseModel):
    """All that is remembered of an alert from one look to the next."""

    model_config = ConfigDict(frozen=True)

    job: str | None = Field(None, description="the nowcast that was looked at last")
    reference_time: datetime | None = None
    evaluated: datetime | None = Field(None, description="when that was")
    verdict: Verdict | None = None
    detail: str = Field("", description="in a sentence")
    observed_until: datetime | None = Field(None, description="frames up to this one are compared with the events")
    wet: bool | None = Field(None, description="the radar sees the threshold reached; null before it has looked")
    events: tuple[Event, ...] = Field((), description="the newest last")

    @property
    def open(self) -> Event | None:
        """The event that lasts."""
        return self.events[-1] if self.events and self.events[-1].ended is None else None

    def at(self, region: Region, now: datetime) -> "State":
        """What is still true of it: once the nowcast that was looked at is too old, nothing is known any more."""
        if self.reference_time is None or not region.stale(self.reference_time, now):
            return self
        return self.model_copy(update={"verdict": Verdict.UNKNOWN, "detail": too_old(self.reference_time)})

    def with_events(self, *events: Event) -> "State":
        """The same with these events, the oldest forgotten."""
        return self.model_copy(update={"events": events[-MOST_EVENTS:]})


def too_old(reference_time: datetime) -> str:
    """Why nothing is known of a place, in a sentence."""
    return f"The newest nowcast is from {stamp(reference_time)}, which is too old."
