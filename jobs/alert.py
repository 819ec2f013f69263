"""An alert: a place, what must not be reached there unannounced, and whom to tell."""

import base64
import binascii
from datetime import timedelta
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from jobs.geometry import Geometry
from jobs.region import ID
from radar.chances import HIGHEST_THRESHOLD

WHSEC = "whsec_"
"""What a secret begins with; base64 of the key follows."""
KEY_BYTES = (24, 64)
LONGEST_MINUTES = 360.0
SHOWN_ALERT: dict[str, Any] = {
    "geometry": {"type": "Point", "coordinates": [8.54, 47.38]},
    "threshold": 5,
    "off_threshold": 2,
    "within_minutes": 30,
    "url": "https://example.org/hooks/rain",
    "secret": "whsec_" + base64.b64encode(b"made of /dev/urandom, not this").decode(),
}


class Watch(BaseModel):
    """What is looked for, in each nowcast of a region; frozen, and valid as a whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    geometry: Geometry = Field(description="a GeoJSON Point or Polygon; of a polygon the wettest pixel counts")
    threshold: float = Field(
        gt=0, le=HIGHEST_THRESHOLD, description="mm/h; rain at or above it is what the alert is about"
    )
    off_threshold: float | None = Field(
        None, gt=0, le=HIGHEST_THRESHOLD, description="mm/h, below which it is over; left out, the threshold"
    )
    chance: float | None = Field(
        None, gt=0, le=1, description="alert when the threshold is this likely, not when the rain itself reaches it"
    )
    off_chance: float | None = Field(
        None, gt=0, le=1, description="the chance below which it is over; left out, `chance`"
    )
    within_minutes: float = Field(
        60, ge=0, le=LONGEST_MINUTES, description="leads up to this one are looked at, and the newest frame"
    )
    min_steps: int = Field(
        1, ge=1, le=100, description="how many of these in a row must reach the threshold before it is an event"
    )
    min_known: float = Field(
        1, gt=0, le=1, description="share of the pixels and leads that must be known before anything is said to be over"
    )

    @model_validator(mode="after")
    def falling(self) -> Self:
        """What is over lies below what begins it."""
        if self.chance is None and self.off_chance is not None:
            raise ValueError("off_chance goes with chance")
        if self.chance is not None and self.off_threshold is not None:
            raise ValueError("an alert on a chance ends by off_chance, not by off_threshold")
        if self.off > self.on:
            raise ValueError("what ends an alert lies above what begins it")
        return self

    @property
    def on(self) -> float:
        """What begins an event: mm/h, or a chance."""
        return self.threshold if self.chance is None else self.chance

    @property
    def off(self) -> float:
        """Below this it ends."""
        return (self.off_threshold if self.chance is None else self.off_chance) or self.on

    @property
    def within(self) -> timedelta:
        """How far ahead is looked."""
        return timedelta(minutes=self.within_minutes)

    @property
    def dry(self) -> float:
        """Rain below which a place that had reached the threshold no longer does, mm/h."""
        return self.off_threshold or self.threshold


class Notice(BaseModel):
    """Whom to tell, and of what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(max_length=2000, description="where messages are POSTed; shown to nobody but for its host")
    updates: bool = Field(False, description="also tell what each further nowcast says while an event lasts")

    @model_validator(mode="after")
    def reachable(self) -> Self:
        """A plain address on the web."""
        try:
            parts = urlsplit(self.url)
            sound = parts.scheme in ("https", "http") and parts.hostname and parts.port != 0
        except ValueError:
            sound = False
        if not sound or "@" in parts.netloc or not self.url.isascii() or not self.url.isprintable() or " " in self.url:
            raise ValueError("the url is no plain http or https address")
        return self

    @property
    def host(self) -> str:
        """The part of the URL that may be shown: what follows is often a key."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


class AlertPlan(Watch, Notice):
    """An alert as PUT takes it."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, json_schema_extra={"example": SHOWN_ALERT}
    )

    secret: SecretStr | None = Field(
        None,
        max_length=200,
        description="whsec_ and 24 to 64 bytes in base64, which messages are signed with; never shown. "
        "Left out when an alert is changed, it stays",
    )

    @model_validator(mode="after")
    def long(self) -> Self:
        """A secret that is worth the name."""
        if self.secret is not None:
            key(self.secret.get_secret_value())
        return self


class Alert(Watch, Notice):
    """An alert of a region under its name, without its secret."""

    region: str = Field(pattern=ID)
    name: str = Field(pattern=ID, examples=["zurich-centre"])

    @classmethod
    def of(cls, region_id: str, name: str, plan: AlertPlan) -> "Alert":
        """That of a plan."""
        return cls(region=region_id, name=name, **given(plan, AlertPlan, {"secret"}))

    @property
    def watch(self) -> Watch:
        """What is looked for, whoever is told."""
        return Watch(**given(self, Watch, set()))


def given(of: BaseModel, kind: type[BaseModel], without: set[str]) -> dict[str, Any]:
    """The fields of a kind, but some."""
    return {name: getattr(of, name) for name in kind.model_fields if name not in without}


def key(secret: str) -> bytes:
    """The bytes that messages are signed with; ValueError, without repeating it, for what is no secret."""
    try:
        found = base64.b64decode(secret.removeprefix(WHSEC), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not secret.startswith(WHSEC) or not KEY_BYTES[0] <= len(found) <= KEY_BYTES[1]:
        raise ValueError(f"a secret is {WHSEC} and base64 of 24 to 64 bytes, as `openssl rand -base64 32` makes them")
    return found
