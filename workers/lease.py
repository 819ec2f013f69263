"""Keeps taken entries from being given to another worker while this one is at them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from redis import RedisError

from jobs.queue import Entry, Queue

log = logging.getLogger(__name__)


@contextmanager
def lease(queue: Queue, entries: list[Entry], consumer: str) -> Iterator[None]:
    """Renew the lease three times as often as it runs out, until the work is done."""
    done = Event()
    thread = Thread(target=renew, args=(queue, entries, consumer, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def renew(queue: Queue, entries: list[Entry], consumer: str, done: Event) -> None:
    """The renewing thread; a server that is away is tried again, and if it stays away another worker takes over."""
    while not done.wait(queue.settings.lease_seconds / 3):
        try:
            queue.keep(entries, consumer)
        except RedisError as error:
            log.warning("could not renew a lease: %s", error)
