"""Celery, wrapped once: who may be woken, by what, and how messages look. No result backend, JSON only."""

from celery import Celery

from jobs.connection import TIMEOUT_SECONDS
from jobs.settings import Settings, settings

DRAIN, SWEEP = "drain", "sweep"
"""Task names; each has a queue of its own, so that a sweep never waits behind a batch."""
SWEEP_SECONDS = 2.0


def broker(redis_url: str) -> str:
    """The server as Celery names it: a unix socket has another scheme there."""
    return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)


def create(configured: Settings) -> Celery:
    """A Celery app on the configured server."""
    app = Celery("nowcast", broker=broker(configured.redis_url))
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        result_accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_routes={DRAIN: {"queue": DRAIN}, SWEEP: {"queue": SWEEP}},
        # a deadline says when a job may no longer begin; the largest grids then take minutes on a CPU
        task_time_limit=4 * configured.deadline_seconds,
        # a pool child loads and warms up every method before it says it is there
        worker_proc_alive_timeout=120.0,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_soft_shutdown_timeout=5.0,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": 5 * configured.deadline_seconds,
            "socket_keepalive": True,
            "socket_timeout": TIMEOUT_SECONDS,
            "socket_connect_timeout": 2,
            "health_check_interval": 25,
        },
        beat_schedule={SWEEP: {"task": SWEEP, "schedule": SWEEP_SECONDS, "options": {"expires": 2 * SWEEP_SECONDS}}},
    )
    return app


app = create(settings())


def wake(method: str) -> None:
    """Send the one message that makes a worker drain a method's queue."""
    app.send_task(DRAIN, args=[method], ignore_result=True)
