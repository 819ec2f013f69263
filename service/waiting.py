"""Waiting for jobs: one subscription per gateway, and a slow look at the store in case a notice was missed."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool

from jobs import keys
from jobs.connection import address, encryption
from jobs.job import Job, Status
from jobs.queue import Queue
from jobs.settings import Settings
from jobs.store import Store
from jobs.waking import wake_again
from service.errors import ShuttingDown

log = logging.getLogger(__name__)

RECHECK_SECONDS = 1.0
"""What a missed notice costs."""
REWAKE_SECONDS = 5.0
"""A job that queues for longer than this may have lost its wake-up."""
IDLE_SECONDS = 15.0
PAUSES = (0.1, 5.0)
"""First and longest pause before the next try when Redis is away."""


class Waiting:
    """Who waits for which job in this gateway."""

    def __init__(self, settings: Settings, store: Store, queue: Queue) -> None:
        self.settings, self.store, self.queue = settings, store, queue
        self.events: dict[str, set[asyncio.Event]] = {}
        self.closed = False

    async def listen(self) -> None:
        """Hear notices for ever, also across the absence of Redis."""
        pause, longest = PAUSES
        while True:
            try:
                async for _ in self._heard():
                    pause = PAUSES[0]
            except Exception as error:  # whatever it is, without a listener every caller waits for the recheck
                bug = not isinstance(error, RedisError | OSError)
                log.warning("no notices from Redis (%s); next try in %.1f s", type(error).__name__, pause, exc_info=bug)
            await asyncio.sleep(pause)
            pause = min(2 * pause, longest)

    async def _heard(self) -> Any:
        async with subscriber(self.settings) as redis, redis.pubsub() as channel:
            await channel.subscribe(keys.NOTICES)
            while True:
                message = await channel.get_message(timeout=IDLE_SECONDS)
                if message is None:
                    await channel.ping()
                else:
                    self.heard(message)
                    yield message

    def heard(self, message: dict[str, Any]) -> None:
        """A notice rouses who waits for its job; a fresh subscription all, for what they may have missed."""
        if message["type"] == "message":
            self.rouse(message["data"].decode())
        elif message["type"] == "subscribe":
            self.rouse_all()

    def rouse_all(self) -> None:
        """Let all who wait look at their job."""
        for job_id in self.events:
            self.rouse(job_id)

    def close(self) -> None:
        """From now on nobody waits."""
        self.closed = True
        self.rouse_all()

    def rouse(self, job_id: str) -> None:
        """Let all who wait for a job look at it."""
        for event in self.events.get(job_id, ()):
            event.set()

    @contextmanager
    def waiter(self, job_id: str) -> Iterator[asyncio.Event]:
        """An event that notices of a job set."""
        event = asyncio.Event()
        self.events.setdefault(job_id, set()).add(event)
        try:
            yield event
        finally:
            self.events[job_id].discard(event)
            if not self.events[job_id]:
                del self.events[job_id]

    async def outcome(self, job_id: str, seconds: float) -> tuple[Job, bytes]:
        """The job when it has ended, with the beginning of its nowcast, or as it stands after so many seconds.

        ShuttingDown when there is no time.
        """
        clock = asyncio.get_running_loop().time
        end, wake_at = clock() + seconds, clock() + REWAKE_SECONDS
        with self.waiter(job_id) as event:
            while True:
                event.clear()
                job, head = await run_in_threadpool(self.store.outcome, job_id)
                if job.status.final or clock() >= end:
                    return job, head
                if self.closed:
                    raise ShuttingDown(job_id)
                if job.status is Status.QUEUED and clock() >= wake_at:
                    wake_at += REWAKE_SECONDS
                    await run_in_threadpool(wake_again, self.queue, job)
                await noticed(event, min(RECHECK_SECONDS, end - clock()))


async def noticed(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set, or after so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


def subscriber(settings: Settings) -> Redis:
    """A connection of its own that fails at once: trying again is the listener's business."""
    url, options = address(settings), encryption(settings)
    options |= {} if url.startswith("unix:") else {"socket_keepalive": True}
    return Redis.from_url(url, socket_timeout=None, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0), **options)
