"""How much rain will fall."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from jobs.region import Region
from jobs.regional import Regional
from jobs.store import Store
from service import answers
from service.admission import no_others
from service.amount_schemas import AmountsView
from service.amounts import SHAPES, Amounts
from service.answers import JSON
from service.dependencies import HeavyDep, RegionalDep, RegionDep, StoreDep, in_thread
from service.openapi import BINARY, reference
from service.problems import documented
from service.region_views import Served
from service.routes.nowcasts import Id, ready
from service.routes.places import recent

router = APIRouter()
Minutes = Annotated[
    float | None,
    Query(
        gt=0,
        le=10_000,
        allow_inf_nan=False,
        description="from the reference time on; left out, all of the nowcast",
        examples=[60],
    ),
]
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The amounts",
        "content": {**dict.fromkeys(SHAPES, BINARY), JSON: {"schema": reference(AmountsView)}},
    }
}


async def preferred(request: Request) -> str:
    """The shape that the caller likes best."""
    return answers.preferred(request, SHAPES, "amount of rain")


Shape = Annotated[str, Depends(preferred)]


@router.get(
    "/nowcasts/{job_id}/accumulation",
    operation_id="getNowcastAccumulation",
    summary="How much rain a nowcast says will fall",
    tags=["nowcasts"],
    response_class=Response,
    responses={**ANSWERS, **documented(404, 406, 409, 410, 422, 500, 503, 504)},
    dependencies=[Depends(no_others)],
)
async def of_job(*, job_id: Id, media: Shape, store: StoreDep, heavy: HeavyDep, minutes: Minutes = None) -> Response:
    """In mm, of rates that change linearly between the frames."""
    return await in_thread(heavy, partial(said_by_job, store, job_id, minutes, media))


@router.get(
    "/regions/{region_id}/accumulation",
    operation_id="getRegionAccumulation",
    summary="How much rain the latest nowcast of a region says will fall",
    tags=["regions"],
    response_class=Response,
    responses={**ANSWERS, **documented(404, 406, 422, 500, 503)},
    dependencies=[Depends(no_others)],
)
async def of_region(
    *, region: RegionDep, media: Shape, regional: RegionalDep, heavy: HeavyDep, minutes: Minutes = None
) -> Response:
    """Likewise, beginning with what the radar saw at the reference time."""
    return await in_thread(heavy, partial(said_by_region, regional, region, minutes, media))


def said_by_job(store: Store, job_id: str, minutes: float | None, media: str) -> Response:
    """The amounts of a job's nowcast."""
    job = ready(store, job_id)
    return answered(Amounts.of(store.nowcast(job), minutes), media)


def said_by_region(regional: Regional, region: Region, minutes: float | None, media: str) -> Response:
    """The amounts of a region's latest nowcast."""
    served = Served.latest(regional, region)
    past = recent(regional, region)
    at = served.nowcast.reference_time
    fits = past is not None and past.grid == served.nowcast.frames.grid and at in past.times
    last = past.rain[past.times.index(at)] if past is not None and fits else None
    stale = {"Nowcast-Stale": "true"} if served.stale else {}
    kept = {"Cache-Control": f"public, max-age={served.keep(None)}"}
    return answered(Amounts.of(served.nowcast, minutes, last), media, {**stale, **kept})


def answered(said: Amounts, media: str, headers: dict[str, str] | None = None) -> Response:
    """Amounts in one shape."""
    named = {"Vary": "Accept", "Nowcast-Method": said.nowcast.method, **(headers or {})}
    return Response(SHAPES[media](said), headers=named, media_type=media)
