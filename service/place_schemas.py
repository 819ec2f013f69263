"""The JSON of answers about places."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from radar.point import Coverage

SHOWN_ANSWERS: dict[str, Any] = {
    "method": "ms-convlstm",
    "version": "1",
    "fallback_reason": None,
    "reference_time": "2016-09-28T14:45:00Z",
    "data_age_seconds": 72.4,
    "time": "2016-09-28T14:46:12Z",
    "lead_minutes": [5, 10, 15],
    "times": ["2016-09-28T14:50:00Z", "2016-09-28T14:55:00Z", "2016-09-28T15:00:00Z"],
    "thresholds": [0.5, 2.0],
    "chances_made_by": "network",
    "points": [
        {
            "lon": 24.94,
            "lat": 60.17,
            "coverage": "ok",
            "sentence": "Rain starts in 9 min (70 % likely).",
            "rain_now": 0.0,
            "wet": False,
            "starts_in_minutes": 8.8,
            "ends_in_minutes": None,
            "confidence": 0.7,
            "rain": [0.0, 0.8, 2.4],
            "chances": [[0.1, 0.7, 0.9], [0.0, 0.2, 0.6]],
            "amounts": [{"minutes": 15, "mm": None}],
        }
    ],
}


class AmountView(BaseModel):
    """How much falls from now on."""

    minutes: float
    mm: float | None = Field(description="null where the nowcast does not reach so far, or does not know")


class PointAnswer(BaseModel):
    """What is said of one place."""

    lon: float
    lat: float
    coverage: Coverage = Field(description="whether the radar sees it; without it there are no numbers")
    sentence: str = Field(description="the answer in words")
    rain_now: float | None = Field(description="mm/h of the newest frame that has come, observed or forecast")
    wet: bool | None = Field(description="it rains now: from 0.2 mm/h on, and then until it falls below 0.1")
    starts_in_minutes: float | None = Field(description="when a dry place turns wet; null when it does not")
    ends_in_minutes: float | None = Field(description="when a wet place turns dry; null when it does not")
    confidence: float | None = Field(
        description="how likely it has started, or ended, by then: the chance of the lowest threshold at that lead, "
        "or of its opposite; null when nothing turns or no chances are known"
    )
    rain: list[float | None] = Field(description="mm/h at `times`")
    chances: list[list[float | None]] = Field(description="[threshold][time], from 0 to 1")
    amounts: list[AmountView]


class PointAnswers(BaseModel):
    """What a nowcast says of some places."""

    model_config = ConfigDict(json_schema_extra={"example": SHOWN_ANSWERS})

    method: str
    version: str
    fallback_reason: str | None
    reference_time: datetime = Field(description="time of the last observed frame")
    data_age_seconds: float = Field(description="from the reference time to `time`")
    time: datetime = Field(description="when now is, from which minutes and amounts count")
    lead_minutes: list[float]
    times: list[datetime]
    thresholds: list[float] = Field(description="mm/h; none when no chances are known")
    chances_made_by: str | None
    points: list[PointAnswer] = Field(description="in the order in which they were asked for")


class RegionPointAnswers(PointAnswers):
    """What the latest nowcast of a region says of some places."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {**SHOWN_ANSWERS, "region": "helsinki", "stale": False, "attribution": "Finnish Met Office"}
        }
    )

    region: str
    stale: bool = Field(description="the region's radar is late")
    attribution: str = Field(description="whom to name beside it")
