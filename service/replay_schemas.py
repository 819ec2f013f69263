"""The JSON of replays."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from service.links import Links
from service.skill_schemas import MethodSkillView

SHOWN_REPLAY: dict[str, Any] = {
    "id": "alps-replay-5f0c2a91",
    "event": "storm.nc",
    "state": "running",
    "speed": 60.0,
    "began": "2026-06-01T12:00:00Z",
    "first": "2016-07-11T20:45:00Z",
    "last": "2016-07-12T00:00:00Z",
    "newest": "2016-07-11T21:50:00Z",
    "frames": 40,
    "fed": 14,
    "to_verify": 3,
    "trouble": None,
    "windows": 3,
    "links": {
        "self": "/regions/alps/replays/alps-replay-5f0c2a91",
        "region": "/regions/alps-replay-5f0c2a91",
        "frames": "/regions/alps-replay-5f0c2a91/frames",
        "nowcast": "/regions/alps-replay-5f0c2a91/nowcast",
        "skill": "/regions/alps-replay-5f0c2a91/skill",
    },
}


class State(StrEnum):
    """Where a replay stands."""

    #: frames are to come
    RUNNING = "running"
    #: all have come, and nowcasts of them are still to be made or compared
    VERIFYING = "verifying"
    #: everything is counted
    DONE = "done"


class ReplayLinks(Links):
    """The replay, and the region that it is fed to: that answers as every region does."""

    region: str
    frames: str
    nowcast: str
    skill: str = Field(description="of every nowcast; the report of the replay is of its windows")


class ReplayView(BaseModel):
    """A past storm on its way through the pipeline, and how far it is."""

    model_config = ConfigDict(json_schema_extra={"example": SHOWN_REPLAY})

    id: str = Field(description="id of the region that it is fed to")
    event: str = Field(description="what was sent, or the file it was read from")
    state: State
    speed: float = Field(description="how much faster it goes than it was")
    began: datetime
    first: datetime = Field(description="time of the storm's first frame")
    last: datetime
    newest: datetime | None = Field(description="the time the storm has reached; null before its first frame")
    frames: int
    fed: int = Field(description="frames that have come")
    to_verify: int = Field(description="nowcasts that are under way, and times that are not compared yet")
    trouble: str | None = Field(description="why there is no newer nowcast")
    windows: int = Field(description="nowcasts that the report is of: those that nowcast evaluate would make")
    links: ReplayLinks


class ReplaysView(BaseModel):
    """Every replay of a region, the last one first."""

    replays: list[ReplayView]


class ReplayReportView(ReplayView):
    """A replay with its skill report: final once it is done."""

    protocol: str | None = Field(description="id of everything that changes a score; null before the first frame")
    methods: list[MethodSkillView] = Field(description="scores with their counts, of the windows alone")
