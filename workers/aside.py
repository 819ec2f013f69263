"""What is left to do of a batch, done beside the computing of the next one."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from redis import RedisError

log = logging.getLogger(__name__)


class Aside:
    """A thread that does one thing after the other; what fails there is logged, and of no concern to what follows."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="aside")
        self._last: Future[None] | None = None

    def then(self, work: Callable[[], object]) -> None:
        """Do this when all before it is done."""
        self._last = self._pool.submit(attempt, work)

    def afterwards(self, work: Callable[[], object]) -> None:
        """Likewise, of what takes no time: at once where nothing is before it."""
        if self._last is None or self._last.done():
            attempt(work)
        else:
            self.then(work)

    def settle(self) -> None:
        """Return when all is done."""
        if self._last is not None:
            self._last.result()


def attempt(work: Callable[[], object]) -> None:
    """Some work; an entry whose nowcast could not be kept comes back when its lease is over, and loses nothing."""
    try:
        work()
    except RedisError as error:
        log.warning("a batch could not be finished (%s); what is left of it comes again", error)
    except Exception:
        log.exception("a batch could not be finished; what is left of it comes again")
