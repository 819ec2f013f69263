"""What a webhook says, and the message that carries it."""

import secrets
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from jobs.alert import Alert
from jobs.alert_state import Event, Kind


class Message(BaseModel):
    """One webhook: its id and body never change, however often it is tried."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="the webhook-id")
    event: str
    kind: Kind
    created: datetime
    body: str = Field(repr=False)
    tries: int = 0
    error: str | None = Field(None, description="why the last try failed")

    @classmethod
    def new(cls, event: str, kind: Kind, body: str) -> "Message":
        """A message with an id of its own."""
        return cls(id=f"msg_{secrets.token_hex(16)}", event=event, kind=kind, created=datetime.now(UTC), body=body)

    def failed(self, error: str) -> "Message":
        """The same after one more try."""
        return self.model_copy(update={"tries": self.tries + 1, "error": error[:300]})

    @property
    def text(self) -> str:
        """As the list holds it."""
        return self.model_dump_json()


class Origin(BaseModel):
    """The nowcast that something was read from."""

    reference_time: datetime
    method: str
    version: str
    fallback_reason: str | None
    chances_made_by: str | None
    calibration: str | None = Field(description="version of the curves its chances went through")


class About(BaseModel):
    """What is said of an event."""

    region: str
    alert: str
    event: str = Field(description="the same from onset to all-clear")
    threshold: float = Field(description="mm/h")
    chance: float | None = Field(description="the chance from which on it is an event; null for the rain itself")
    within_minutes: float
    began: datetime = Field(description="reference time of the nowcast that the event began with")
    starts: datetime = Field(description="when the threshold is to be reached first")
    starts_in_minutes: float = Field(description="from when this message was made")
    peak: float = Field(description="highest rate (mm/h) or chance until within_minutes")
    nowcast: Origin | None = Field(description="null when no nowcast but a change of the alert is the reason")


class Payload(BaseModel):
    """The body of a webhook."""

    type: str = Field(examples=["alert.onset"])
    timestamp: datetime
    data: About

    @classmethod
    def of(cls, kind: Kind, alert: Alert, event: Event, nowcast: Origin | None = None) -> "Payload":
        """What there is to say of an event now."""
        now = datetime.now(UTC)
        about = About(
            region=alert.region,
            alert=alert.name,
            event=event.id,
            threshold=alert.threshold,
            chance=alert.chance,
            within_minutes=alert.within_minutes,
            began=event.began,
            starts=event.starts,
            starts_in_minutes=round((event.starts - now) / timedelta(minutes=1), 1),
            peak=round(event.peak, 3),
            nowcast=nowcast,
        )
        return cls(type=f"alert.{kind}", timestamp=now, data=about)

    def message(self) -> Message:
        """The message that carries it."""
        kind = Kind(self.type.removeprefix("alert."))
        return Message.new(self.data.event, kind, self.model_dump_json())
