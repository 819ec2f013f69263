"""Turns what was said and what came into counts: each pair once, whoever dies in between, late ones too."""

import logging
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from redis import Redis, ResponseError

from jobs import keys, tracing
from jobs.about import about
from jobs.archive import Archive
from jobs.awaited import Awaited, Ordered
from jobs.calibration import Calibrated, Calibrations
from jobs.closing import close
from jobs.errors import DamagedBlob, NotArchived, RegionBusy, UnknownJob
from jobs.history import History
from jobs.job import Job, Priority, Status
from jobs.protocol import Protocol
from jobs.region import Region
from jobs.regions import Regions
from jobs.replays import Replays
from jobs.skill import Series, Skill
from jobs.store import Store
from radar.errors import BadInput, NowcastError
from radar.formats.netcdf_lead import Foretold, read_lead
from radar.frames import Rain, stamp
from radar.grid import Grid
from radar.neighbourhood import side_km
from radar.tally import Tally, over_leads, tally, worth
from workers import metrics
from workers.exclusive import exclusive
from workers.recalibrate import Recalibration

log = logging.getLogger(__name__)

Maker = tuple[str, str]
"""Method and version."""


class Verifier:
    """Goes through what is awaited. What it does for a time depends on the archive and the frame alone."""

    def __init__(self, store: Store, archive: Archive) -> None:
        self.store, self.archive = store, archive
        self.redis: Redis = store.redis
        self.regions, self.replays, self.history = Regions(self.redis), Replays(self.redis), History(self.redis)
        self.awaited, self.skill = Awaited(self.redis), Skill(self.redis)
        self.recalibration = Recalibration(self.redis)

    def run(self) -> None:
        """Every region that has anything to be verified; one that makes trouble does not hold up the others."""
        regions = {region.id: region for region in [*self.regions.all(), *self.regions.replayed()]}
        for region_id in self.awaited.any(list(regions)):
            with about(region=region_id), tracing.span("verify", tracing.NOTHING):
                self.try_at(regions[region_id])
        self.clear()
        self.clear_archive()

    def try_at(self, region: Region) -> None:
        """Attend to a region; what is wrong with it is said in the log."""
        try:
            self.attend(region)
        except RegionBusy as error:
            log.debug("%s", error)
        except (NowcastError, OSError, ResponseError) as error:
            log.error("region %s: %s", region.id, error)

    def clear(self) -> None:
        """Let go of what came of replays that are gone, once nobody is at them any more."""
        for region_id in self.replays.forgotten():
            lease, busy = self.store.settings.lease_seconds, f"Somebody is at the replay {region_id}."
            try:
                with (
                    exclusive(self.redis, keys.verifying(region_id), lease, busy),
                    exclusive(self.redis, keys.pulling(region_id), lease, busy),
                ):
                    self.archive.drop(region_id)
                    self.replays.clear(region_id)
            except NowcastError as error:
                log.info("%s", error)

    def attend(self, region: Region) -> None:
        """All there is to do for a region now; RegionBusy when another is at it."""
        busy = f"Somebody else is verifying region {region.id}."
        with exclusive(self.redis, keys.verifying(region.id), self.store.settings.lease_seconds, busy):
            self.collect(region)
            changed = self.awaited.times(region.id)
            for time, changes in changed.items():
                with metrics.VERIFY_DURATION.time():
                    self.verify(region, time)
                self.awaited.done(region.id, time, changes)
            if changed:
                self.tidy(region)

    def clear_archive(self) -> None:
        """Let go of what regions left behind that were deleted so long ago as the archive keeps anything."""
        for region_id in self.regions.gone(datetime.now(UTC) - timedelta(days=self.store.settings.archive_days)):
            try:
                self.archive.drop(region_id)
            except (NowcastError, OSError) as error:
                log.error("region %s: its archive is still there: %s", region_id, error)
            else:
                self.regions.cleared(region_id)

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
            self.archive.put(region.id, self.store.nowcast(job), shadow=job.priority is Priority.SHADOW)
        except (UnknownJob, DamagedBlob) as error:
            self.lose(region, error)
            return False
        return True

    def lose(self, region: Region, error: NowcastError) -> None:
        """A nowcast that can no longer be verified is said and counted."""
        log.error("region %s: a nowcast is not verified: %s", region.id, error)
        if not self.replays.kept(region.id):
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
        found = judged(self.archive, self.recalibration.calibrations, protocol, time, observed)
        exported = not self.replays.kept(region.id)  # regions of replays come and go, and are in no metric
        for maker, (said, raw) in found.items():
            if not self.skill.write(protocol, Series(protocol.id, *maker), time, said, exported=exported):
                log.warning("region %s: the frame of %s came after its counts were closed", region.id, stamp(time))
            if region.recalibrate:
                self.recalibration.write(protocol, maker, time, raw)

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
        close(self.skill, region.id, newest - region.retention)
        if grid := self.history.grid(region.id):
            self.recalibration.attend(region, Protocol.of(region, grid), newest)
        needed = region.retention + region.horizon * region.cadence
        kept = max(timedelta(days=self.store.settings.archive_days), needed)
        self.archive.prune(region.id, (newest - kept).date())


def judged(
    archive: Archive, calibrations: Calibrations, protocol: Protocol, time: datetime, observed: Rain
) -> dict[Maker, tuple[Tally, Tally]]:
    """What each method's nowcasts in the archive were worth at a time, given the frame (Y, X) that came in mm/h.

    As they were said, and with the chances the method gave, which the archive holds.
    """
    pixel_km, thresholds = side_km(protocol.grid), protocol.thresholds
    held = cache(lambda maker: calibrations.held(Calibrated.of(protocol.region, protocol.grid, *maker)))
    said: dict[Maker, dict[int, Tally]] = defaultdict(dict)
    raw: dict[Maker, dict[int, Tally]] = defaultdict(dict)
    for lead in range(1, protocol.leads + 1):
        names = archive.nowcasts(protocol.region, time - lead * protocol.cadence)
        for maker, one in foretold(archive, names, protocol.grid, time, lead).items():
            raw[maker][lead] = tally(one.rain, one.chances, observed, thresholds, pixel_km)
            known = held(maker).at(time - lead * protocol.cadence)
            said[maker][lead] = raw[maker][lead]
            if known is not None:
                chances = known.by_threshold(one.chances, protocol.minutes(lead))
                reliability = worth(one.rain, chances, observed, thresholds)
                said[maker][lead] = replace(raw[maker][lead], reliability=reliability)
    shape = protocol.shape
    return {maker: (over_leads(said[maker], *shape), over_leads(raw[maker], *shape)) for maker in sorted(said)}


def foretold(archive: Archive, names: list[str], grid: Grid, time: datetime, lead: int) -> dict[Maker, Foretold]:
    """What the nowcasts of one reference time say of another, by what made them.

    One that fell back counts for the method it fell back to, unless that was asked itself.
    """
    found: dict[Maker, Foretold] = {}
    for name in names:
        try:
            said = read_lead(archive.read(name), name, grid, time)
        except (BadInput, NotArchived) as error:
            log.error("%s", error)
            continue
        if said is None or said.lead != lead:
            continue
        known = found.get((said.method, said.version))
        if known is None or (said.asked_for == said.method != known.asked_for):
            found[said.method, said.version] = said
    return found
