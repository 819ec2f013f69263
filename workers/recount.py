"""Counts made again from the archive, to be held against those that were kept."""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime

from jobs.awaited import Awaited
from jobs.calibration import Calibrations
from jobs.errors import NoFrames
from jobs.protocol import Protocol
from jobs.record import Record
from jobs.region import Region
from jobs.skill import Series, Skill, midnight
from radar.formats import netcdf
from radar.frames import Rain, stamp
from radar.tally import Tally
from workers.verify import Verifier, judged

TRIES = 3
"""A running service may change a time while it is compared."""

Found = dict[Series, Record]


@dataclass
class Outcome:
    """What came of a recount: times and tallies that were equal, what was left out and why, the first difference."""

    times: int = 0
    tallies: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    difference: str | None = None


class Recount:
    """Goes through the archive of a region, day by day; `outcome` says how it went so far."""

    def __init__(self, verifier: Verifier, region: Region) -> None:
        redis, grid = verifier.redis, verifier.history.grid(region.id)
        if grid is None:
            raise NoFrames(f"Region {region.id} has no frames yet, so nothing was verified.")
        self.region_id, self.protocol, self.archive = region.id, Protocol.of(region, grid), verifier.archive
        self.skill, self.awaited, self.calibrations = Skill(redis), Awaited(redis), Calibrations(redis)
        self.series = self.skill.series(region.id, self.protocol.id)
        self.began = min(filter(None, map(self._first, self.series)), default=None)
        self.outcome = Outcome()

    def _first(self, series: Series) -> datetime | None:
        """The first time that was counted."""
        merged, times = self.skill.merged(self.region_id, series), self.skill.times(self.region_id, series)
        return min([*(record.first for record in merged.values()), *times], default=None)

    def days(self, since: datetime | None = None) -> list[date]:
        """The days that can be compared: of which the archive has all, and none that begins before `since`."""
        days = [day for day in self.archive.days(self.region_id) if self.began and day >= self.began.date()]
        if days and self.began and days[0] > self.began.date():
            self.outcome.left_out[f"{days[0]}: the archive no longer has the nowcasts of the day before"] += 1
            days = days[1:]
        return [day for day in days if since is None or midnight(day) >= since]

    def compare(self, day: date) -> None:
        """One day: its closed times together, the others one by one; again when more were closed meanwhile."""
        before = deepcopy(self.outcome)
        for _ in range(TRIES):
            self.outcome, closed = deepcopy(before), self.skill.closed(self.region_id)
            self._compare_day(day, closed)
            if self.skill.closed(self.region_id) == closed:
                return

    def _compare_day(self, day: date, closed: datetime | None) -> None:
        """One day, its times up to this one closed."""
        summed: Found = {}
        for time in self._times(day):
            if closed is not None and time <= closed:
                summed = added(summed, self._counted(time))
            else:
                self._compare_time(time)
            if self.outcome.difference:
                return
        merged = {series: self.skill.merged(self.region_id, series).get(day) for series in self.series}
        self._compare(f"until {closed and stamp(closed)} on {day}", some(merged), summed)

    def _times(self, day: date) -> list[datetime]:
        """The times of a day of which the archive has a frame, or the store a tally."""
        single = {time for series in self.series for time in self.skill.times(self.region_id, series)}
        there = {time for time in single if time.date() == day} | set(self.archive.frames(self.region_id, day))
        return sorted(time for time in there if self.began and time >= self.began)

    def _compare_time(self, time: datetime) -> None:
        """A time that is not closed; one that changes right now is left out."""
        for _ in range(TRIES):
            self.outcome.difference = None
            if self._changing(time):
                self.outcome.left_out["times that are not verified yet"] += 1
                return
            kept = some({series: self.skill.at(self.region_id, series, time) for series in self.series})
            self._compare(f"of {stamp(time)}", kept, self._counted(time))
            if self.outcome.difference is None:
                self.outcome.times += 1
                return

    def _changing(self, time: datetime) -> bool:
        """True when something new is known of a time, or will be by a nowcast that is under way."""
        reach = self.protocol.leads * self.protocol.cadence
        coming = [one.reference_time for one in self.awaited.ordered(self.region_id)]
        under_way = any(start < time <= start + reach for start in coming)
        return under_way or time in self.awaited.times(self.region_id)

    def _counted(self, time: datetime) -> Found:
        """What the archive says of a time."""
        observed = self._frame(time)
        if observed is None:
            return {}
        found = judged(self.archive, self.calibrations, self.protocol, time, observed)
        return {Series(self.protocol.id, *maker): Record(said, time, time) for maker, (said, _) in found.items()}

    def _frame(self, time: datetime) -> Rain | None:
        """The frame of a time as it was verified against; None where there is none on this grid."""
        name = self.archive.frames(self.region_id, time.date()).get(time)
        frames = netcdf.read(self.archive.read(name)) if name else None
        return None if frames is None or frames.grid.shape != self.protocol.grid.shape else frames.rain[0]

    def _compare(self, when: str, kept: Found, counted: Found) -> None:
        """Every tally that was kept against that from the archive."""
        for series in sorted({*kept, *counted}):
            zero = Tally.zero(*self.protocol.shape)
            one, two = (found[series].tally if series in found else zero for found in (kept, counted))
            if apart := one.difference(two):
                self.outcome.difference = f"{series.method} {series.version}, {when}: {apart} (kept and recounted)"
                return
            self.outcome.tallies += 1


def added(found: Found, more: Found) -> Found:
    """Both, merged in this order: the order in which sums of floats come out the same."""
    return {**found, **{name: found[name] + one if name in found else one for name, one in more.items()}}


def some(found: dict[Series, Record | None]) -> Found:
    """Those that there are."""
    return {series: record for series, record in found.items() if record is not None}
