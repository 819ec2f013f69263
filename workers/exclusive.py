"""A lock that lasts as long as its holder lives, and not much longer."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from redis import Redis, RedisError
from redis.exceptions import LockError
from redis.lock import Lock

from jobs.errors import RegionBusy

log = logging.getLogger(__name__)


@contextmanager
def exclusive(redis: Redis, name: str, seconds: float, busy: str) -> Iterator[None]:
    """Hold a lock, renewed three times as often as it runs out; RegionBusy with the sentence when another has it."""
    lock = Lock(redis, name, timeout=seconds, blocking=False, thread_local=False)
    if not lock.acquire():
        raise RegionBusy(busy)
    done = Event()
    thread = Thread(target=renew, args=(lock, seconds / 3, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        with suppress(LockError):  # it ran out while the server was away: somebody else may have it now
            lock.release()


def renew(lock: Lock, every: float, done: Event) -> None:
    """The renewing thread; a lock that is lost is not taken again."""
    while not done.wait(every):
        try:
            lock.reacquire()
        except (LockError, RedisError) as error:
            log.warning("could not renew the lock %s: %s", lock.name, error)
