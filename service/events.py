"""The life of a job as server-sent events: one for each state it comes into, one for each lead, and an end."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

from fastapi.sse import format_sse_event
from pydantic import BaseModel
from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool

from jobs.errors import JobExpired
from jobs.job import Job, Status
from radar.errors import NowcastError
from service.errors import TooManyListeners
from service.links import reached
from service.replies import expire
from service.schemas import JobView, LeadView
from service.summary import leads
from service.waiting import RECHECK_SECONDS, Waiting, noticed

log = logging.getLogger(__name__)

MEDIA = "text/event-stream"
MOST_LISTENERS = 200
"""In one gateway: each looks at the store once a second."""
QUIET_SECONDS = 15.0
"""After this long without an event a comment is sent, for those on the way who close what is silent."""
END = "end"
"""Name and id of the last event: who comes again after it has missed nothing."""


class LeadEvent(LeadView):
    """One forecast frame in numbers, and where it is to be seen."""

    frame: str


class Audience:
    """How many listen in this gateway."""

    def __init__(self, most: int = MOST_LISTENERS) -> None:
        self.most, self.count = most, 0

    def check(self) -> None:
        """TooManyListeners when there is no room for another."""
        if self.count >= self.most:
            raise TooManyListeners(f"{self.count} listen already; ask for the job itself, or come back later.")

    @contextmanager
    def seat(self) -> Iterator[None]:
        """Room for one while it listens."""
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1


async def told(waiting: Waiting, audience: Audience, job_id: str, last: str | None) -> AsyncIterator[bytes]:
    """The events of a job, its leads after the one with the id `last`; browsers take up a stream that breaks off."""
    with audience.seat():
        try:
            async for job in lived(waiting, job_id):
                yield b": still there\n\n" if job is None else event("status", job.status, JobView.of(job))
                if job is not None and job.status.final:
                    for one in await run_in_threadpool(frames, waiting, job, last):
                        yield one
                    yield event(END, END, JobView.of(job))
        except (NowcastError, RedisError) as error:
            log.warning("the events of job %s break off: %s", job_id, type(error).__name__)


async def lived(waiting: Waiting, job_id: str) -> AsyncIterator[Job | None]:
    """The job whenever its state has changed, until it has ended; None when it has been quiet for a while."""
    clock = asyncio.get_running_loop().time
    before: Status | None = None
    quiet = clock() + QUIET_SECONDS
    with waiting.waiter(job_id) as notice:
        while not waiting.closed:
            notice.clear()
            job = await run_in_threadpool(known, waiting, job_id)
            if job.status is not before or clock() > quiet:
                yield None if job.status is before else job
                before, quiet = job.status, clock() + QUIET_SECONDS
            if job.status.final:
                return
            await noticed(notice, RECHECK_SECONDS)


def known(waiting: Waiting, job_id: str) -> Job:
    """The job as it stands; one whose deadline has passed in the queue ends now."""
    job = waiting.store.job(job_id)
    with suppress(JobExpired):
        expire(waiting.store, job)
        return job
    return waiting.store.job(job_id)


def frames(waiting: Waiting, job: Job, last: str | None) -> list[bytes]:
    """An event for each lead of a finished nowcast, but those up to the one that was heard last."""
    if job.status is not Status.DONE:
        return []
    said = list(leads(waiting.store.nowcast(job)))
    names = [f"lead-{lead.lead_minutes:g}" for lead in said]
    heard = names.index(last) + 1 if last in names else 0
    where = reached(f"/nowcasts/{job.id}/frames")
    return [
        event("lead", name, LeadEvent(**lead.model_dump(), frame=f"{where}/{lead.lead_minutes:g}.png"))
        for name, lead in list(zip(names, said, strict=True))[heard:]
    ]


def event(kind: str, name: str, said: BaseModel) -> bytes:
    """One event as it is sent."""
    return format_sse_event(event=kind, id=name, data_str=said.model_dump_json(exclude_none=True))
