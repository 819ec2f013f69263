"""What nowcasts say of places: when it starts to rain, when it ends, how much will fall."""

import logging
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BeforeValidator, Field
from starlette.responses import Response

from jobs.errors import DamagedBlob, NoFrames
from jobs.region import Region
from jobs.regional import Regional
from jobs.store import Store
from radar.frames import Frames
from radar.nowcast import Nowcast
from service import answers
from service.admission import no_others
from service.answers import JSON
from service.coverage_json import MEDIA as COVERAGE_JSON
from service.coverage_json import collection, shown
from service.dependencies import HeavyDep, ReadingDep, RegionalDep, RegionDep, StoreDep, in_thread, separated
from service.openapi import reference
from service.past import Asked, archived
from service.place_schemas import PointAnswers, RegionPointAnswers
from service.places import Places, view
from service.problems import documented
from service.region_views import Served, attribution
from service.routes.nowcasts import Id, ready
from service.routes.tiles import AskedDep
from service.stamps import Stamp

log = logging.getLogger(__name__)
router = APIRouter()
MOST_POINTS = 100
PAST_FRAMES = 6
"""From how many frames before the nowcast a place remembers whether it rains there."""
MOST_SECONDS = 60
"""Minutes count from now, so that an answer is soon old."""
OFFERED = (JSON, COVERAGE_JSON)
Lon = Annotated[float, Field(ge=-180, le=180)]
Lat = Annotated[float, Field(ge=-90, le=90)]
Lons = Annotated[
    Annotated[list[Lon], BeforeValidator(separated), Field(max_length=MOST_POINTS)],
    Query(description="degrees east, one or several with commas between", examples=[[24.94]]),
]
Lats = Annotated[
    Annotated[list[Lat], BeforeValidator(separated), Field(max_length=MOST_POINTS)],
    Query(description="degrees north, as many", examples=[[60.17]]),
]
Time = Annotated[
    Stamp | None,
    Query(
        description="when now is; left out, it is now, or the reference time of a nowcast of times gone by",
        examples=["2016-09-28T14:46:12Z"],
    ),
]
LonLat = tuple[float, float]


async def asked_for(lon: Lons, lat: Lats) -> list[LonLat]:
    """The places that were asked for."""
    if len(lon) != len(lat):
        said = f"There are {len(lon)} longitudes but {len(lat)} latitudes."
        raise RequestValidationError([{"loc": ("query", "lat"), "msg": said, "type": "lengths"}])
    return list(zip(lon, lat, strict=True))


async def preferred(request: Request) -> str:
    """JSON or CoverageJSON, as the caller likes it."""
    return answers.preferred(request, OFFERED, "answer about places")


LonLats = Annotated[list[LonLat], Depends(asked_for)]
Shape = Annotated[str, Depends(preferred)]


def shapes(model: type) -> dict[int | str, dict[str, Any]]:
    """The answers there are."""
    content = {JSON: {"schema": reference(model)}, **shown("Coverages at points")}
    return {200: {"description": "What is said of each place", "content": content}}


@router.get(
    "/nowcasts/{job_id}/point",
    operation_id="getNowcastPoint",
    summary="What a nowcast says of some places",
    tags=["nowcasts"],
    response_class=Response,
    responses={**shapes(PointAnswers), **documented(404, 406, 409, 410, 422, 500, 503, 504)},
    dependencies=[Depends(no_others)],
)
async def of_job(
    *, job_id: Id, media: Shape, places: LonLats, store: StoreDep, heavy: HeavyDep, time: Time = None
) -> Response:
    """Rain now, when it starts or ends and how surely, rates and chances for each lead, amounts."""
    return await in_thread(heavy, partial(said_by_job, store, job_id, places, time, media))


@router.get(
    "/regions/{region_id}/point",
    operation_id="getRegionPoint",
    summary="What the latest nowcast of a region says of some places",
    tags=["regions"],
    response_class=Response,
    responses={**shapes(RegionPointAnswers), **documented(404, 406, 422, 500, 503)},
    dependencies=[Depends(no_others)],
)
async def of_region(
    *,
    region: RegionDep,
    media: Shape,
    places: LonLats,
    asked: AskedDep,
    regional: RegionalDep,
    heavy: HeavyDep,
    reading: ReadingDep,
    time: Time = None,
) -> Response:
    """Likewise; whether it rains now is known from what the radar saw, so that it does not change to and fro."""
    if asked.own:
        return await in_thread(heavy, partial(said_by_region, regional, region, places, time, media))
    said = partial(said_then, regional, region, asked, media, places=places, time=time)
    return await in_thread(reading, said)


def said_by_job(store: Store, job_id: str, places: list[LonLat], time: datetime | None, media: str) -> Response:
    """The answer of a job's nowcast."""
    job = ready(store, job_id)
    nowcast = store.nowcast(job)
    said = view(Places.of(nowcast, places, time or as_of(nowcast)))
    headers = {"Vary": "Accept", "Nowcast-Method": nowcast.method}
    return Response(written(said, media), headers=headers, media_type=media)


def said_by_region(
    regional: Regional, region: Region, places: list[LonLat], time: datetime | None, media: str
) -> Response:
    """The answer of a region's latest nowcast."""
    served = Served.latest(regional, region)
    past = recent(regional, region)
    plain = view(Places.of(served.nowcast, places, time or datetime.now(UTC), past))
    about = {"region": region.id, "stale": served.stale, "attribution": attribution(region)}
    said = RegionPointAnswers(**plain.model_dump(), **about)
    keep = min(MOST_SECONDS, served.keep(None))
    headers = {"Vary": "Accept", "Nowcast-Method": plain.method, "Cache-Control": f"public, max-age={keep}"}
    return Response(written(said, media), headers=headers, media_type=media)


def said_then(
    regional: Regional, region: Region, asked: Asked, media: str, *, places: list[LonLat], time: datetime | None
) -> Response:
    """The answer of an archived nowcast, as of its own time; NotArchived."""
    nowcast = archived(regional, region, asked)
    plain = view(Places.of(nowcast, places, time or nowcast.reference_time))
    about = {"region": region.id, "stale": False, "attribution": attribution(region)}
    said = RegionPointAnswers(**plain.model_dump(), **about)
    headers = {"Vary": "Accept", "Nowcast-Method": plain.method, "Cache-Control": f"public, max-age={MOST_SECONDS}"}
    return Response(written(said, media), headers=headers, media_type=media)


def as_of(nowcast: Nowcast) -> datetime:
    """Now, when the nowcast is about now, else its reference time."""
    now = datetime.now(UTC)
    return now if nowcast.reference_time <= now <= nowcast.frames.times[-1] else nowcast.reference_time


def recent(regional: Regional, region: Region) -> Frames | None:
    """What the radar saw before the nowcast, if that is still kept and can be read."""
    try:
        return regional.history.last(region, PAST_FRAMES).whole()
    except NoFrames:
        return None
    except DamagedBlob as error:
        log.warning("region %s: what was seen is left out: %s", region.id, error)
        return None


def written(said: PointAnswers, media: str) -> str:
    """The answer in one shape."""
    return said.model_dump_json() if media == JSON else collection(said).model_dump_json(exclude_none=True)
