"""The Celery worker that keeps time: `celery -A workers.scheduler worker --beat -P solo -Q sweep`. Loads no torch."""

import signal
from functools import cache
from typing import Any

from celery.signals import beat_embedded_init

from jobs.celery_app import SWEEP, app, wake
from jobs.connection import connect
from jobs.queue import Queue
from jobs.settings import settings
from workers.orphans import die_with_parent


@cache
def queue_of_this_process() -> Queue:
    """The one queue of the scheduler."""
    return Queue(connect(settings()), settings())


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
