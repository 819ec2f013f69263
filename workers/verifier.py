"""The Celery worker that verifies: `celery -A workers.verifier worker -Q verify -P prefork -c 1`. Loads no torch."""

import logging
import signal
from functools import cache, partial
from typing import Any

from celery.signals import worker_process_init

from jobs import tracing
from jobs.archive import Archive
from jobs.celery_app import VERIFY, app
from jobs.connection import connect
from jobs.settings import Settings, settings
from jobs.store import Store
from workers import heartbeat
from workers.orphans import die_with_parent
from workers.verify import Verifier

log = logging.getLogger(__name__)


def verifier(configured: Settings) -> Verifier:
    """A verifier of every region, on the configured server and folder."""
    return Verifier(Store(connect(configured), configured), Archive.of(configured))


@cache
def verifier_of_this_process() -> Verifier:
    """The one verifier of a pool child."""
    return verifier(settings())


@worker_process_init.connect
def prepare(**_: Any) -> None:
    """A pool child ends with its worker, and says that it is there."""
    die_with_parent(signal.SIGKILL)
    tracing.start("verifier")
    heartbeat.start(partial(heartbeat.alive, connect(settings()), "verifier"))


@app.task(name=VERIFY)
def verify() -> None:
    """Verify whatever is new in any region."""
    verifier_of_this_process().run()
