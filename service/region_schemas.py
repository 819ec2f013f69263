"""The JSON of regions."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from jobs.history import Outcome
from jobs.pulls import Pull
from jobs.region import SHOWN, Plan
from service.links import Links
from service.schemas import SHOWN_NOWCAST, Check, GridView, NowcastView

SHOWN_REGION: dict[str, Any] = {
    "id": "hong-kong",
    "region": SHOWN,
    "status": {
        "stale": False,
        "data_age_seconds": 402.0,
        "frames": 240,
        "bytes": 12_345_678,
        "oldest": "2016-09-27T14:48:00Z",
        "newest": "2016-09-28T14:42:00Z",
        "next_pull": "2016-09-28T14:49:00Z",
        "pull": {
            "time": "2016-09-28T14:43:00Z",
            "outcome": "fresh",
            "detail": "1 file: 1 added.",
            "backup": False,
            "in_vain": 0,
        },
        "nowcast_reference_time": "2016-09-28T14:42:00Z",
        "trouble": None,
    },
    "attribution": "Hong Kong Observatory",
    "links": {
        "self": "/regions/hong-kong",
        "frames": "/regions/hong-kong/frames",
        "nowcast": "/regions/hong-kong/nowcast",
        "skill": "/regions/hong-kong/skill",
        "replays": "/regions/hong-kong/replays",
        "edr": "/edr/collections/hong-kong",
    },
}


class RegionLinks(Links):
    """What belongs to a region."""

    frames: str
    nowcast: str
    skill: str
    replays: str
    edr: str = Field(description="the region as a collection of OGC API - EDR")


class StatusView(BaseModel):
    """How a region does at this moment."""

    stale: bool = Field(description="no frame for two cadences and the publish delay")
    data_age_seconds: float | None = Field(description="since the newest frame's time; null when there is none")
    frames: int
    bytes: int = Field(description="memory that the frames take")
    oldest: datetime | None
    newest: datetime | None
    next_pull: datetime | None = Field(description="null when frames are pushed, or the scheduler has not seen it yet")
    pull: Pull | None = Field(description="the last one")
    nowcast_reference_time: datetime | None = Field(description="time of the frame that the nowcast follows")
    trouble: str | None = Field(description="why there is no newer nowcast")


class RegionView(BaseModel):
    """A region as it was put, and how it does. What headers its source sends is not shown."""

    model_config = ConfigDict(json_schema_extra={"example": SHOWN_REGION})

    id: str
    region: Plan = Field(description="what PUT takes")
    status: StatusView
    attribution: str = Field(description="whom to name beside its data")
    links: RegionLinks


class RegionsView(BaseModel):
    """Every region."""

    regions: list[RegionView]


class FramesView(BaseModel):
    """The newest frames of a region; as NetCDF they come with their rain."""

    region: str
    cadence_minutes: float
    grid: GridView | None = Field(description="null while there are no frames")
    times: list[datetime] = Field(description="oldest first")
    missing: list[datetime] = Field(description="times among them at which there is no frame")


class FrameView(BaseModel):
    """One frame that was sent, and what became of it."""

    time: datetime
    outcome: Outcome


class ArrivedView(BaseModel):
    """What became of the frames that were sent."""

    region: str
    frames: list[FrameView]
    job: str | None = Field(description="where the nowcast they led to is made; null when none was ordered")
    trouble: str | None = Field(description="why none was ordered, when one should have been")


class RegionNowcastView(NowcastView):
    """The latest nowcast of a region."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **SHOWN_NOWCAST,
                "region": "hong-kong",
                "stale": False,
                "attribution": "Hong Kong Observatory",
                "links": {
                    "self": "/regions/hong-kong/nowcast",
                    "netcdf": "/regions/hong-kong/nowcast.nc",
                    "npz": "/regions/hong-kong/nowcast.npz",
                    "geotiff": "/regions/hong-kong/nowcast.tif",
                    "animation": "/regions/hong-kong/nowcast.png",
                    "gif": "/regions/hong-kong/nowcast.gif",
                    "zip": "/regions/hong-kong/nowcast.zip",
                },
            }
        }
    )

    region: str
    stale: bool = Field(description="the region's radar is late: this nowcast is older than it should be")
    attribution: str = Field(description="whom to name beside it")


class FreshnessView(BaseModel):
    """How old a region's data are."""

    stale: bool
    data_age_seconds: float | None = Field(examples=[402.0])


class ReadyView(BaseModel):
    """Whether the service can make nowcasts now, and how old each region's data are."""

    ready: bool
    checks: dict[str, Check] = Field(examples=[{"redis": {"ok": True, "detail": "answers"}}])
    regions: dict[str, FreshnessView] = Field(examples=[{"hong-kong": {"stale": False, "data_age_seconds": 402.0}}])
