"""The Celery worker that computes: `celery -A workers.drainer worker -Q drain -P prefork -c 1`.

Nothing here runs torch before the pool has forked: a child of a parent that has run it hangs for ever.
"""

import gc
import logging
import os
import signal
import socket
from functools import cache, partial
from threading import Event
from typing import Any

from celery.signals import celeryd_init, worker_process_init

from jobs import signs, tracing
from jobs.celery_app import DRAIN, app, wake
from jobs.connection import connect
from jobs.queue import Queue
from jobs.settings import settings
from jobs.store import Store
from radar.errors import NowcastError
from workers import heartbeat, memory
from workers.device import Device
from workers.drain import Drain
from workers.lingering import Lingering
from workers.methods import check, load
from workers.orphans import HOPELESS, die_with_parent
from workers.resident import OnDemand

log = logging.getLogger(__name__)

ALONE = Event()
"""Set while no other worker gives signs of life."""


@cache
def drain_of_this_process() -> Drain:
    """The one drain of a pool child, its methods loaded and warm."""
    configured = settings()
    redis = connect(configured)
    methods = load(configured)
    unsound = [name for name, method in methods.items() if isinstance(method, OnDemand) and method.sound is None]
    for name in unsound:
        del methods[name]
    consumer, queue = f"{socket.gethostname()}-{os.getpid()}", Queue(redis, configured)
    lingering = Lingering(
        queue, consumer, wanted=lambda: memory.SHORT.is_set() or bool(redis.llen(DRAIN)), alone=ALONE.is_set
    )
    return Drain(Store(redis, configured), queue, methods, consumer, lingering=lingering)


@celeryd_init.connect
def refuse(**_: Any) -> None:
    """Before the pool forks: settings no worker can start with end it with one sentence, for good."""
    try:
        check(settings())
    except NowcastError as error:
        log.error("%s", error)
        raise SystemExit(HOPELESS) from error


@worker_process_init.connect
def prepare(**_: Any) -> None:
    """In each pool child: load, warm up, and only then say that a worker is ready."""
    die_with_parent(signal.SIGKILL)
    memory.bound(settings().worker_bytes)
    tracing.start("worker")
    ready = drain_of_this_process()
    gc.freeze()  # what is here stays; to go through it again for garbage would hold up a nowcast for 0.2 s
    device = Device(settings().device, settings().threads)
    heartbeat.start(partial(breathe, device, ready))
    log.warning("worker %s is warm: %s", ready.consumer, ", ".join(ready.methods))


def breathe(device: Device, ready: Drain) -> None:
    """Give a sign of life, with the cards of what the next job is answered by, and note how the device does."""
    cards = [method.lying.card if isinstance(method, OnDemand) else method.card for method in ready.methods.values()]
    heartbeat.warm(ready.store, ready.consumer, cards)
    if signs.warm_workers(ready.store.redis) == [ready.consumer]:
        ALONE.set()
    else:
        ALONE.clear()
    device.note()


@app.task(name=DRAIN)
def drain(method: str) -> None:
    """Run the jobs of a method that wait."""
    if drain_of_this_process().drain(method):
        wake(method)
    memory.renew()
