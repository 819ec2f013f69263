"""Keeps taken entries from being given to another worker while this one is at them."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Thread

from redis import RedisError

from jobs.queue import Entry, Queue

log = logging.getLogger(__name__)


class Leases:
    """What a worker holds, its leases renewed three times as often as they run out.

    One thread does so for batch after batch, as starting it takes as long as some of them; it ends when none comes.
    """

    def __init__(self, queue: Queue, consumer: str) -> None:
        self.queue, self.consumer = queue, consumer
        self._held: list[Entry] = []
        self._renewing, self._lock = False, Lock()

    @contextmanager
    def held(self, entries: list[Entry]) -> Iterator[None]:
        """Nobody else is given these in the block."""
        with self._lock:
            self._held += entries
            if not self._renewing:
                self._renewing = True
                Thread(target=self._renew, name="leases", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._held = [entry for entry in self._held if entry not in entries]

    def _renew(self) -> None:
        """Renew what is held; if the server stays away for longer than a lease, another worker takes over."""
        while held := self._next():
            try:
                self.queue.keep(held, self.consumer)
            except RedisError as error:
                log.warning("could not renew a lease: %s", error)

    def _next(self) -> list[Entry]:
        """What is held when it is time; nothing, and then nobody renews any more."""
        time.sleep(self.queue.settings.lease_seconds / 3)
        with self._lock:
            self._renewing = bool(self._held)
            return list(self._held)
