"""Jobs: ordering a nowcast, asking for it, calling it off."""

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Header, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from jobs.errors import UnknownJob
from jobs.fallback import allowed
from jobs.job import Job, Status
from jobs.ordering import order, prepared
from jobs.queue import Queue
from jobs.settings import Settings
from jobs.store import Store
from radar.card import Card
from radar.formats.hints import Hints
from service import answers
from service.admission import Admitted, check_backlog, media_type, no_others
from service.answers import Chosen
from service.body import Body, received
from service.callers import CallerDep
from service.dependencies import HeavyDep, Horizon, QueueDep, SettingsDep, StoreDep, Thresholds, WaitingDep, in_thread
from service.errors import NotReady
from service.intake import READERS
from service.openapi import BODY, DONE, LATER, SAME, SHAPES
from service.preferences import PreferenceDep
from service.problems import documented
from service.replies import accepted, expire, patience, unless_gone
from service.schemas import JobView
from service.timing import phase

router = APIRouter(tags=["nowcasts"])
Id = Annotated[str, Path(description="id of a job", examples=["0b5e0d3f6a7c4f0e9b1d2c3a4f5e6d7c"])]
Key = Annotated[
    str | None, Header(description="the same key and body again is the same job again", examples=["frames-of-14:45"])
]
T = TypeVar("T")


@dataclass(frozen=True)
class Wanted:
    """What is wanted of the frames in a request; the cards are those of the method and of what may answer instead."""

    cards: tuple[Card, ...]
    horizon: int
    thresholds: tuple[float, ...] | None
    key: str | None
    owner: str


async def wanted(
    cards: Admitted,
    caller: CallerDep,
    horizon: Horizon = 12,
    thresholds: Thresholds = None,
    idempotency_key: Key = None,
) -> Wanted:
    """What the query and the headers say, and who says it."""
    return Wanted(cards, horizon, None if thresholds is None else tuple(thresholds), idempotency_key, caller.key)


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
    preference: PreferenceDep,
    wanted: Annotated[Wanted, Depends(wanted)],
    settings: SettingsDep,
    store: StoreDep,
    queue: QueueDep,
    waiting: WaitingDep,
    heavy: HeavyDep,
) -> Response:
    """Waits for the nowcast unless told otherwise by `Prefer`; `Accept` chooses the shape of the answer."""
    with phase(request, "intake"):
        taken = partial(ordered, wanted=wanted, settings=settings, store=store, queue=queue)
        job = await in_thread(heavy, partial(taken, *await body_of(request, settings)))
    if preference.seconds == 0:
        return accepted(job, preference)
    with phase(request, "wait"):
        job, head = await unless_gone(request, waiting.outcome(job.id, patience(job, preference)))
        if job.engine_seconds is not None:
            request.state.phases["engine"] = job.engine_seconds
    if job.status.final:
        with phase(request, "encode"):
            return await in_thread(heavy, partial(answers.respond, store, job, media, head=head))
    await run_in_threadpool(expire, store, job)
    return accepted(job, preference)


@router.get(
    "/nowcasts/{job_id}",
    operation_id="getNowcast",
    summary="A job, or its nowcast once that is there",
    response_class=Response,
    responses={200: SHAPES, 304: SAME, **documented(404, 406, 500, 503)},
)
async def get(request: Request, job_id: Id, media: Chosen, store: StoreDep, heavy: HeavyDep) -> Response:
    """The nowcast in the shape that `Accept` chooses; until then, and when there is none, the job as JSON."""
    job = await run_in_threadpool(store.job, job_id)
    if job.status is Status.DONE:
        return await in_thread(heavy, partial(answers.respond, store, job, media, request))
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


async def body_of(request: Request, settings: Settings) -> tuple[Body, str]:
    """The body of a request, and its type."""
    media = media_type(request.headers)
    return await received(request, media, settings.max_body_bytes), media


def ordered(body: Body, media: str, *, wanted: Wanted, settings: Settings, store: Store, queue: Queue) -> Job:
    """The job that answers a body, or a sentence on what is wrong with it."""
    new, frames = decoded(body, media, wanted, settings)
    if new.asked_for:
        check_backlog(queue, new.method, settings)
    return order(store, queue, new, frames, wanted.key)


def decoded(body: Body, media: str, wanted: Wanted, settings: Settings) -> tuple[Job, bytes]:
    """A new job and its frames out of a body."""
    asked = wanted.cards[0]
    frames = READERS[media](body, Hints(last=asked.max_frames, served=True))
    card, frames, reason = allowed(wanted.cards, lambda card: frames, wanted.horizon)
    instead = (None, None) if reason is None else (asked.method, reason)
    job, blob = prepared(frames, card, wanted.horizon, settings, thresholds=wanted.thresholds, instead=instead)
    return job.owned(wanted.owner), blob


def ready(store: Store, job_id: str) -> Job:
    """A job that has ended, or NotReady."""
    job = store.job(job_id)
    if not job.status.final:
        raise NotReady(f"The job is {job.status}; its nowcast is not there yet.")
    return job
