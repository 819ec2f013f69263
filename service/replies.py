"""Answering for a job: now with its nowcast, or later with where to ask."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from jobs.errors import JobExpired
from jobs.job import Job, Status
from jobs.store import Store
from service.preferences import Preference
from service.schemas import JobView

T = TypeVar("T")


def accepted(job: Job, preference: Preference) -> Response:
    """202: it is on its way, and here is where to ask for it."""
    headers = {"Location": f"/nowcasts/{job.id}", "Retry-After": "1"}
    if preference.applied:
        headers["Preference-Applied"] = preference.applied
    return Response(JobView.of(job).model_dump_json(exclude_none=True), 202, headers, "application/json")


def patience(job: Job, preference: Preference) -> float:
    """Seconds to wait for a job: what the caller prefers, at most until its deadline."""
    left = max(0.0, (job.deadline - datetime.now(UTC)).total_seconds())
    return left if preference.seconds is None else min(preference.seconds, left)


def expire(store: Store, job: Job) -> None:
    """End a job whose deadline passed in the queue, in case no worker is there to do it, and say so."""
    if job.status is Status.QUEUED and job.late:
        reason = "No worker took the job before its deadline."
        store.end(job, Status.EXPIRED, reason)
        raise JobExpired(reason)


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of some work, or ClientDisconnect as soon as nobody is there to read it."""
    tasks = asyncio.ensure_future(work), asyncio.ensure_future(hung_up(request))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if not tasks[0].done():
            raise ClientDisconnect
        return tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()


async def hung_up(request: Request) -> None:
    """Return when the caller has."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
