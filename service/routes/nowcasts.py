"""Ordering nowcasts and fetching them."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Annotated, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Header, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from jobs.errors import UnknownJob
from jobs.job import Job, Status
from jobs.ordering import order, prepared
from jobs.settings import Settings
from jobs.store import Store
from radar.card import Card
from radar.formats import picture
from radar.formats.hints import Hints
from radar.nowcast import Nowcast
from service import answers
from service.admission import Admitted, media_type, no_others
from service.answers import Chosen
from service.body import Body, received
from service.dependencies import HeavyDep, Horizon, QueueDep, SettingsDep, StoreDep, WaitingDep
from service.errors import NotReady, UnknownLead
from service.intake import READERS
from service.openapi import BODY, DONE, LATER, SHAPES
from service.preferences import Wish
from service.problems import documented
from service.replies import accepted, expire, patience, unless_gone
from service.schemas import JobView

router = APIRouter(tags=["nowcasts"])
Id = Annotated[str, Path(description="id of a job", examples=["0b5e0d3f6a7c4f0e9b1d2c3a4f5e6d7c"])]
Key = Annotated[str | None, Header(description="the same key and body again is the same job again")]
T = TypeVar("T")


@router.post(
    "/nowcast",
    operation_id="orderNowcast",
    summary="Radar frames in, a nowcast out",
    response_class=Response,
    responses={200: DONE, 202: LATER, **documented(404, 406, 410, 413, 415, 422, 500, 503, 504)},
    openapi_extra={"requestBody": BODY},
    dependencies=[Depends(no_others)],
)
async def order_nowcast(
    *,
    request: Request,
    media: Chosen,
    wish: Wish,
    card: Admitted,
    settings: SettingsDep,
    store: StoreDep,
    queue: QueueDep,
    waiting: WaitingDep,
    heavy: HeavyDep,
    horizon: Horizon = 12,
    idempotency_key: Key = None,
) -> Response:
    """Waits for the nowcast unless told otherwise by `Prefer`; `Accept` chooses the shape of the answer."""
    body = await received(request, media_type(request.headers), settings.max_body_bytes)
    new, blob = await in_thread(heavy, partial(taken_in, body, media_type(request.headers), card, horizon, settings))
    job = await run_in_threadpool(order, store, queue, new, blob, idempotency_key)
    if wish.seconds == 0:
        return accepted(job, wish)
    job = await unless_gone(request, waiting.outcome(job.id, patience(job, wish)))
    if job.status.final:
        return await in_thread(heavy, partial(answers.respond, store, job, media))
    await run_in_threadpool(expire, store, job)
    return accepted(job, wish)


@router.get(
    "/nowcasts/{job_id}.nc",
    operation_id="getNowcastNetcdf",
    summary="A nowcast as NetCDF",
    response_class=Response,
    responses={200: {"content": {answers.NETCDF: {}}}, **documented(404, 409, 410, 500, 503, 504)},
)
async def netcdf(job_id: Id, store: StoreDep, heavy: HeavyDep) -> Response:
    """Lossless, with coordinates and how it was made."""
    return await in_thread(heavy, partial(finished, store, job_id, answers.NETCDF))


@router.get(
    "/nowcasts/{job_id}.png",
    operation_id="getNowcastAnimation",
    summary="A nowcast as an animated PNG",
    response_class=Response,
    responses={200: {"content": {answers.PNG: {}}}, **documented(404, 409, 410, 500, 503, 504)},
)
async def animation(job_id: Id, store: StoreDep, heavy: HeavyDep) -> Response:
    """Transparent where it is dry, grey where there is no forecast."""
    return await in_thread(heavy, partial(finished, store, job_id, answers.PNG))


@router.get(
    "/nowcasts/{job_id}/frames/{lead}.png",
    operation_id="getNowcastFrame",
    summary="One frame of a nowcast as a picture",
    response_class=Response,
    responses={200: {"content": {answers.PNG: {}}}, **documented(404, 409, 410, 500, 503, 504)},
)
async def frame(
    job_id: Id,
    lead: Annotated[str, Path(description="minutes after the last observed frame", examples=["30"])],
    store: StoreDep,
    heavy: HeavyDep,
) -> Response:
    """Transparent where it is dry, grey where there is no forecast."""
    return await in_thread(heavy, partial(pictured, store, job_id, lead))


@router.get(
    "/nowcasts/{job_id}",
    operation_id="getNowcast",
    summary="A job, or its nowcast once that is there",
    response_class=Response,
    responses={200: SHAPES, **documented(404, 406, 500, 503)},
)
async def get(job_id: Id, media: Chosen, store: StoreDep, heavy: HeavyDep) -> Response:
    """The nowcast in the shape that `Accept` chooses; until then, and when there is none, the job as JSON."""
    job = await run_in_threadpool(store.job, job_id)
    if job.status is Status.DONE:
        return await in_thread(heavy, partial(answers.respond, store, job, media))
    return Response(JobView.of(job).model_dump_json(exclude_none=True), media_type=answers.JSON)


@router.delete(
    "/nowcasts/{job_id}",
    operation_id="cancelNowcast",
    summary="Cancel a job, or remove its nowcast",
    responses=documented(404, 503),
    response_model_exclude_none=True,
)
def cancel(job_id: Id, store: StoreDep) -> JobView:
    """The job as it stands afterwards, or stood before it went with its nowcast; it goes on while others want it."""
    job = store.job(job_id)
    store.forgo(job, "Cancelled by its caller.")
    with suppress(UnknownJob):
        job = store.job(job_id)
    return JobView.of(job)


def taken_in(body: Body, media: str, card: Card, horizon: int, settings: Settings) -> tuple[Job, bytes]:
    """A new job and its frames out of a body, or a sentence on what is wrong with them."""
    return prepared(READERS[media](body, Hints(last=card.max_frames)), card, horizon, settings)


def ready(store: Store, job_id: str) -> Job:
    """A job that has ended, or NotReady."""
    job = store.job(job_id)
    if not job.status.final:
        raise NotReady(f"The job is {job.status}; its nowcast is not there yet.")
    return job


def finished(store: Store, job_id: str, media: str) -> Response:
    """The nowcast of a job in one shape."""
    return answers.respond(store, ready(store, job_id), media)


def pictured(store: Store, job_id: str, lead: str) -> Response:
    """One frame of the nowcast of a job."""
    job = ready(store, job_id)
    nowcast = store.nowcast(job)
    still = picture.still(nowcast.frames.rain[position(nowcast, lead)])
    return Response(still, headers=answers.labels(job, nowcast), media_type=answers.PNG)


def position(nowcast: Nowcast, lead: str) -> int:
    """Which frame has this lead."""
    leads = [f"{minutes:g}" for minutes in nowcast.leads]
    if lead not in leads:
        raise UnknownLead(f"There is no frame at {lead[:20]} min; there are {', '.join(leads)}.")
    return leads.index(lead)


async def in_thread(limiter: CapacityLimiter, work: Callable[[], T]) -> T:
    """Heavy work in a thread, a few at a time."""
    return await to_thread.run_sync(work, limiter=limiter)
