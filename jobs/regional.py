"""Ordering the nowcast that follows a region's newest frames, and the yardsticks it is measured against."""

import logging

from jobs.awaited import Awaited
from jobs.errors import QueueFull
from jobs.history import History
from jobs.job import Job, Priority
from jobs.latest import Latest
from jobs.ordering import order, prepared
from jobs.queue import Queue
from jobs.recent import Recent
from jobs.region import Region
from jobs.store import Store
from radar.card import Card
from radar.errors import NowcastError, UnknownMethod

YARDSTICKS = ("persistence", "extrapolation")
"""Methods that are run each time, so that there is always something to compare the skill of a nowcast with."""
PASSING = (UnknownMethod, QueueFull)
"""Reasons that are nobody's fault: a worker comes, a queue empties, and the same frames will do."""

log = logging.getLogger(__name__)


class Regional:
    """Orders at most one nowcast for each state of a region's history."""

    def __init__(self, store: Store, queue: Queue) -> None:
        self.store, self.queue = store, queue
        self.history, self.latest, self.awaited = History(store.redis), Latest(store.redis), Awaited(store.redis)

    def order(self, region: Region) -> Job | None:
        """The job of the newest frames; None when there is nothing new to order, or a reason not to, which is kept."""
        revision = self.history.extent(region.id).revision
        if not revision or revision == self.latest.ordered_revision(region.id):
            return None
        try:
            job = self._order(region, revision)
        except NowcastError as error:
            self.latest.complain(region, str(error), passes=isinstance(error, PASSING))
            return None
        self.latest.ordered(region, job, revision)
        return job

    def retry(self, region: Region) -> Job | None:
        """Order again what could not be ordered for a reason that passes; asked every second, it does so rarely."""
        return self.order(region) if self.latest.again(region.id) else None

    def _order(self, region: Region, revision: int) -> Job:
        card = self._card(region.method or self.store.settings.method)
        beside = [other for name, other in self.store.cards().items() if name in YARDSTICKS and name != card.method]
        recent = self.history.last(region, max(one.max_frames for one in (card, *beside)))
        jobs = [self._queued(recent, card, region.horizon)]
        for other in beside:
            try:
                jobs.append(self._queued(recent, other, min(region.horizon, other.max_horizon)))
            except NowcastError as error:  # a nowcast is served all the same
                log.warning("region %s: no %s to compare its nowcast with: %s", region.id, other.method, error)
        self.awaited.expect(region, jobs, recent.times[-1], revision)
        return jobs[0]

    def _queued(self, recent: Recent, card: Card, horizon: int) -> Job:
        """The job of a method on the newest frames."""
        settings = self.store.settings
        if self.queue.backlog(card.method) >= settings.queue_limit:
            raise QueueFull(f"The queue of {card.method} is full.")
        frames = recent.newest(card.max_frames).usable()
        job, blob = prepared(frames, card, horizon, settings, Priority.SCHEDULED)
        return order(self.store, self.queue, job, blob, None)

    def _card(self, method: str) -> Card:
        cards = self.store.cards()
        if method not in cards:
            raise UnknownMethod(f"No worker has loaded {method}.")
        return cards[method]
