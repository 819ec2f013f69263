"""A region: a named place we keep a radar history for, and nowcast each time its radar has looked again."""

import math
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from jobs.source import SourceSpec
from radar.chances import HIGHEST_THRESHOLD
from radar.errors import BadInput
from radar.grid import MAX_SIDE, Affine, Grid, check_size

ID = r"^[a-z0-9][a-z0-9-]{0,62}$"
Threshold = Annotated[float, Field(gt=0, le=HIGHEST_THRESHOLD)]
STALE_CADENCES = 2
DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SHOWN: dict[str, Any] = {
    "name": "Hong Kong",
    "grid": {
        "height": 480,
        "width": 480,
        "transform": [1070, 0, 580_000, 0, -1070, 1_075_000],
        "crs": "EPSG:2326",
    },
    "cadence_minutes": 6,
    "horizon": 20,
}


class GridSpec(BaseModel):
    """A grid as an operator writes it down."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    height: int = Field(ge=1, le=MAX_SIDE)
    width: int = Field(ge=1, le=MAX_SIDE)
    transform: Affine = Field(description="a, b, c, d, e, f: x = a column + b row + c, y = d column + e row + f")
    crs: str = Field(max_length=20_000, description="EPSG code, PROJ string or WKT", examples=["EPSG:3035"])

    def grid(self) -> Grid:
        """The grid; BadFrames when it is none."""
        return Grid.of((self.height, self.width), self.transform, self.crs)


class Canary(BaseModel):
    """A method on trial, and how many of a region's nowcasts it makes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str = Field(max_length=64)
    share: float = Field(gt=0, le=1, description="of the cycles; which ones follows from their time alone")


class LowSkill(BaseModel):
    """When a method has done worse than extrapolation for so long that extrapolation is served in its place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hours: float = Field(6, gt=0, le=24 * 14, description="back from the newest frame: what is compared")
    min_frames: int = Field(24, ge=1, description="verified frames that it takes at least")


class Plan(BaseModel):
    """What is to be kept and nowcast; frozen, and valid as a whole."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"example": SHOWN})

    name: str = Field("", max_length=200, description="what people call it")
    grid: GridSpec | None = Field(
        None, description="frames on another are regridded; left out, it is the first frame's"
    )
    regrid: Literal["bilinear", "nearest"] = Field("bilinear", description="how frames on another grid are read")
    cadence_minutes: float = Field(gt=0, le=1440, description="from one frame to the next")
    offset_minutes: float = Field(
        0, ge=0, lt=1440, description="frames are at whole multiples of the cadence after midnight UTC, plus this"
    )
    source: SourceSpec | None = Field(None, description="where its frames come from; left out, they are pushed")
    method: str | None = Field(None, max_length=64, description="left out, it is the service's default")
    shadow: str | None = Field(
        None, max_length=64, description="a method that is run and verified each time too, and never served"
    )
    canary: Canary | None = Field(None, description="a method on trial: it is served in some cycles, verified in all")
    low_skill: LowSkill | None = Field(
        None, description="serve extrapolation while the method is worse than that; left out, never"
    )
    recalibrate: bool = Field(True, description="correct chances by how often they came true here")
    horizon: int = Field(12, ge=1, le=1000, description="frames ahead")
    thresholds: tuple[Threshold, ...] = Field((0.5, 1, 2, 5, 10), max_length=10, description="mm/h, increasing")
    retention_hours: float = Field(24, gt=0, le=24 * 31, description="older frames than this are let go")
    max_bytes: int = Field(
        256 * 2**20, ge=2**16, le=2**36, description="most memory of its frames; the oldest are let go beyond it"
    )
    publish_delay_seconds: float = Field(
        60, ge=0, le=7200, description="from a frame's time to when its source has it, as a rule"
    )
    catch_up_frames: int = Field(
        24, ge=1, le=1000, description="after a pause, older frames than these are not fetched"
    )
    pull_seconds: float | None = Field(
        None, gt=0, le=86_400, description="pull this often, whatever the cadence; for replays and tests"
    )

    @property
    def cadence(self) -> timedelta:
        """From one frame to the next."""
        return timedelta(minutes=self.cadence_minutes)

    @property
    def offset(self) -> timedelta:
        """From midnight UTC to the first frame of a day."""
        return timedelta(minutes=self.offset_minutes)

    @property
    def retention(self) -> timedelta:
        """How long a frame is kept."""
        return timedelta(hours=self.retention_hours)

    @property
    def publish_delay(self) -> timedelta:
        """How long a frame is on its way."""
        return timedelta(seconds=self.publish_delay_seconds)

    @property
    def life_seconds(self) -> int:
        """How long what belongs to the region is kept once nothing new comes."""
        return math.ceil((self.retention + DAY).total_seconds())

    @property
    def stale_after(self) -> timedelta:
        """The age of the newest frame beyond which its radar has failed us."""
        return STALE_CADENCES * self.cadence + self.publish_delay

    @property
    def scan(self) -> str:
        """Where and when its radar looks: frames of another place or rhythm do not mix."""
        return self.model_dump_json(include={"grid", "cadence_minutes", "offset_minutes"})

    def in_step(self, time: datetime) -> bool:
        """True for a time at which the radar looks."""
        return (time - EPOCH - self.offset) % self.cadence == timedelta(0)

    def step_before(self, time: datetime) -> datetime:
        """The last time, at or before this one, at which the radar looks."""
        return time - (time - EPOCH - self.offset) % self.cadence

    def steps(self, first: datetime, last: datetime) -> list[datetime]:
        """Every time from the first to the last, a cadence apart."""
        return [first + n * self.cadence for n in range((last - first) // self.cadence + 1)]

    def next_pull(self, now: datetime) -> datetime:
        """When to ask the source again: as soon as the next frame should be there."""
        if self.pull_seconds is not None:
            return now + timedelta(seconds=self.pull_seconds)
        return self.step_before(now - self.publish_delay) + self.cadence + self.publish_delay

    def stale(self, newest: datetime | None, now: datetime) -> bool:
        """True when frames should have come and have not."""
        return newest is None or now - newest > self.stale_after

    @model_validator(mode="after")
    def whole(self) -> Self:
        """What no single field shows."""
        if not self.cadence or self.cadence % timedelta(seconds=1):  # 1e-9 min is no time at all
            raise ValueError("the cadence is no whole number of seconds")
        if DAY % self.cadence:
            raise ValueError("the cadence does not divide a day, so its frames would drift through the hours")
        if self.offset_minutes >= self.cadence_minutes or self.offset % timedelta(seconds=1):
            raise ValueError("offset_minutes is shorter than the cadence, and a whole number of seconds")
        if list(self.thresholds) != sorted(set(self.thresholds)):
            raise ValueError("the thresholds do not increase")
        if self.retention < 2 * self.cadence:
            raise ValueError("the retention is shorter than two frames")
        if self.method is not None and self.method in (self.shadow, self.canary and self.canary.method):
            raise ValueError("a shadow or canary is another method than the one that is served")
        if self.low_skill and self.low_skill.hours * 60 < self.low_skill.min_frames * self.cadence_minutes:
            raise ValueError("low_skill asks for more frames than come in its hours, so it would never apply")
        if self.grid is not None:
            check_grid(self.grid, self.horizon)
        return self


class Region(Plan):
    """A plan under a name."""

    id: str = Field(pattern=ID, description="lower-case letters, digits and hyphens", examples=["hong-kong"])

    @classmethod
    def of(cls, region_id: str, plan: Plan) -> "Region":
        """The region of a plan."""
        return cls(id=region_id, **{name: getattr(plan, name) for name in Plan.model_fields})

    @property
    def plan(self) -> Plan:
        """All but the name."""
        return Plan(**{name: getattr(self, name) for name in Plan.model_fields})


def check_grid(spec: GridSpec, horizon: int) -> None:
    """ValueError for a grid that is none, or too large for its horizon."""
    try:
        check_size(horizon, spec.height, spec.width)
        spec.grid()
    except BadInput as error:
        raise ValueError(str(error).rstrip(".")) from error
