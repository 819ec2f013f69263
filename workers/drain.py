"""The life of jobs in a worker: taken from the queue, grouped, answered, stored, acknowledged."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from time import monotonic

from jobs import tracing
from jobs.about import about
from jobs.errors import DamagedBlob, UnknownJob
from jobs.fallback import CHAIN, Reason
from jobs.job import Job, Status
from jobs.queue import Entry, Queue, acknowledge
from jobs.store import Store
from radar.frames import Frames
from radar.nowcast import Nowcast
from workers import metrics
from workers.answering import NoNowcast, answer, fall_back, in_place
from workers.aside import Aside, attempt
from workers.leases import Leases
from workers.lingering import Lingering
from workers.methods import Methods
from workers.pace import Pace
from workers.phases import at_hand, phase
from workers.resident import renew
from workers.wanted import at_thresholds

BURST_SECONDS = 1.0
"""After this long a drain makes room for other tasks, where there are any, and asks to be woken again."""
STAY_SECONDS = 3.0
"""After this long it does so anyway: what stops a worker does not wait for long."""
LARGE = 2**20
"""Bytes of rain from which on a nowcast is packed beside the next one: a smaller one is kept before a thread has it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """An entry with the job and frames it stands for; hurried: its method would end after its deadline."""

    entry: Entry
    job: Job
    frames: Frames
    hurried: bool = False


@dataclass(frozen=True)
class Drain:
    """Empties the queue of a method. Idempotent: an entry delivered twice is answered once.

    While a batch is computed, the nowcasts of the one before it are packed and stored.
    """

    store: Store
    queue: Queue
    methods: Methods
    consumer: str
    pace: Pace = field(default_factory=Pace)
    aside: Aside = field(default_factory=Aside)
    lingering: Lingering | None = None

    @cached_property
    def leases(self) -> Leases:
        """On what this worker has taken and not finished."""
        return Leases(self.queue, self.consumer)

    def drain(self, method: str) -> bool:
        """Run what waits, whatever is there as one batch; True when time was up before the queue was empty."""
        busy = self.queue.hush if self.lingering is None else self.lingering.busy
        busy(method)
        if method not in self.methods:  # another worker may have it; if none has, the gateway ends the job in time
            log.error("there are jobs for %s, which this worker has not loaded", method)
            return False
        until = monotonic() + min(STAY_SECONDS, self.store.settings.deadline_seconds)
        try:
            return self.burst(method, until) or self.stay(method, until)
        finally:
            self.aside.settle()

    def stay(self, method: str, until: float) -> bool:
        """Run what comes for a while; what came when nobody waited any more is found by the last look."""
        while self.lingering is not None and (entries := self.lingering.next(method)):
            self.batch(entries)
            if monotonic() > until or self.burst(method, until):
                return True
        return self.burst(method, until)

    def burst(self, method: str, until: float) -> bool:
        """Run batch after batch; True when time was up before none was left."""
        room, limit = monotonic() + BURST_SECONDS, self.methods[method].max_batch
        while entries := self.queue.take(method, self.consumer, limit):
            self.batch(entries)
            if monotonic() > until or (monotonic() > room and self.wanted_elsewhere()):
                return True
        return False

    def wanted_elsewhere(self) -> bool:
        """True where another task waits for this worker, or nobody knows."""
        return self.lingering is None or self.lingering.wanted()

    def batch(self, entries: list[Entry]) -> None:
        """Run entries; the lease on them ends when they are finished, which may be beside the next ones."""
        with ExitStack() as held:
            held.enter_context(self.leases.held(entries))
            self.run(entries)
            self.aside.afterwards(held.pop_all().close)

    def run(self, entries: list[Entry]) -> None:
        """Answer entries, those of one shape and horizon together."""
        once = {entry.job_id: entry for entry in entries}
        for entry in entries:
            if entry is not once[entry.job_id]:
                self.queue.finish(entry)
        taken = [found for entry in once.values() if (found := self.look(entry))]
        for method in {one.job.method for one in taken}:
            renew(self.methods[method])
        for group in self.grouped(taken):
            self.answer(group)

    def look(self, entry: Entry) -> Taken | None:
        """As open, in the name of the entry's job."""
        with about(**entry.ids):
            return self.open(entry)

    def open(self, entry: Entry) -> Taken | None:
        """The job and frames of an entry; None when there is nothing left to compute, and then it is finished."""
        if (started := self.started(entry)) is None:
            return None
        job, frames = started
        if entry.deliveries > 1:
            metrics.REDELIVERIES.labels(job.method).inc()
        if job.status.final:
            self.queue.finish(entry)
        elif entry.deliveries > self.queue.settings.max_deliveries:
            self.give_up(entry, job, f"It was tried {entry.deliveries - 1} times and never came to an end.")
        elif job.late:
            self.expire(entry, job)
        else:
            return self.fetch(entry, job, frames)
        return None

    def started(self, entry: Entry) -> tuple[Job, Callable[[], Frames]] | None:
        """The job of an entry and what unpacks its frames; None, and the entry buried, when there is no such job."""
        try:
            return self.store.start(entry.job_id)
        except (UnknownJob, DamagedBlob) as error:
            self.queue.bury(entry, str(error))
        return None

    def fetch(self, entry: Entry, job: Job, unpacked: Callable[[], Frames]) -> Taken | None:
        """The frames of a job that is to be computed now; None when they are gone."""
        try:
            with phase(job.method, "decode", entry.carried):
                frames = unpacked()
        except (UnknownJob, DamagedBlob) as error:
            self.give_up(entry, job, str(error))
            return None
        metrics.QUEUE_WAIT.labels(job.method).observe(max(0.0, (datetime.now(UTC) - job.created).total_seconds()))
        tracing.past("queue wait", entry.carried, job.created)
        return Taken(entry, job, frames)

    def expire(self, entry: Entry, job: Job) -> None:
        """Drop a job whose caller no longer waits."""
        self.store.end(job, Status.EXPIRED, "The job's deadline passed before a worker was free.")
        metrics.JOBS.labels(job.method, Status.EXPIRED).inc()
        self.queue.finish(entry)

    def give_up(self, entry: Entry, job: Job, reason: str) -> None:
        """Answer a job as failed and keep it as a dead letter."""
        with about(**entry.ids):
            log.error("job %s is given up: %s", job.id, reason)
        self.store.end(job, Status.FAILED, reason)
        metrics.JOBS.labels(job.method, Status.FAILED).inc()
        self.queue.bury(entry, reason)

    def grouped(self, taken: Iterable[Taken]) -> list[list[Taken]]:
        """Jobs that can run as one batch."""
        groups: dict[tuple[object, ...], list[Taken]] = defaultdict(list)
        for one in taken:
            shape = self.methods[one.job.method].shape(one.frames)
            groups[(one.job.method, one.job.horizon, shape)].append(one)
        return [part for group in groups.values() for part in self.in_time(group)]

    def in_time(self, group: list[Taken]) -> list[list[Taken]]:
        """A group, those apart whose deadline will have passed by the time that all of it is computed."""
        job, past = group[0].job, [one.frames for one in group]
        expected = None if job.method in CHAIN else self.pace.expected(job.method, past, job.horizon)
        if expected is None:
            return [group]
        end = datetime.now(UTC) + timedelta(seconds=expected)
        late = [replace(one, hurried=True) for one in group if one.job.deadline < end]
        if late:
            log.warning("%s would end after the deadline of %d jobs", job.method, len(late))
            self.pace.doubt(job.method, past, job.horizon)
        return [part for part in ([one for one in group if one.job.deadline >= end], late) if part]

    def answer(self, group: list[Taken]) -> None:
        """Compute a group, keep each nowcast, acknowledge each entry."""
        began = monotonic()
        try:
            with at_hand([one.entry for one in group]):
                nowcasts = self.compute(group)
        except NoNowcast as error:
            if len(group) > 1:
                for one in group:
                    self.answer([one])
            else:
                self.give_up(group[0].entry, group[0].job, str(error))
            return
        took = monotonic() - began
        self.aside.settle()  # never more than one batch beside the one that is computed: they are large
        for one, nowcast in zip(group, nowcasts, strict=True):
            do = self.aside.then if nowcast.frames.rain.nbytes >= LARGE else attempt
            do(partial(self.finish, one, nowcast, took))

    def compute(self, group: list[Taken]) -> list[Nowcast]:
        """The nowcasts of a group, timed."""
        job = group[0].job
        metrics.BATCH_SIZE.labels(job.method).observe(len(group))
        with phase(job.method, "forward"):
            made = self.hurry(group) if group[0].hurried else self.measure(group)
            return [
                at_thresholds(in_place(nowcast, one.job), one.job.thresholds)
                for one, nowcast in zip(group, made, strict=True)
            ]

    def measure(self, group: list[Taken]) -> list[Nowcast]:
        """The nowcasts of a group by its method, whose pace is kept when nothing went wrong."""
        job, past, began = group[0].job, [one.frames for one in group], monotonic()
        made = answer(self.methods, job.method, past, job.horizon)
        if all(nowcast.method == job.method for nowcast in made):
            self.pace.note(job.method, past, job.horizon, monotonic() - began)
        return made

    def hurry(self, group: list[Taken]) -> list[Nowcast]:
        """The nowcasts of jobs for which their method is too slow."""
        job = group[0].job
        return [fall_back(self.methods, job.method, one.frames, job.horizon, Reason.DEADLINE) for one in group]

    def finish(self, one: Taken, nowcast: Nowcast, took: float) -> None:
        """Keep the nowcast and acknowledge the entry, both or neither: a crash before is a second, equal answer."""
        with about(**one.entry.ids), phase(one.job.method, "encode", one.entry.carried):
            finished = self.store.finish(one.job, nowcast, took, also=partial(acknowledge, one.entry))
            log.info("a nowcast by %s is done, after %.3f s", nowcast.method, took)
        if finished:
            metrics.JOBS.labels(one.job.method, Status.DONE).inc()
            if nowcast.fallback_reason:
                metrics.FALLBACKS.labels(nowcast.asked_for, nowcast.fallback_reason).inc()
