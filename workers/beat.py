"""The clock's list of what is due: kept in memory alone, and not stopped by a wall clock that is set back."""

import logging
import os
from threading import Event, Thread
from typing import Any

from billiard.process import active_children
from celery.beat import ScheduleEntry, Scheduler

LOOK_SECONDS = 1.0
GONE = 1

log = logging.getLogger(__name__)


class Steady(Scheduler):
    """Celery's, which after a step back of an hour sends nothing for an hour, and whose file a full disk or a death
    may ruin: everything here is due within seconds, so there is nothing to remember."""

    def tick(self, *arguments: Any, **named: Any) -> Any:
        """One look at what is due; what was sent in the future, by the clock as it is now, was sent just now."""
        entries: list[ScheduleEntry] = list(self.schedule.values())
        ahead = [entry for entry in entries if entry.last_run_at and entry.last_run_at > entry.default_now()]
        if ahead:
            log.warning("the clock of this machine was set back")
            for entry in ahead:
                entry.last_run_at = entry.default_now()
            self._heap = None
        return super().tick(*arguments, **named)


def watch(stopping: Event) -> None:
    """End this process when the clock it has forked has died, so that both are started again."""
    Thread(target=end_with_clock, args=(stopping,), daemon=True).start()


def end_with_clock(stopping: Event) -> None:
    """Look every second, until the worker stops by itself."""
    while not stopping.wait(LOOK_SECONDS):
        if not active_children():
            log.error("the clock has died; it is started again with its worker")
            os._exit(GONE)
