"""Waking the workers. A wake-up that fails loses no job: the workers' sweep finds it."""

import logging

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from jobs import celery_app
from jobs.job import Job
from jobs.queue import Queue

log = logging.getLogger(__name__)


def wake(method: str) -> None:
    """Send a wake-up; takes milliseconds, so call it in a thread."""
    try:
        celery_app.wake(method)
    except (OperationalError, RedisError, OSError):
        log.warning("could not wake the workers of %s; the sweep will", method, exc_info=True)


def wake_again(queue: Queue, job: Job) -> None:
    """Send a wake-up for a job that queues for long; one that has got lost on its way in is put in again."""
    lost = queue.backlog(job.method) == 0
    if queue.submit(job) if lost else queue.claim_wake(job.method):
        wake(job.method)
