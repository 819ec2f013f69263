"""Celery, wrapped once: who may be woken, by what, and how messages look. No result backend, JSON only."""

from typing import Any

from celery import Celery
from celery.signals import celeryd_init, setup_logging, worker_process_shutdown

from jobs import acknowledging, logs, tracing
from jobs.connection import TIMEOUT_SECONDS, address, encryption
from jobs.region import Region
from jobs.settings import Settings, settings

DRAIN, SWEEP, TICK, PULL, VERIFY = "drain", "sweep", "tick", "pull", "verify"
"""Task names; what computes, fetches, verifies and keeps time have queues of their own: none waits behind another."""
SWEEP_SECONDS, TICK_SECONDS, VERIFY_SECONDS = 2.0, 1.0, 2.0
PULL_SECONDS = 600
"""The longest that one visit to a source may take; sources have tighter limits of their own."""
EXTRA_SECONDS = 5.0


def broker(redis_url: str) -> str:
    """The server as Celery names it: a unix socket has another scheme there."""
    return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)


def create(configured: Settings) -> Celery:
    """A Celery app on the configured server."""
    app = Celery("nowcast", broker=broker(address(configured)))
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        result_accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_routes={
            task: {"queue": queue}
            for task, queue in ((DRAIN, DRAIN), (SWEEP, SWEEP), (TICK, SWEEP), (PULL, PULL), (VERIFY, VERIFY))
        },
        # a deadline says when a job may no longer begin; the largest grids then take minutes on a CPU
        task_time_limit=4 * configured.deadline_seconds,
        # a pool child loads and warms up every method before it says it is there
        worker_proc_alive_timeout=120.0,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_soft_shutdown_timeout=5.0,
        broker_connection_retry_on_startup=True,
        broker_use_ssl=encryption(configured) or None,
        broker_transport_options={
            "visibility_timeout": 5 * configured.deadline_seconds,
            "socket_keepalive": True,
            "socket_timeout": TIMEOUT_SECONDS,
            "socket_connect_timeout": 2,
            "health_check_interval": 25,
        },
        beat_schedule=dict(map(beat, (SWEEP, TICK, VERIFY), (SWEEP_SECONDS, TICK_SECONDS, VERIFY_SECONDS))),
    )
    return app


def beat(task: str, seconds: float) -> tuple[str, dict[str, Any]]:
    """A line of the beat: a task every so many seconds, of no use once the next is there."""
    return task, {"task": task, "schedule": seconds, "options": {"expires": 2 * seconds}}


acknowledging.forgive()
app = create(settings())


@celeryd_init.connect
@setup_logging.connect
def log_as_set(**_: Any) -> None:
    """Workers write their log as all of our processes do, from before Celery's first word, and not as it would."""
    logs.start(settings())


@worker_process_shutdown.connect
def end_traces(**_: Any) -> None:
    """A pool child sends what is left of its traces."""
    tracing.stop()


def wake(method: str) -> None:
    """Send the one message that makes a worker drain a method's queue."""
    app.send_task(DRAIN, args=[method], ignore_result=True)


def pull(region: Region) -> None:
    """Send the message that has a region pulled; it is of no use once the next is due."""
    waits = (region.pull_seconds or region.cadence.total_seconds()) + EXTRA_SECONDS
    app.send_task(PULL, args=[region.id], ignore_result=True, expires=waits)
