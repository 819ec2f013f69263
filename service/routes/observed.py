"""What a region's radar saw at one place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from jobs.region import Region
from jobs.regional import Regional
from jobs.timeline import Timelines
from radar.frames import in_utc, utc
from service.dependencies import HeavyDep, RegionalDep, RegionDep, in_thread
from service.errors import UnknownFrame
from service.problems import documented
from service.routes.tiles import SOON, TilesDep
from service.stamps import UtcStamp
from service.summary import number
from service.tiles.drawing import Drawing, FrameGone, Layer

router = APIRouter(tags=["regions"])
MOST_FRAMES = 100


class ObservedView(BaseModel):
    """The rain that was seen in the pixel a place lies in."""

    region: str
    lon: float
    lat: float
    units: str = "mm/h"
    times: list[datetime] = Field(description="oldest first; times without a frame are left out")
    rain: list[float | None] = Field(description="at each time; null where it was not observed, or outside of the grid")


@router.get(
    "/regions/{region_id}/observed",
    operation_id="getObservedPoint",
    summary="Rain that was seen at one place",
    responses=documented(404, 422, 500, 503),
)
async def observed(
    region: RegionDep,
    response: Response,
    *,
    lon: Annotated[float, Query(ge=-180, le=180, description="degrees east", examples=[10.0])],
    lat: Annotated[float, Query(ge=-90, le=90, description="degrees north", examples=[52.0])],
    hours: Annotated[float, Query(ge=0, le=24, description="how far back from the newest frame, or from `at`")] = 2,
    at: Annotated[
        UtcStamp | None,
        Query(description="count from this time, UTC where it names no zone", examples=["2016-09-28T14:45:00Z"]),
    ] = None,
    ahead: Annotated[float, Query(ge=0, le=24, description="hours after `at` that are wanted too")] = 0,
    tiles: TilesDep,
    regional: RegionalDep,
    heavy: HeavyDep,
) -> ObservedView:
    """Of a single pixel; no mean over several."""
    response.headers.update(SOON)
    span = Span(timedelta(hours=hours), at and utc(in_utc(at)), timedelta(hours=ahead))
    return await in_thread(heavy, partial(seen, tiles.drawing, regional, region, (lon, lat), span))


@dataclass(frozen=True)
class Span:
    """Which frames: those up to a time, the newest one's when it is None, and those that came after it."""

    back: timedelta
    at: datetime | None = None
    ahead: timedelta = timedelta(0)

    def of(self, times: Sequence[datetime]) -> list[datetime]:
        """The times in it, the newest of them when they are too many."""
        middle = self.at or times[-1]
        return [time for time in times if middle - self.back <= time <= middle + self.ahead][-MOST_FRAMES:]


def seen(drawing: Drawing, regional: Regional, region: Region, place: tuple[float, float], span: Span) -> ObservedView:
    """The series; UnknownFrame while nobody knows where the region is. A frame let go meanwhile is left out."""
    timelines = Timelines(regional)
    line = timelines.line(region)
    if line.grid is None or line.grid.crs is None or not line.observed:
        raise UnknownFrame(f"Region {region.id} has no frames with a place on the Earth yet.")
    at = line.grid.pixel(*place)
    rain: dict[datetime, float | None] = {}
    for name in timelines.seen(region.id, span.of(line.observed)):
        try:
            rain[name.time] = None if at is None else number(drawing.rain(timelines, Layer(line, name))[at])
        except FrameGone:
            continue
    return ObservedView(region=region.id, lon=place[0], lat=place[1], times=list(rain), rain=list(rain.values()))
