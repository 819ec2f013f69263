"""Ordering a nowcast: sent once, waited for until a deadline, called off after it."""

import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Self
from uuid import uuid4

import xarray as xr

from nowcast import datasets
from nowcast.datasets import FramesLike, Moment
from nowcast.errors import BadAnswer, JobEnded, NotInTime, Overtaken, ServiceError
from nowcast.exchange import JSON, NETCDF, Answer, Body, Carrier, Flow, Pause, Request, Resource, Work, asked, query
from radar.errors import BadInput

SUMMARY = ("id", "method", "reference_time")
"""What every summary has; the rest is the service's to say."""
JOB = re.compile(r"(?:/[^/]+)*(/nowcasts/[0-9a-f]{32})", re.ASCII)
"""A job by its path, below whatever the service's own address says already."""
PATIENCE_SECONDS = 20
"""How long one request waits; proxies hang up on longer ones. Then the job is asked for again and again."""
POLL_SECONDS = 1.0
GOING_ON = ("queued", "running")
ENDED = {"failed": 500, "expired": 504, "cancelled": 410}
"""The status with which the service answers for a job that ended so."""
GRACE_SECONDS = 5.0
"""How long after the deadline the last answer may come."""

Found = tuple[str, dict[str, Any]]
"""Path and summary of a nowcast that a flow has found."""


class Ordered(Resource[Carrier]):
    """A nowcast that was ordered, by its path."""

    @classmethod
    def of(cls, client: Resource[Any], job: str) -> Self:
        """The job of this id or path at the client's service; BadInput where it is neither."""
        path = job if job.startswith("/") else f"/nowcasts/{job}"
        if (found := JOB.fullmatch(path)) is None:
            raise BadInput(f"{job[:80]!r} is neither the id nor the path of a job.")
        return cls(client.transport, client.limits, found[1])

    @property
    def id(self) -> str:
        """Id of the job."""
        return self.path.rpartition("/")[2]


@dataclass(eq=False)
class Told(Resource[Carrier]):
    """A nowcast as its JSON tells of it."""

    summary: dict[str, Any] = field(default_factory=dict, repr=False)
    kept: xr.Dataset | None = field(default=None, repr=False)

    @classmethod
    def of(cls, asked: Resource[Any], found: Found) -> Self:
        """What was found for what was asked."""
        path, summary = found
        return cls(asked.transport, asked.limits, path, summary)

    @property
    def id(self) -> str:
        """Id of the job that made it."""
        return str(self.summary["id"])

    @property
    def method(self) -> str:
        """What made it."""
        return str(self.summary["method"])

    @property
    def reference_time(self) -> datetime:
        """Time of the last observed frame, from which leads count."""
        return datetime.fromisoformat(self.summary["reference_time"])


def order(
    client: Resource[Any],
    frames: FramesLike,
    horizon: int = 12,
    method: str | None = None,
    thresholds: Sequence[float] | None = None,
    *,
    fallback: bool | None = None,
) -> Flow[str]:
    """Order a nowcast and do not wait for it; the job."""
    said = query(horizon=horizon, method=method, thresholds=thresholds, fallback=fallback)
    return located((yield from posted(client, frames, said, "respond-async", client.limits.until)))


def nowcast(
    client: Resource[Any],
    frames: FramesLike,
    horizon: int = 12,
    method: str | None = None,
    thresholds: Sequence[float] | None = None,
    *,
    fallback: bool | None = None,
    wait: float = 300.0,
) -> Flow[Found]:
    """A nowcast of these frames; after `wait` seconds its job is cancelled and NotInTime raised."""
    until = time.monotonic() + wait
    said = query(horizon=horizon, method=method, thresholds=thresholds, fallback=fallback)
    prefer = f"wait={int(min(PATIENCE_SECONDS, wait))}"
    answer = yield from posted(client, frames, said, prefer, until + GRACE_SECONDS)
    if answer.status == HTTPStatus.OK:
        return found(answer.said(*SUMMARY))
    job = located(answer)
    try:
        return (yield from awaited(job, until, answer.retry_after))
    except NotInTime:
        yield from called_off(job)
        raise


def posted(
    client: Resource[Any], frames: FramesLike, said: Mapping[str, str], prefer: str, until: float
) -> Flow[Answer]:
    """The answer to an order; its Idempotency-Key makes it the same job however often it is sent."""
    body: Body = yield Work(partial(datasets.packed, frames, client.limits.max_bytes))
    headers = {"Accept": JSON, "Prefer": prefer, "Idempotency-Key": uuid4().hex}
    return (yield from asked(Request("POST", "/nowcast", said, headers, body), until))


def located(answer: Answer) -> str:
    """The path of the job that an answer leads to; nothing but a job of the same service is followed."""
    path = answer.headers.get("location", "")
    if answer.status != HTTPStatus.ACCEPTED or (job := JOB.fullmatch(path)) is None:
        raise BadAnswer(f"The answer {answer.status} leads to no job but to {path[:80]!r}.")
    return job[1]


def awaited(job: str, until: float, pause: float | None = None) -> Flow[Found]:
    """The nowcast of a job when it is there; NotInTime, or JobEnded with the reason."""
    while True:
        pause = POLL_SECONDS if pause is None else pause
        if time.monotonic() + pause >= until:
            raise NotInTime("The nowcast was not there by the deadline.")
        yield Pause(pause)
        answer = yield from asked(Request("GET", job, headers={"Accept": JSON}), until + GRACE_SECONDS)
        status, pause = answer.said("status")["status"], answer.retry_after
        if status == "done":
            return found(answer.said(*SUMMARY))
        if status not in GOING_ON:
            raise ended(status, answer.said())


def ended(status: Any, said: Mapping[str, Any]) -> ServiceError:
    """The exception for a job that ended without a nowcast, as for the answer to an order."""
    if status not in ENDED:
        return BadAnswer(f"The job is {str(status)[:40]!r}, which no job can be.")
    problem = {"type": f"/problems/job-{status}", "detail": said.get("reason") or f"The job has {status}."}
    return JobEnded(ENDED[status], problem)


def called_off(job: str) -> Flow[None]:
    """Cancel a job that nobody waits for any more, if that can be said."""
    with suppress(ServiceError):
        yield from asked(Request("DELETE", job), time.monotonic() + GRACE_SECONDS)


def result(job: Resource[Any], wait: float = 300.0) -> Flow[Found]:
    """The nowcast of the job; after `wait` seconds NotInTime, and the job goes on."""
    return (yield from awaited(job.path, time.monotonic() + wait, 0.0))


def status(job: Resource[Any]) -> Flow[dict[str, Any]]:
    """The job as the service describes it, or once it is done the summary of its nowcast."""
    answer = yield from asked(Request("GET", job.path, headers={"Accept": JSON}), job.limits.until)
    return answer.said()


def cancel(job: Resource[Any]) -> Flow[dict[str, Any]]:
    """Cancel the job, or remove its nowcast, unless others want it too; the job as it stands then."""
    answer = yield from asked(Request("DELETE", job.path), job.limits.until)
    return answer.said()


def found(said: dict[str, Any]) -> Found:
    """A nowcast that was ordered."""
    return f"/nowcasts/{said['id']}", said


def dataset(nowcast: Told[Any]) -> Flow[xr.Dataset]:
    """Its rain and chances; downloaded at the first call and kept."""
    if nowcast.kept is None:
        got = yield from downloaded(nowcast, f"{nowcast.path}.nc")
        if datasets.reference_time(got) != nowcast.reference_time:
            raise Overtaken("The region has a newer nowcast by now; ask for it again.")
        nowcast.kept = got
    return nowcast.kept


def point(
    nowcast: Resource[Any], lon: float | Sequence[float], lat: float | Sequence[float], time: Moment | None = None
) -> Flow[dict[str, Any]]:
    """What it says of a place, or of several: when rain starts or ends, rates, chances and amounts."""
    said = query(lon=lon, lat=lat, time=datasets.stamped(time))
    place = nowcast.path.removesuffix("/nowcast")  # what a region's nowcast says of places, the region says
    answer = yield from asked(Request("GET", f"{place}/point", said), nowcast.limits.until)
    return answer.said()


def accumulation(nowcast: Resource[Any], minutes: float | None = None) -> Flow[dict[str, Any]]:
    """How much rain it says will fall, in mm, in so many minutes; in all of it where that is not said."""
    path = f"{nowcast.path.removesuffix('/nowcast')}/accumulation"
    request = Request("GET", path, query(minutes=minutes), {"Accept": JSON})
    return (yield from asked(request, nowcast.limits.until)).said("start", "end")


def downloaded(resource: Resource[Any], path: str, **said: object) -> Flow[xr.Dataset]:
    """The dataset at a path."""
    request = Request("GET", path, query(**said), {"Accept": NETCDF})
    answer = yield from asked(request, resource.limits.until)
    media = answer.headers.get("content-type", "")
    got: xr.Dataset = yield Work(partial(datasets.dataset, answer.body, media, resource.limits.max_bytes))
    return got
