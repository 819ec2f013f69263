"""The Celery worker that keeps time: `celery -A workers.scheduler worker --beat -P solo -Q sweep`. Loads no torch."""

from functools import cache

from jobs.celery_app import SWEEP, app, wake
from jobs.connection import connect
from jobs.queue import Queue
from jobs.settings import settings


@cache
def queue_of_this_process() -> Queue:
    """The one queue of the scheduler."""
    return Queue(connect(settings()), settings())


@app.task(name=SWEEP)
def sweep() -> None:
    """Wake the workers for every method with jobs: those of a lost wake-up, or of a worker that died."""
    queue = queue_of_this_process()
    for method in queue.busy():
        if queue.claim_wake(method):
            wake(method)
