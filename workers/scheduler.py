"""The Celery worker that keeps time: `celery -A workers.scheduler worker --beat -P solo -Q sweep`. Loads no torch."""

import logging
import signal
from functools import cache
from typing import Any

from celery.signals import beat_embedded_init, celeryd_init

from jobs import region_file
from jobs.celery_app import SWEEP, TICK, app, pull, wake
from jobs.connection import connect
from jobs.queue import Queue
from jobs.regional import Regional
from jobs.settings import settings
from jobs.store import Store
from radar.errors import NowcastError
from workers import heartbeat
from workers.orphans import HOPELESS, die_with_parent
from workers.ticking import Ticking

log = logging.getLogger(__name__)


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
    heartbeat.alive(queue_of_this_process().redis, "scheduler")
