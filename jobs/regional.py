"""Ordering the nowcast that follows a region's newest frames."""

from jobs.errors import QueueFull
from jobs.history import History
from jobs.job import Job, Priority
from jobs.latest import Latest
from jobs.ordering import order, prepared
from jobs.queue import Queue
from jobs.region import Region
from jobs.store import Store
from radar.card import Card
from radar.errors import NowcastError, UnknownMethod

PASSING = (UnknownMethod, QueueFull)
"""Reasons that are nobody's fault: a worker comes, a queue empties, and the same frames will do."""


class Regional:
    """Orders at most one nowcast for each state of a region's history."""

    def __init__(self, store: Store, queue: Queue) -> None:
        self.store, self.queue = store, queue
        self.history, self.latest = History(store.redis), Latest(store.redis)

    def order(self, region: Region) -> Job | None:
        """The job of the newest frames; None when there is nothing new to order, or a reason not to, which is kept."""
        revision = self.history.extent(region.id).revision
        if not revision or revision == self.latest.ordered_revision(region.id):
            return None
        try:
            job = self._order(region)
        except NowcastError as error:
            self.latest.complain(region, str(error), passes=isinstance(error, PASSING))
            return None
        self.latest.ordered(region, job, revision)
        return job

    def retry(self, region: Region) -> Job | None:
        """Order again what could not be ordered for a reason that passes; asked every second, it does so rarely."""
        return self.order(region) if self.latest.again(region.id) else None

    def _order(self, region: Region) -> Job:
        settings = self.store.settings
        card = self._card(region.method or settings.method)
        if self.queue.backlog(card.method) >= settings.queue_limit:
            raise QueueFull(f"The queue of {card.method} is full.")
        frames = self.history.last(region, card.max_frames).usable()
        job, blob = prepared(frames, card, region.horizon, settings, Priority.SCHEDULED)
        return order(self.store, self.queue, job, blob, None)

    def _card(self, method: str) -> Card:
        cards = self.store.cards()
        if method not in cards:
            raise UnknownMethod(f"No worker has loaded {method}.")
        return cards[method]
