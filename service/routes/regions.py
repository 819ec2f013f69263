"""Regions: what there is, their frames, and their latest nowcast."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from jobs.arrivals import Arrived, arrive
from jobs.errors import SourceRefused, UnknownRegion
from jobs.history import Outcome
from jobs.metrics import count_frames
from jobs.region import Plan, Region
from jobs.regional import Regional
from jobs.regions import Regions
from jobs.settings import Settings
from radar.errors import BadFrames, TooLarge
from radar.formats import netcdf
from radar.formats.hints import Hints
from radar.grid import Grid
from service import answers, region_views
from service.admission import check_body, media_type, no_others
from service.answers import JSON, NETCDF, Chosen
from service.body import Body, received
from service.dependencies import (
    HeavyDep,
    OwnRegionDep,
    RegionalDep,
    RegionDep,
    RegionId,
    RegionsDep,
    SettingsDep,
    in_thread,
)
from service.intake import READERS
from service.links import reached
from service.openapi import BINARY, BODY, shapes
from service.openapi import reference as schema_of
from service.problems import documented
from service.region_schemas import ArrivedView, FramesView, FrameView, RegionNowcastView, RegionsView, RegionView
from service.summary import grid

router = APIRouter(tags=["regions"])
MOST_FRAMES = 1000
MOST_VALUES = 2**26
"""Of the frames of one answer, 256 MiB before they are packed: a day of 480 x 480."""
Last = Annotated[int, Query(ge=1, le=MOST_FRAMES, description="how many steps of the cadence, up to the newest frame")]
FRAMES = (JSON, NETCDF, "application/netcdf")
NOWCAST: dict[int | str, dict[str, Any]] = {
    200: {"description": "The nowcast", "content": shapes(schema_of(RegionNowcastView))},
    304: {"description": "It is the one the caller has"},
}


@router.get(
    "/regions", operation_id="listRegions", summary="Every region and how it does", responses=documented(500, 503)
)
def listed(regions: RegionsDep, regional: RegionalDep) -> RegionsView:
    """By id."""
    return RegionsView(regions=[region_views.view(regional, region) for region in regions.all()])


@router.put(
    "/regions/{region_id}",
    operation_id="putRegion",
    summary="Make a region, or change it",
    responses={201: {"description": "It is new", "model": RegionView}, **documented(403, 413, 422, 500, 503)},
)
def put(
    region_id: RegionId,
    plan: Plan,
    response: Response,
    *,
    regions: RegionsDep,
    regional: RegionalDep,
    settings: SettingsDep,
) -> RegionView:
    """From now on its radar is kept and nowcast. Another grid than before lets its frames go."""
    region = allowed(Region.of(region_id, plan), known(regions, region_id), settings)
    response.status_code = 201 if regions.put(region) else 200
    return region_views.view(regional, region)


@router.get(
    "/regions/{region_id}",
    operation_id="getRegion",
    summary="A region and how it does",
    responses=documented(404, 422, 500, 503),
)
def get(region: RegionDep, regional: RegionalDep) -> RegionView:
    """As it was put, with the age of its data and how its last pull went."""
    return region_views.view(regional, region)


@router.delete(
    "/regions/{region_id}",
    operation_id="deleteRegion",
    summary="Forget a region and its frames",
    status_code=204,
    responses=documented(404, 422, 503),
)
def delete(region_id: RegionId, regions: RegionsDep) -> None:
    """One that a file declares comes back when that file changes."""
    regions.delete(region_id)


async def preferred(request: Request) -> str:
    """JSON or NetCDF, as the caller likes it."""
    return answers.preferred(request, FRAMES, "list of frames")


@router.get(
    "/regions/{region_id}/frames",
    operation_id="getFrames",
    summary="The newest frames of a region",
    response_class=Response,
    responses={
        200: {
            "description": "Their times, or as NetCDF the frames themselves",
            "content": {JSON: {"schema": schema_of(FramesView)}, NETCDF: BINARY, "application/netcdf": BINARY},
        },
        **documented(404, 406, 413, 422, 500, 503),
    },
    dependencies=[Depends(no_others)],
)
async def frames(
    region: RegionDep,
    media: Annotated[str, Depends(preferred)],
    regional: RegionalDep,
    heavy: HeavyDep,
    last: Last = 24,
) -> Response:
    """A step with no frame is named as missing; in the NetCDF it is observed nowhere."""
    return await in_thread(heavy, partial(history, regional, region, last, media))


@router.post(
    "/regions/{region_id}/frames",
    operation_id="sendFrames",
    summary="Radar frames for a region's history",
    responses=documented(404, 409, 413, 415, 422, 500, 503),
    openapi_extra={"requestBody": BODY},
    dependencies=[Depends(no_others)],
)
async def push(
    request: Request,
    region: OwnRegionDep,
    regional: RegionalDep,
    settings: SettingsDep,
    heavy: HeavyDep,
) -> ArrivedView:
    """They are kept by time, whatever their order, and the nowcast that follows the newest is ordered."""
    check_body(request.headers, settings)
    media = media_type(request.headers)
    body = await received(request, media, settings.max_body_bytes)
    return await in_thread(heavy, partial(pushed, regional, region, media, body))


@router.get(
    "/regions/{region_id}/nowcast",
    operation_id="getRegionNowcast",
    summary="The latest nowcast of a region",
    response_class=Response,
    responses={**NOWCAST, **documented(404, 406, 422, 500, 503)},
)
async def nowcast(
    request: Request, region: RegionDep, media: Chosen, regional: RegionalDep, heavy: HeavyDep
) -> Response:
    """In the shape that `Accept` chooses; it may be kept until the next cycle, and is not sent again unchanged."""
    return await in_thread(heavy, partial(region_views.respond, regional, region, media, request))


def known(regions: Regions, region_id: str) -> Region | None:
    """The region as it is now; None when it is new."""
    with suppress(UnknownRegion):
        return regions.get(region_id)
    return None


def allowed(region: Region, before: Region | None, settings: Settings) -> Region:
    """The region with the headers of its source, which nobody is shown; SourceRefused for one nobody vouched for."""
    if region.source is None:
        return region
    if before and before.source and region.source == before.source.public:
        return region.model_copy(update={"source": before.source})
    if not settings.open_sources:
        raise SourceRefused(
            "A source comes from the file of regions, unless the operator sets NOWCAST_OPEN_SOURCES; "
            "leave it out and send the frames."
        )
    if region.source.local:
        raise SourceRefused("A folder of the machine that fetches is only named in the file of regions.")
    return region


def history(regional: Regional, region: Region, last: int, media: str) -> Response:
    """The newest frames in one shape."""
    times, place = regional.history.newest(region, last), regional.history.grid(region.id)
    steps = region.steps(times[0], times[-1]) if times else []
    if media == JSON:
        return Response(listing(region, place, times, steps).model_dump_json(), media_type=JSON)
    if place and len(steps) * place.height * place.width > MOST_VALUES:
        raise TooLarge(f"{len(steps)} frames of {place.height} x {place.width} pixels are too many; ask for fewer.")
    return Response(netcdf.write(regional.history.last(region, last).whole()), media_type=media)


def listing(region: Region, place: Grid | None, times: Sequence[datetime], steps: Sequence[datetime]) -> FramesView:
    """Which frames there are."""
    held = set(times)
    return FramesView(
        region=region.id,
        cadence_minutes=region.cadence_minutes,
        grid=grid(place) if place else None,
        times=list(times),
        missing=[time for time in steps if time not in held],
    )


def pushed(regional: Regional, region: Region, media: str, body: Body) -> ArrivedView:
    """Frames out of a body into the history, and the nowcast that follows; BadFrames when none could be taken."""
    place = region.grid.grid() if region.grid else None
    arrived = arrive(regional.history, region, READERS[media](body, Hints(grid=place)))
    count_frames(region.id, arrived.outcomes.values())
    if not arrived.count(Outcome.ADDED, Outcome.REPLACED, Outcome.SAME):
        raise BadFrames(nothing_taken(region, arrived))
    job = regional.order(region)
    return ArrivedView(
        region=region.id,
        frames=[FrameView(time=time, outcome=outcome) for time, outcome in sorted(arrived.outcomes.items())],
        job=job and reached(f"/nowcasts/{job.id}"),
        trouble=regional.latest.trouble(region.id),
    )


def nothing_taken(region: Region, arrived: Arrived) -> str:
    """Why no frame was taken, in a sentence."""
    said = {
        Outcome.OLD: f"older than the {region.retention_hours:g} h that are kept",
        Outcome.FUTURE: f"of a time that has not come ({datetime.now(UTC):%Y-%m-%dT%H:%MZ} it is)",
        Outcome.ASTRAY: f"not at a step of the {region.cadence_minutes:g} min cadence",
    }
    reasons = [f"{arrived.count(outcome)} {text}" for outcome, text in said.items() if arrived.count(outcome)]
    return f"None of the frames could be taken: {', '.join(reasons)}."
