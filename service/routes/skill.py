"""How good a region's nowcasts were, and what they said at a time."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from radar.formats import netcdf
from radar.frames import in_utc, utc
from service import skill_views
from service.answers import NETCDF
from service.dependencies import HeavyDep, ReadingDep, RegionalDep, RegionDep, StoreDep, in_thread
from service.openapi import BINARY
from service.past import Asked, archived
from service.problems import documented
from service.skill_schemas import SkillView
from service.stamps import UtcStamp

router = APIRouter(tags=["regions"])
Since = Annotated[
    UtcStamp | None,
    Query(description="only frames from this time on; all that is kept by default", examples=["2016-09-28T00:00:00Z"]),
]
OfMethod = Annotated[
    str | None, Query(max_length=64, description="only this method, beside the yardsticks", examples=["ms-convlstm"])
]
SaidBy = Annotated[
    str | None,
    Query(max_length=64, description="what this method said; left out, what was served", examples=["persistence"]),
]
Lead = Annotated[float | None, Query(gt=0, description="only this lead, in minutes", examples=[30])]
Time = Annotated[
    UtcStamp,
    Query(description="the last nowcast that begins at or before this time", examples=["2016-09-28T14:45:00Z"]),
]


@router.get(
    "/regions/{region_id}/skill",
    operation_id="getSkill",
    summary="How good the nowcasts of a region were",
    responses=documented(404, 422, 500, 503),
)
async def skill(
    region: RegionDep,
    *,
    store: StoreDep,
    heavy: HeavyDep,
    since: Since = None,
    method: OfMethod = None,
    lead: Lead = None,
) -> SkillView:
    """Scores with the counts they follow from, beside those of persistence and extrapolation on the same frames."""
    return await in_thread(heavy, partial(skill_views.view, store, region, since, method, lead))


@router.get(
    "/regions/{region_id}/at",
    operation_id="getArchivedNowcast",
    summary="What was said at a time, as NetCDF",
    response_class=Response,
    responses={200: {"content": {NETCDF: BINARY}}, **documented(404, 422, 500, 503)},
)
async def at(
    region: RegionDep, time: Time, *, regional: RegionalDep, reading: ReadingDep, method: SaidBy = None
) -> Response:
    """As it was served, or as the method that is named said it. A time without a zone is UTC."""
    asked = Asked(method, utc(in_utc(time)))
    data = await in_thread(reading, lambda: netcdf.write_nowcast(archived(regional, region, asked)))
    return Response(data, media_type=NETCDF)
