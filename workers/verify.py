"""Turns what was said and what came into counts: each pair once, whoever dies in between, late ones too."""

import logging
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

from redis import Redis

from jobs import keys
from jobs.archive import Archive
from jobs.awaited import Awaited, Ordered
from jobs.errors import DamagedBlob, RegionBusy, UnknownJob
from jobs.history import History
from jobs.job import Job, Status
from jobs.protocol import Protocol
from jobs.region import Region
from jobs.regions import Regions
from jobs.skill import Series, Skill
from jobs.store import Store
from radar.errors import BadInput, NowcastError
from radar.formats.netcdf_lead import Foretold, read_lead
from radar.frames import Rain, stamp
from radar.grid import Grid
from radar.neighbourhood import side_km
from radar.tally import Tally, placed, tally
from workers import metrics
from workers.exclusive import exclusive

log = logging.getLogger(__name__)

Maker = tuple[str, str]
"""Method and version."""


class Verifier:
    """Goes through what is awaited. What it does for a time depends on the archive and the frame alone."""

    def __init__(self, store: Store, archive: Archive) -> None:
        self.store, self.archive = store, archive
        self.redis: Redis = store.redis
        self.regions, self.history = Regions(self.redis), History(self.redis)
        self.awaited, self.skill = Awaited(self.redis), Skill(self.redis)

    def run(self) -> None:
        """Every region that has anything to be verified; one that makes trouble does not hold up the others."""
        regions = {region.id: region for region in self.regions.all()}
        for region_id in self.awaited.any(list(regions)):
            try:
                self.attend(regions[region_id])
            except RegionBusy as error:
                log.debug("%s", error)
            except (NowcastError, OSError) as error:
                log.error("region %s: %s", region_id, error)

    def attend(self, region: Region) -> None:
        """All there is to do for a region now; RegionBusy when another is at it."""
        busy = f"Somebody else is verifying region {region.id}."
        with exclusive(self.redis, keys.verifying(region.id), self.store.settings.lease_seconds, busy):
            self.collect(region)
            changed = self.awaited.times(region.id)
            for time, changes in changed.items():
                self.verify(region, time)
                self.awaited.done(region.id, time, changes)
            if changed:
                self.tidy(region)

    def collect(self, region: Region) -> None:
        """Put every nowcast that is done into the archive, and note the times it speaks of as to be verified.

        Of two that were asked of one method at one time the last one ordered stands, whichever is done first.
        """
        waiting = self.awaited.ordered(region.id)
        while waiting:
            one = waiting.pop()
            job = self.ended(region, one)
            if job is not None and job.status is Status.DONE and self.keep(region, job):
                older = [other for other in waiting if one.replaces(other)]
                self.awaited.settle(region, [one, *older], self.reached(region, job, one))
                waiting = [other for other in waiting if other not in older]
            elif job is None or job.status.final:
                self.awaited.settle(region, [one], [])

    def ended(self, region: Region, one: Ordered) -> Job | None:
        """The job as it stands; None, counted as lost, when nobody knows it any more."""
        try:
            return self.store.job(one.job_id)
        except (UnknownJob, DamagedBlob) as error:
            self.lose(region, error)
            return None

    def keep(self, region: Region, job: Job) -> bool:
        """Put the nowcast of a job into the archive; False, counted as lost, when it is gone."""
        try:
            self.archive.put(region.id, self.store.nowcast(job))
        except (UnknownJob, DamagedBlob) as error:
            self.lose(region, error)
            return False
        return True

    def lose(self, region: Region, error: NowcastError) -> None:
        """A nowcast that can no longer be verified is said and counted."""
        log.error("region %s: a nowcast is not verified: %s", region.id, error)
        metrics.UNVERIFIED.labels(region.id).inc()

    def reached(self, region: Region, job: Job, one: Ordered) -> list[datetime]:
        """The times a nowcast speaks of whose frames may be there; the frames that come later note themselves."""
        newest = self.history.extent(region.id).newest or one.reference_time
        return region.steps(one.reference_time, min(newest, one.reference_time + job.horizon * region.cadence))[1:]

    def verify(self, region: Region, time: datetime) -> None:
        """Count what was said of a time, once there is a frame of it."""
        grid, observed = self.history.grid(region.id), self.observed(region, time)
        if grid is None or observed is None:
            return  # it is noted again when its frame comes
        self.archive.put_frame(region.id, time, observed, grid)
        protocol = Protocol.of(region, grid)
        for (method, version), counted in tallies(self.archive, protocol, time, observed).items():
            if not self.skill.write(protocol, Series(protocol.id, method, version), time, counted):
                log.warning("region %s: the frame of %s came after its counts were closed", region.id, stamp(time))

    def observed(self, region: Region, time: datetime) -> Rain | None:
        """The frame of a time; None where there is none, or one that cannot be read."""
        try:
            return self.history.read(region.id, [time]).get(time)
        except DamagedBlob as error:
            log.error("region %s: %s", region.id, error)
            return None

    def tidy(self, region: Region) -> None:
        """Make final what cannot change any more, and let go of what is too old."""
        newest = self.history.extent(region.id).newest
        if newest is None:
            return
        self.skill.close(region.id, newest - region.retention)
        needed = region.retention + region.horizon * region.cadence
        kept = max(timedelta(days=self.store.settings.archive_days), needed)
        self.archive.prune(region.id, (newest - kept).date())


def tallies(archive: Archive, protocol: Protocol, time: datetime, observed: Rain) -> dict[Maker, Tally]:
    """What each method's nowcasts in the archive were worth at a time, given the frame (Y, X) that came in mm/h."""
    pixel_km = side_km(protocol.grid)
    found: dict[Maker, dict[int, Tally]] = defaultdict(dict)
    for lead in range(1, protocol.leads + 1):
        paths = archive.nowcasts(protocol.region, time - lead * protocol.cadence)
        for maker, said in foretold(paths, protocol.grid, time, lead).items():
            found[maker][lead] = tally(said.rain, said.chances, observed, protocol.thresholds, pixel_km)
    return {maker: placed(single, *protocol.shape) for maker, single in sorted(found.items())}


def foretold(paths: list[Path], grid: Grid, time: datetime, lead: int) -> dict[Maker, Foretold]:
    """What the nowcasts of one reference time say of another, by what made them.

    One that fell back counts for the method it fell back to, unless that was asked itself.
    """
    found: dict[Maker, Foretold] = {}
    for path in paths:
        try:
            said = read_lead(path, grid, time)
        except BadInput as error:
            log.error("%s", error)
            continue
        if said is None or said.lead != lead:
            continue
        if said.asked_for == said.method or (said.method, said.version) not in found:
            found[said.method, said.version] = said
    return found
