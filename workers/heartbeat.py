"""A warm worker's sign of life: that it is there, and which methods it has loaded."""

import logging
from threading import Event, Thread

from redis import RedisError

from jobs.store import Store
from radar.card import Card

SECONDS = 3
LIFE_SECONDS = 10
CARDS_LIFE_SECONDS = 600
"""Cards outlive their worker for a while: jobs that come while it is started again wait instead of being refused."""

log = logging.getLogger(__name__)


def start(store: Store, worker: str, cards: list[Card]) -> Event:
    """Beat in a thread of its own until the event that is given back is set."""
    stop = Event()
    Thread(target=beat, args=(store, worker, cards, stop), daemon=True).start()
    return stop


def beat(store: Store, worker: str, cards: list[Card], stop: Event) -> None:
    """Say so now and every few seconds; a server that is away is tried again."""
    while True:
        try:
            store.publish_cards(cards, CARDS_LIFE_SECONDS)
            store.beat(worker, LIFE_SECONDS)
        except RedisError as error:
            log.warning("no sign of life could be given: %s", error)
        if stop.wait(SECONDS):
            return
