"""The JSON the gateway speaks."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from jobs.fallback import Reason
from jobs.job import Job, Status
from radar.card import Card, Score
from service.links import Links

ID = "0b5e0d3f6a7c4f0e9b1d2c3a4f5e6d7c"
SHOWN_JOB: dict[str, Any] = {
    "id": ID,
    "status": "queued",
    "method": "ms-convlstm",
    "horizon": 12,
    "created": "2016-09-28T14:46:10Z",
    "deadline": "2016-09-28T14:51:10Z",
    "links": {"self": f"/nowcasts/{ID}"},
}
SHOWN_NOWCAST: dict[str, Any] = {
    "id": ID,
    "status": "done",
    "method": "ms-convlstm",
    "asked_for": "ms-convlstm",
    "version": "1",
    "fallback_reason": None,
    "canary": False,
    "reference_time": "2016-09-28T14:45:00Z",
    "input_times": ["2016-09-28T14:40:00Z", "2016-09-28T14:45:00Z"],
    "interpolated": [],
    "data_age_seconds": 72.4,
    "cadence_minutes": 5,
    "grid": {"height": 480, "width": 480, "crs": None, "transform": [1, 0, 0, 0, -1, 480], "pixel_km": None},
    "leads": [
        {
            "lead_minutes": 5,
            "time": "2016-09-28T14:50:00Z",
            "mean": 0.21,
            "max": 18.4,
            "wet_share": 0.12,
            "chances": [{"threshold": 1.0, "mean": 0.06, "max": 0.97}],
        }
    ],
    "chances_made_by": "network",
    "calibration": None,
    "skill": [],
    "rain": None,
    "links": {
        "self": f"/nowcasts/{ID}",
        "netcdf": f"/nowcasts/{ID}.nc",
        "npz": f"/nowcasts/{ID}.npz",
        "geotiff": f"/nowcasts/{ID}.tif",
        "animation": f"/nowcasts/{ID}.png",
        "gif": f"/nowcasts/{ID}.gif",
        "zip": f"/nowcasts/{ID}.zip",
    },
}


class JobLinks(Links):
    """Where to ask for a job."""


class JobView(BaseModel):
    """A job and where it stands."""

    model_config = ConfigDict(json_schema_extra={"example": SHOWN_JOB})

    id: str
    status: Status
    method: str
    asked_for: str | None = Field(None, description="the method in whose place it answers, if any")
    fallback_reason: Reason | None = Field(None, description="why; with none it is a canary's turn")
    horizon: int = Field(description="frames ahead")
    thresholds: list[float] | None = Field(
        None, description="mm/h whose chances were asked for; left out, the method's"
    )
    created: datetime
    deadline: datetime = Field(description="when it is dropped if no worker has taken it by then")
    reason: str | None = Field(None, description="why it ended without a nowcast")
    finished: datetime | None = None
    links: JobLinks

    @classmethod
    def of(cls, job: Job) -> "JobView":
        """A job as its caller sees it."""
        known = job.model_dump(exclude={"digest", "priority"})
        return cls(**{**known, "reason": job.reason or None}, links=JobLinks(self_=f"/nowcasts/{job.id}"))


class GridView(BaseModel):
    """Where the pixels lie."""

    height: int
    width: int
    crs: str | None = Field(description="WKT 2; null for a grid with no place on the Earth")
    transform: tuple[float, float, float, float, float, float] = Field(
        description="a, b, c, d, e, f: x = a column + b row + c, y = d column + e row + f"
    )
    pixel_km: float | None = Field(description="size of a pixel in the middle of the grid")


class ChanceView(BaseModel):
    """How likely the rain rate is at or above a threshold, over the pixels where that is known."""

    threshold: float = Field(description="mm/h")
    mean: float | None
    max: float | None


class LeadView(BaseModel):
    """One forecast frame in numbers, over the pixels that have a forecast; null when none has."""

    lead_minutes: float
    time: datetime
    mean: float | None = Field(description="mm/h")
    max: float | None = Field(description="mm/h")
    wet_share: float | None = Field(description="share of the pixels with at least 0.1 mm/h")
    chances: list[ChanceView] | None = Field(None, description="one for each threshold; null when none are known")


class NowcastLinks(JobLinks):
    """The other shapes of a nowcast."""

    netcdf: str
    npz: str
    geotiff: str
    animation: str
    gif: str
    zip: str


class NowcastView(BaseModel):
    """A nowcast, how it was made, and how good its method has been."""

    model_config = ConfigDict(json_schema_extra={"example": SHOWN_NOWCAST})

    id: str
    status: Status
    method: str = Field(description="what made it")
    asked_for: str = Field(description="what the caller wanted; fallback_reason says why it differs")
    version: str
    fallback_reason: str | None = Field(description=f"one of {', '.join(Reason)}")
    canary: bool = Field(description="made by a method on trial, in the place of the one asked for")
    reference_time: datetime = Field(description="time of the last observed frame, from which leads count")
    input_times: list[datetime] = Field(description="the frames it rests on")
    interpolated: list[datetime] = Field(description="those of them that were missing and filled in between")
    data_age_seconds: float = Field(description="from the reference time to now")
    cadence_minutes: float
    grid: GridView
    leads: list[LeadView]
    chances_made_by: str | None = Field(description="network, neighbourhood or ensemble; null when there are none")
    calibration: str | None = Field(
        description="version of the region's own curves the chances went through; null where they did not"
    )
    skill: list[Score] = Field(description="measured skill of the method, with counts and protocol")
    rain: list[list[list[float | None]]] | None = Field(
        description="[lead][row][column] in mm/h to four decimals, null where there is no forecast; "
        "null altogether when the nowcast has more than 20,000 values: follow links.netcdf"
    )
    links: NowcastLinks


class MethodsView(BaseModel):
    """Every method that a worker has ready."""

    default: str = Field(description="the method when a request names none", examples=["ms-convlstm"])
    methods: list[Card]


class Check(BaseModel):
    """One thing that serving needs."""

    ok: bool
    detail: str = Field(examples=["2 warm"])


class LiveView(BaseModel):
    """The process answers."""

    live: bool = True
    version: str
