"""Jobs that wait: a Redis Stream per method and priority, read by one consumer group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf
from time import monotonic
from typing import Any, cast

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import ResponseError

from jobs import about, keys, tracing
from jobs.job import Job, Priority
from jobs.settings import Settings

FAIR = 4
"""Every how many takes the scheduled jobs come first, so that callers cannot starve them."""
TURNS = (Priority.SCHEDULED, Priority.INTERACTIVE, Priority.SHADOW)
"""Their order then; what is only measured has no turn of its own."""
WAKE_MILLISECONDS = 2000
LOOKS = 20
"""How often, while a lease runs, one who takes looks for entries whose worker fell silent: it costs a trip."""


@dataclass(frozen=True)
class Entry:
    """A job in the hands of a worker; carried: what its order was about, and the trace it belongs to."""

    stream: str
    id: str
    job_id: str
    deliveries: int
    carried: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def ids(self) -> dict[str, str]:
        """What it is about, for the log."""
        return {name: self.carried[name] for name in about.CARRIED if name in self.carried} | {"job": self.job_id}


class Queue:
    """Submit, take, keep, finish. An entry that was taken and not finished comes back after a lease."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self.redis, self.settings = redis, settings
        self._takes = 0
        self.looked: dict[str, float] = {}
        """When it was last looked for silent workers, by method."""

    def submit(self, job: Job) -> bool:
        """Add a job; True when the workers must be woken (else a wake-up is already on its way)."""
        pipe = self.redis.pipeline()
        pipe.sadd(keys.BUSY, job.method)
        fields: dict[Any, Any] = {"job": job.id, **about.carried(), **tracing.carried()}
        pipe.xadd(keys.queue(job.method, job.priority), fields)
        pipe.set(keys.wake(job.method), 1, px=WAKE_MILLISECONDS, nx=True)
        return bool(pipe.execute()[-1])

    def claim_wake(self, method: str) -> bool:
        """True for the one caller who should send the wake-up now."""
        return bool(self.redis.set(keys.wake(method), 1, px=WAKE_MILLISECONDS, nx=True))

    def attend(self, method: str) -> None:
        """A worker waits for jobs as they come, so that they need no wake-up; until `hush`, or for a while."""
        self.redis.set(keys.wake(method), 1, px=WAKE_MILLISECONDS)

    def hush(self, method: str) -> None:
        """A drain has begun, or nobody waits any more: jobs from now on need a new wake-up."""
        self.redis.delete(keys.wake(method))

    def backlog(self, method: str) -> int:
        """Jobs of a method that wait or run."""
        pipe = self.redis.pipeline(transaction=False)
        for stream in streams(method):
            pipe.xlen(stream)
        return sum(pipe.execute())

    def busy(self) -> list[str]:
        """The methods with jobs that wait or run."""
        known = cast("set[bytes]", self.redis.smembers(keys.BUSY))
        return [method.decode() for method in sorted(known) if self.backlog(method.decode())]

    def take(self, method: str, consumer: str, count: int) -> list[Entry]:
        """One entry whose worker fell silent, alone (it may be what killed that worker); else up to `count` new."""
        self._takes += 1
        ordered = streams(method, TURNS if self._takes % FAIR == 0 else tuple(Priority))
        for stream in self._silent(ordered) if self._due(method) else ():
            if stale := self._stale(stream, consumer):
                del self.looked[method]  # where there is one there may be others
                return [stale]
        for stream in ordered:
            if fresh := self._fresh([stream], consumer, count):
                return fresh
        return []

    def wait(self, method: str, consumer: str, milliseconds: int) -> list[Entry]:
        """The next new entry, waited for so long; several only where as many priorities have one."""
        return self._fresh(streams(method), consumer, 1, milliseconds)

    def _due(self, method: str) -> bool:
        """True when it is time to look for silent workers; then it is not for a while."""
        now = monotonic()
        due = now >= self.looked.get(method, -inf) + self.settings.lease_seconds / LOOKS
        if due:
            self.looked[method] = now
        return due

    def _silent(self, ordered: Sequence[str]) -> list[str]:
        """The streams with an entry whose worker fell silent, in one trip; afterwards each stream has its group."""
        pipe = self.redis.pipeline(transaction=False)
        for stream in ordered:
            pipe.xpending_range(stream, keys.GROUP, "-", "+", 1, idle=self._lease)
        found = pipe.execute(raise_on_error=False)
        if any(isinstance(one, ResponseError) for one in found):
            self._ensure(ordered)
        return [stream for stream, one in zip(ordered, found, strict=True) if one and isinstance(one, list)]

    def _ensure(self, ordered: Sequence[str]) -> None:
        """Let every stream have its group, in one trip; that some have it is no error, nor that the store is full."""
        pipe = self.redis.pipeline(transaction=False)
        for stream in ordered:
            pipe.xgroup_create(stream, keys.GROUP, "0", mkstream=True)
        pipe.execute(raise_on_error=False)

    def _fresh(self, ordered: Sequence[str], consumer: str, count: int, block: int | None = None) -> list[Entry]:
        wanted: dict[Any, Any] = dict.fromkeys(ordered, ">")
        read = partial(self.redis.xreadgroup, keys.GROUP, consumer, wanted, count=count, block=block)
        try:
            answer: Any = read()
        except ResponseError:  # the groups went with all that the store had
            self._ensure(ordered)
            answer = read()
        return [entry(stream.decode(), at, fields, 1) for stream, found in answer or [] for at, fields in found]

    def _stale(self, stream: str, consumer: str) -> Entry | None:
        answer: Any = self.redis.xautoclaim(stream, keys.GROUP, consumer, self._lease, "0", count=1)
        for at, fields in answer[1]:
            pending: Any = self.redis.xpending_range(stream, keys.GROUP, at, at, 1)
            return entry(stream, at, fields, pending[0]["times_delivered"] if pending else 1)
        return None

    @property
    def _lease(self) -> int:
        """In milliseconds."""
        return int(self.settings.lease_seconds * 1000)

    def keep(self, entries: list[Entry], consumer: str) -> None:
        """Renew the lease on entries that are still being worked on."""
        for held in entries:
            self.redis.xclaim(held.stream, keys.GROUP, consumer, 0, [held.id], idle=0, justid=True)

    def finish(self, held: Entry) -> None:
        """Acknowledge and forget an entry whose job has ended."""
        pipe = self.redis.pipeline()
        acknowledge(held, pipe)
        pipe.execute()

    def bury(self, held: Entry, reason: str) -> None:
        """Keep a job that was given up as a dead letter, and finish its entry."""
        fields: dict[Any, Any] = {"job": held.job_id, "stream": held.stream, "reason": reason}
        self.redis.xadd(keys.DEAD, fields, maxlen=1000)
        self.finish(held)


def acknowledge(held: Entry, pipe: Pipeline) -> None:
    """Put that an entry's job has ended into a pipeline."""
    pipe.xack(held.stream, keys.GROUP, held.id)
    pipe.xdel(held.stream, held.id)


def streams(method: str, order: Sequence[Priority] = tuple(Priority)) -> list[str]:
    """The streams of a method, most urgent first."""
    return [keys.queue(method, priority) for priority in order]


def entry(stream: str, at: bytes, fields: dict[bytes, bytes], deliveries: int) -> Entry:
    """An entry as a worker holds it."""
    said = {name.decode(): value[: about.LONGEST].decode(errors="replace") for name, value in fields.items()}
    return Entry(stream, at.decode(), said.pop("job"), deliveries, said)
