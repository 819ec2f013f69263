"""The JSON of rain amounts."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from service.schemas import SHOWN_NOWCAST, GridView

SHOWN_AMOUNTS: dict[str, Any] = {
    "method": "ms-convlstm",
    "version": "1",
    "fallback_reason": None,
    "start": "2016-09-28T14:45:00Z",
    "end": "2016-09-28T15:45:00Z",
    "minutes": 60,
    "grid": SHOWN_NOWCAST["grid"],
    "mean": 0.43,
    "max": 21.7,
    "mm": None,
}


class AmountsView(BaseModel):
    """How much rain falls, over the pixels where that is known."""

    model_config = ConfigDict(json_schema_extra={"example": SHOWN_AMOUNTS})

    method: str
    version: str
    fallback_reason: str | None
    start: datetime = Field(description="the reference time of the nowcast")
    end: datetime
    minutes: float
    grid: GridView
    mean: float | None = Field(description="mm; null when no pixel is known")
    max: float | None = Field(description="mm")
    mm: list[list[float | None]] | None = Field(
        description="[row][column], null where it is not known; null altogether for more than 20,000 values: ask for "
        "image/tiff"
    )
