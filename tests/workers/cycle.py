"""A region whose frames come and whose jobs are answered by hand, one step after the other."""

from datetime import datetime
from pathlib import Path
from typing import Any

from jobs.archive import Archive
from jobs.arrivals import arrive
from jobs.job import Job
from jobs.protocol import Protocol
from jobs.queue import Queue
from jobs.region import Region
from jobs.regional import Regional
from jobs.store import Store
from radar.baselines import BASELINES
from radar.frames import Frames
from radar.nowcast import Nowcast
from radar.scores import Counts
from tests.jobs.started import started
from tests.regions import frames, region
from workers.verify import Verifier

END = datetime.fromisoformat("2026-06-01T12:00:00Z")
BRIEF: dict[str, Any] = {"method": "extrapolation", "horizon": 3, "thresholds": (1, 10)}
HERE = region(**BRIEF)


class Cycle:
    """A region whose jobs are answered by hand."""

    def __init__(self, store: Store, queue: Queue, folder: Path, into: Region = HERE) -> None:
        self.store, self.region = store, into
        self.regional = Regional(store, queue)
        self.regional.store.publish_cards([BASELINES[name].card for name in ("extrapolation", "persistence")], 3600)
        self.verifier = Verifier(store, Archive(folder))
        self.verifier.regions.put(into)

    def frame(self, *steps: int, salt: int = 0) -> None:
        """Frames come, and a nowcast is ordered."""
        for step in steps:
            arrive(self.regional.history, self.region, frames(step, last=END, salt=salt))
            self.regional.order(self.region)

    def answer(self) -> None:
        """Every job that waits is done."""
        for one in self.verifier.awaited.ordered(self.region.id):
            job = self.store.job(one.job_id)
            if not job.status.final:
                self.store.finish(job, nowcast(started(self.store, job), job))

    def run(self, *steps: int) -> None:
        """Frames come, each is answered, and all is verified."""
        for step in steps:
            self.frame(step)
            self.answer()
            self.verifier.run()

    @property
    def protocol(self) -> Protocol:
        """How it is verified now."""
        return Protocol.of(self.region, frames(0, last=END).grid)

    @property
    def skill(self) -> dict[str, Counts]:
        """Counts by method."""
        skill = self.verifier.skill
        totals = {series.method: skill.total(self.region.id, series) for series in skill.series(self.region.id)}
        return {name: record.tally.counts for name, record in totals.items() if record}


def nowcast(past: Frames, job: Job) -> Nowcast:
    """What a worker would answer."""
    card = BASELINES[job.method].card
    said = BASELINES[job.method].outlook(past, job.horizon)
    return Nowcast(said.frames, card.method, card.version, job.method, past.times, chances=said.chances)
