"""A job on its way into the queue: once for each content, once for each Idempotency-Key."""

import logging

from jobs import metrics
from jobs.about import about
from jobs.blob import pack_frames
from jobs.errors import KeyReused
from jobs.fallback import Reason
from jobs.job import Job, Priority, digest
from jobs.queue import Queue
from jobs.settings import Settings
from jobs.store import Store
from jobs.waking import wake
from radar.card import Card
from radar.chances import MAX_CODES
from radar.errors import BadInput, TooLarge
from radar.frames import Frames

MAX_KEY = 255

log = logging.getLogger(__name__)


def prepared(
    frames: Frames,
    card: Card,
    horizon: int,
    settings: Settings,
    priority: Priority = Priority.INTERACTIVE,
    *,
    thresholds: tuple[float, ...] | None = None,
    instead: tuple[str | None, Reason | None] = (None, None),
) -> tuple[Job, bytes]:
    """A new job and the blob of its frames; OutsideCard when the method was not made for them.

    thresholds: rain rates whose chances are wanted; None for those that the method has by itself.
    instead: the method in whose place it answers, if any, and why.
    """
    card.check(frames, horizon)
    check_chances(frames, horizon, thresholds or ())
    blob = pack_frames(frames.last(card.max_frames))
    asked_for, reason = instead
    part = (asked_for, reason, priority) if asked_for or priority is Priority.SHADOW else ()
    content = digest(blob, card.method, card.version, horizon, thresholds, part=part)
    job = Job.new(card.method, horizon, content, settings.deadline_seconds, priority, thresholds=thresholds)
    return job.model_copy(update={"asked_for": asked_for, "fallback_reason": reason}), blob


def check_chances(frames: Frames, horizon: int, thresholds: tuple[float, ...]) -> None:
    """TooLarge for more chances than a nowcast can have."""
    if len(thresholds) * horizon * frames.grid.height * frames.grid.width > MAX_CODES:
        raise TooLarge(f"The chances of {len(thresholds)} thresholds are more than {MAX_CODES}; ask for fewer.")


def order(store: Store, queue: Queue, job: Job, frames: bytes, key: str | None) -> Job:
    """The job that answers this request: the new one, queued, or one from before with the same content."""
    check_key(key)
    if key is not None and (known := store.recall(key, job)):
        note(known, "hit")
        return store.job(known)
    first = store.add(job, frames)
    answering = settle(store, queue, job, key, first)
    if answering == job.id:
        submit(queue, job)
        note(answering, "miss")
        return job
    note(answering, "hit")
    withdraw(store, queue, job, f"Job {answering} answers the same request.")
    return store.job(answering)


def note(job_id: str, outcome: str) -> None:
    """Count what an order came to, and say so in the name of the job that answers it."""
    metrics.ORDERS.labels(outcome).inc()
    with about(job=job_id):
        log.info("a nowcast is ordered" if outcome == "miss" else "an order is answered by a job from before")


def submit(queue: Queue, job: Job) -> None:
    """Put a job into the queue and wake the workers when nobody has."""
    if queue.submit(job):
        wake(job.method)


def withdraw(store: Store, queue: Queue, job: Job, reason: str) -> None:
    """Take back a job that its caller does not need; others may have boarded it meanwhile, then it flies for them."""
    if not store.forgo(job, reason):
        submit(queue, job)


def settle(store: Store, queue: Queue, job: Job, key: str | None, first: bool) -> str:
    """The id of the job that answers, by content, if it is not the first of that, and then by key."""
    flying = job.id if first else store.board(job)
    if key is None:
        return flying
    try:
        return store.claim_key(key, job.model_copy(update={"id": flying})) or flying
    except KeyReused:
        withdraw(store, queue, job, "Its Idempotency-Key came before with another request.")
        raise


def check_key(key: str | None) -> None:
    """Refuse a key that is no key."""
    if key is not None and not 0 < len(key) <= MAX_KEY:
        raise BadInput(f"An Idempotency-Key has 1 to {MAX_KEY} characters.")
