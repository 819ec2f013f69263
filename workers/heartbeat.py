"""Signs of life: that a worker is warm, with the methods it has loaded, and that other roles are there."""

import logging
import socket
from collections.abc import Callable
from threading import Event, Thread

from redis import Redis, RedisError

from jobs import signs
from jobs.store import Store
from radar.card import Card

SECONDS = 3
LIFE_SECONDS = 10
OTHERS_LIFE_SECONDS = 30
"""A clock with thousands of regions takes its time for a tick."""
CARDS_LIFE_SECONDS = 600
"""Cards outlive their worker for a while: jobs that come while it is started again wait instead of being refused."""

log = logging.getLogger(__name__)


def warm(store: Store, worker: str, cards: list[Card]) -> None:
    """A worker has loaded these methods and can run them."""
    store.publish_cards(cards, CARDS_LIFE_SECONDS)
    signs.warm(store.redis, worker, LIFE_SECONDS)


def alive(redis: Redis, role: str) -> None:
    """A process of another role works on this machine."""
    signs.alive(redis, role, socket.gethostname(), OTHERS_LIFE_SECONDS)


def start(sign: Callable[[], None]) -> Event:
    """Give a sign from a thread of its own until the event that is given back is set."""
    stop = Event()
    Thread(target=beat, args=(sign, stop), daemon=True).start()
    return stop


def beat(sign: Callable[[], None], stop: Event) -> None:
    """Give it now and every few seconds; what goes wrong is tried again."""
    while True:
        try:
            sign()
        except RedisError as error:
            log.warning("no sign of life could be given: %s", error)
        except Exception:  # whatever it is: without this thread a process that works would be taken for dead
            log.exception("no sign of life could be given")
        if stop.wait(SECONDS):
            return
