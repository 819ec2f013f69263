"""A worker that has run all jobs stays for a moment: the next one finds it there, and needs no wake-up by Celery."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from jobs.queue import Entry, Queue

SECONDS = 1.0
"""For so long; shorter than a wake-up that nobody followed keeps others from being sent."""
LOOK_MILLISECONDS = 50
"""How long another task may have to wait for it to be noticed."""


@dataclass(frozen=True)
class Lingering:
    """Waits for jobs of a method, while nothing else is wanted of this worker."""

    queue: Queue
    consumer: str
    wanted: Callable[[], bool]
    seconds: float = SECONDS
    alone: Callable[[], bool] = lambda: False

    def busy(self, method: str) -> None:
        """This worker has something to do: where there are others, jobs from now on need a wake-up again."""
        if not self.alone():
            self.queue.hush(method)

    def next(self, method: str) -> list[Entry]:
        """What comes next; nothing when it took too long, and from then on jobs need a wake-up again."""
        until = monotonic() + self.seconds
        self.queue.attend(method)
        while monotonic() < until and not self.wanted():
            if found := self.queue.wait(method, self.consumer, LOOK_MILLISECONDS):
                self.busy(method)
                return found
        self.queue.hush(method)
        return []
