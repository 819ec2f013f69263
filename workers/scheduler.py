"""The Celery worker that keeps time: `celery -A workers.scheduler worker --beat -P solo -Q sweep`. Loads no torch."""

import logging
import os
import signal
from functools import cache
from threading import Event
from typing import Any

from celery.signals import beat_embedded_init, celeryd_init, worker_ready, worker_shutting_down
from redis import Redis

from jobs import region_file
from jobs.celery_app import DRAIN, PULL, SWEEP, TICK, VERIFY, app, pull, wake
from jobs.connection import connect
from jobs.queue import Queue
from jobs.regional import Regional
from jobs.settings import settings
from jobs.store import Store
from radar.errors import NowcastError
from workers import beat, heartbeat
from workers.orphans import HOPELESS, die_with_parent
from workers.ticking import Ticking

MOST_MESSAGES = 10_000
"""What waits in a queue that nobody reads: each message says no more than those after it."""

log = logging.getLogger(__name__)
stopping = Event()
worker = os.getpid()
"""The process that forks the clock."""
app.conf.beat_scheduler = "workers.beat:Steady"


@cache
def queue_of_this_process() -> Queue:
    """The one queue of the scheduler."""
    return Queue(connect(settings()), settings())


@cache
def ticking_of_this_process() -> Ticking:
    """The one clock of the scheduler."""
    queue = queue_of_this_process()
    return Ticking(Regional(Store(queue.redis, settings()), queue), settings().regions, pull)


@celeryd_init.connect
def refuse(**_: Any) -> None:
    """A file of regions that is wrong ends the scheduler with its faults, for good."""
    try:
        if file := settings().regions:
            region_file.read(file)
    except NowcastError as error:
        log.error("%s", error)
        raise SystemExit(HOPELESS) from error


@beat_embedded_init.connect
def tie(**_: Any) -> None:
    """The clock is a process of its own; without this worker it must not tick on."""
    die_with_parent(signal.SIGKILL)
    if os.getppid() != worker:  # it died before the kernel was asked
        os._exit(1)


@worker_ready.connect
def watch(**_: Any) -> None:
    """A worker whose clock has died ends too."""
    beat.watch(stopping)


@worker_shutting_down.connect
def stop(**_: Any) -> None:
    """From now on the clock may end."""
    stopping.set()


@app.task(name=SWEEP)
def sweep() -> None:
    """Wake the workers for every method with jobs: those of a lost wake-up, or of a worker that died."""
    queue = queue_of_this_process()
    for method in queue.busy():
        if queue.claim_wake(method):
            wake(method)


@app.task(name=TICK)
def tick() -> None:
    """Have every region pulled that is due, and put nowcasts in place that are done; then say that the clock goes."""
    ticking_of_this_process().tick()
    redis = queue_of_this_process().redis
    trim(redis)
    heartbeat.alive(redis, "scheduler")


def trim(redis: Redis) -> None:
    """Drop the oldest messages of queues that nobody reads."""
    for queue in (DRAIN, SWEEP, PULL, VERIFY):
        redis.ltrim(queue, 0, MOST_MESSAGES - 1)
