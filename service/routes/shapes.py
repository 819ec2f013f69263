"""A nowcast, or one frame of it, in the shapes that have a path of their own."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from jobs.store import Store
from radar.formats import geotiff_write, picture
from radar.nowcast import Nowcast
from service import answers, region_views
from service.answers import FILES
from service.dependencies import HeavyDep, RegionalDep, RegionDep, StoreDep, in_thread
from service.errors import UnknownLead
from service.openapi import BINARY, SAME
from service.problems import documented
from service.routes.nowcasts import Id, ready

router = APIRouter()
Lead = Annotated[str, Path(description="minutes after the last observed frame", examples=["30"])]
TITLES = {
    "nc": ("Netcdf", "as CF NetCDF, lossless, with coordinates, chances and how it was made"),
    "tif": ("Geotiff", "as GeoTIFF, lossless, a band a lead"),
    "png": ("Animation", "as an animated PNG, transparent where it is dry, grey where there is no forecast"),
    "gif": ("Gif", "as an animated GIF"),
    "zip": ("Zip", "as a zip, a GeoTIFF a lead"),
    "npz": ("Npz", "as arrays of numpy, lossless, not compressed; chances when thresholds were asked for"),
}
"""By its ending: what the operation of a file is called, and what it is."""
ONE: dict[str, tuple[str, Callable[[Nowcast, int], bytes]]] = {
    "png": ("getNowcastFrame", lambda nowcast, at: picture.still(nowcast.frames.rain[at])),
    "tif": ("getNowcastFrameGeotiff", geotiff_write.write_lead),
}
"""What a single frame may be had as: by its ending, the operation and what writes it."""
RESPONSES = documented(404, 406, 409, 410, 500, 503, 504)


def offer(ending: str, media: str) -> None:
    """The path of a nowcast in one shape."""
    name, title = TITLES[ending]

    @router.get(
        f"/nowcasts/{{job_id}}.{ending}",
        operation_id=f"getNowcast{name}",
        summary=f"A nowcast {title}",
        tags=["nowcasts"],
        response_class=Response,
        responses={200: {"content": {media: BINARY}}, 304: SAME, **RESPONSES},
    )
    async def whole(request: Request, job_id: Id, store: StoreDep, heavy: HeavyDep) -> Response:
        """As `Accept` would give it at /nowcasts/{job_id}."""
        return await in_thread(heavy, partial(finished, store, job_id, media, request))


def offer_latest(ending: str, media: str) -> None:
    """The path of a region's nowcast in one shape."""
    name, title = TITLES[ending]

    @router.get(
        f"/regions/{{region_id}}/nowcast.{ending}",
        operation_id=f"getRegionNowcast{name}",
        summary=f"The latest nowcast of a region {title}",
        tags=["regions"],
        response_class=Response,
        responses={200: {"content": {media: BINARY}}, 304: SAME, **documented(404, 406, 422, 500, 503)},
    )
    async def latest(request: Request, region: RegionDep, regional: RegionalDep, heavy: HeavyDep) -> Response:
        """As `Accept` would give it at /regions/{region_id}/nowcast."""
        return await in_thread(heavy, partial(region_views.respond, regional, region, media, request))


def offer_frames(ending: str, media: str) -> None:
    """The paths of the frames of a nowcast in one shape."""

    @router.get(
        f"/nowcasts/{{job_id}}/frames/{{lead}}.{ending}",
        operation_id=ONE[ending][0],
        summary=f"One frame of a nowcast as {media}",
        tags=["nowcasts"],
        response_class=Response,
        responses={200: {"content": {media: BINARY}}, **RESPONSES},
    )
    async def single(job_id: Id, lead: Lead, store: StoreDep, heavy: HeavyDep) -> Response:
        """The picture is transparent where it is dry and grey where there is no forecast; a GeoTIFF has the values."""
        return await in_thread(heavy, partial(framed, store, job_id, lead, ending))


for ending, media in FILES.items():
    offer(ending, media)
    offer_latest(ending, media)
for ending in ONE:
    offer_frames(ending, FILES[ending])


def finished(store: Store, job_id: str, media: str, request: Request) -> Response:
    """The nowcast of a job in one shape."""
    return answers.respond(store, ready(store, job_id), media, request)


def framed(store: Store, job_id: str, lead: str, ending: str) -> Response:
    """One frame of the nowcast of a job."""
    job = ready(store, job_id)
    nowcast = store.nowcast(job)
    at = position(nowcast, lead)
    media = FILES[ending]
    with answers.writable(media):
        body = ONE[ending][1](nowcast, at)
    return Response(body, headers=answers.labels(job, nowcast, media), media_type=media)


def position(nowcast: Nowcast, lead: str) -> int:
    """Which frame has this lead."""
    leads = [f"{minutes:g}" for minutes in nowcast.leads]
    if lead not in leads:
        raise UnknownLead(f"There is no frame at {lead[:20]} min; there are {', '.join(leads)}.")
    return leads.index(lead)
