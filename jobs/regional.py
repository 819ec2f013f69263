"""Ordering the nowcast that follows a region's newest frames, and the yardsticks it is measured against."""

import logging
from functools import partial

from jobs.about import about
from jobs.awaited import Awaited
from jobs.cycle import Cycle, Part
from jobs.errors import QueueFull
from jobs.fallback import allowed, chain
from jobs.history import History
from jobs.job import Job, Priority
from jobs.latest import Latest
from jobs.ordering import check_chances, order, prepared
from jobs.queue import Queue
from jobs.recent import Recent
from jobs.region import Region
from jobs.skill import Skill
from jobs.store import Store
from radar.card import Card
from radar.errors import NowcastError, TooLarge, UnknownMethod
from radar.frames import Frames

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
            with about(region=region.id):
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
        settings = self.store.settings
        cycle = Cycle.of(region, settings.method, self.store.cards(), Skill(self.store.redis))
        recent = self.history.last(region, max(card.max_frames for card in cycle.loaded))
        jobs = [self._served(cycle, recent)]
        for part in cycle.beside(jobs[0].method):
            try:
                jobs.append(self._queued(region, recent, part, min(region.horizon, part.card.max_horizon)))
            except NowcastError as error:  # a nowcast is served all the same
                log.warning("region %s: no %s to compare its nowcast with: %s", region.id, part.card.method, error)
        self.awaited.expect(region, jobs, recent.times[-1], revision)
        return jobs[0]

    def _served(self, cycle: Cycle, recent: Recent) -> Job:
        """The job whose nowcast is served: of the first method whose card allows the newest frames."""
        part, horizon = cycle.served(recent), cycle.region.horizon
        cards = [card for card in chain(cycle.cards, cycle.method) if card.method != part.card.method]
        card, _, reason = allowed([part.card, *cards], partial(usable, recent), horizon)
        if card is cycle.method:
            part = Part(card)  # no canary's turn after all
        elif card is not part.card:
            part = Part(card, asked_for=cycle.method.method, reason=part.reason or reason)
        return self._queued(cycle.region, recent, part, horizon)

    def _queued(self, region: Region, recent: Recent, part: Part, horizon: int) -> Job:
        """The job of a method on the newest frames; what is only measured leaves half of the queue to the others."""
        settings, card = self.store.settings, part.card
        most = settings.queue_limit / (2 if part.priority is Priority.SHADOW else 1)
        if self.queue.backlog(card.method) >= most:
            raise QueueFull(f"The queue of {card.method} is full.")
        frames, said = usable(recent, card), (part.asked_for, part.reason)
        thresholds = chances_of(region, frames, horizon)
        job, blob = prepared(frames, card, horizon, settings, part.priority, thresholds=thresholds, instead=said)
        return order(self.store, self.queue, job, blob, None)


def usable(recent: Recent, card: Card) -> Frames:
    """The frames that a method's nowcast may stand on."""
    return recent.newest(card.max_frames).usable()


def chances_of(region: Region, frames: Frames, horizon: int) -> tuple[float, ...] | None:
    """The thresholds whose chances a region's nowcasts have; None, for those of the method, where they are too many."""
    try:
        check_chances(frames, horizon, region.thresholds)
    except TooLarge:
        return None
    return region.thresholds or None
