"""The JSON of alerts."""

from datetime import datetime

from pydantic import BaseModel, Field

from jobs.alert import Watch
from jobs.alert_state import Event, Kind, Verdict
from service.links import Links


class MessageView(BaseModel):
    """A message that has not been taken."""

    id: str = Field(description="its webhook-id")
    event: str
    kind: Kind
    created: datetime
    tries: int
    error: str | None = Field(description="why the last try failed")


class CountsView(BaseModel):
    """What became of an alert since it was made. Events that are not judged yet are in none of the outcomes."""

    onsets: int = Field(description="events")
    all_clears: int
    hit: int = Field(description="events after which the radar saw the threshold reached, in the time they speak of")
    false_alarm: int = Field(description="events after which it did not")
    late: int = Field(description="events that began when the radar had seen it already")
    unseen: int = Field(description="events that the radar did not see enough of to judge them")
    miss: int = Field(description="times the radar saw the threshold reached and no event had spoken of it")
    delivered: int = Field(description="messages that were taken")
    dead: int = Field(description="messages that were given up")
    pod: float | None = Field(description="hit / (hit + miss)")
    far: float | None = Field(description="false_alarm / (hit + false_alarm)")
    lead_minutes: float | None = Field(description="mean over the hits, from when they were told of")


class StandingView(BaseModel):
    """Where an alert stands."""

    verdict: Verdict | None = Field(
        description="of the last look; null before the first, unknown once its nowcast is too old"
    )
    detail: str = Field(description="the same in a sentence")
    evaluated: datetime | None
    reference_time: datetime | None = Field(description="of the nowcast that was looked at")
    event: Event | None = Field(description="the one that lasts")


class AlertLinks(Links):
    """What belongs to an alert."""

    region: str


class AlertView(BaseModel):
    """An alert as it was put, but for its secret, and how it does."""

    region: str
    name: str
    watch: Watch = Field(description="what is looked for")
    host: str = Field(
        description="where its messages go; the rest of the URL is not shown", examples=["https://example.org"]
    )
    updates: bool
    standing: StandingView
    counts: CountsView
    events: list[Event] = Field(description="the newest first")
    waiting: list[MessageView] = Field(description="messages on their way, the next one first")
    dead: list[MessageView] = Field(description="messages that were given up, the last one first")
    links: AlertLinks


class AlertsView(BaseModel):
    """Every alert of a region."""

    region: str
    alerts: list[AlertView]
