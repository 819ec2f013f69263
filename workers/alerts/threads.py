"""Alerts beside other work: threads of a process that watch and deliver until it ends. All they know is in Redis."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from redis import RedisError

from jobs.connection import connect
from jobs.settings import Settings
from workers.alerts.delivering import Delivering
from workers.alerts.watching import Watching

SECONDS = 1.0
DELIVERERS = 4
"""So that one receiver that does not answer holds up no other, nor the watch."""

log = logging.getLogger(__name__)


def start(settings: Settings) -> Event:
    """One that watches, several that deliver, until the event that is given back is set."""
    redis, stop = connect(settings), Event()
    for work in (Watching(redis).run, *(Delivering(redis, settings).run for _ in range(DELIVERERS))):
        Thread(target=repeat, args=(work, stop), daemon=True).start()
    return stop


def repeat(work: Callable[[], None], stop: Event) -> None:
    """Again and again; a server that is away is tried again, and no mistake of ours ends the others' work."""
    while not stop.wait(SECONDS):
        try:
            work()
        except RedisError as error:
            log.warning("alerts wait for the store: %s", error)
        except Exception:
            log.exception("alerts go on after an error of ours")
