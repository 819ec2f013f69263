"""One cycle of a region: fetch what is new, decode, append, order the nowcast, and note how it went."""

import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Protocol

from jobs import keys
from jobs.arrivals import Arrived, arrive
from jobs.metrics import count_frames
from jobs.pulls import Pull, Pulled, Pulls
from jobs.region import Region
from jobs.regional import Regional
from jobs.regions import Regions
from jobs.schedule import Schedule
from jobs.source import SourceSpec
from radar.errors import BadInput, NowcastError, UnknownFormat
from radar.formats.hints import Hints
from radar.formats.table import FORMATS, format_of, named, opened, read_files, time_in
from radar.frames import Frames
from workers import metrics
from workers.exclusive import exclusive
from workers.remembering import Remembering
from workers.sources.contract import Fetched, Memory, Source

SOONEST, LATEST = timedelta(seconds=5), timedelta(seconds=60)
"""How soon, and how late, a source is asked again that had nothing when it should have."""

log = logging.getLogger(__name__)


class Open(Protocol):
    """How a spec becomes a source."""

    def __call__(self, spec: SourceSpec, cadence: timedelta, memory: Memory, *, offset: timedelta) -> Source:
        """BadInput when the spec cannot be meant."""


@dataclass(frozen=True)
class Haul:
    """What a pull brought: the files, what became of their frames, and what could not be used."""

    files: int = 0
    arrived: Arrived = field(default_factory=Arrived)
    unusable: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    backup: bool = False

    @property
    def outcome(self) -> Pulled:
        """In one word."""
        if self.arrived.changed:
            return Pulled.FRESH
        if self.unusable:
            return Pulled.UNUSABLE
        return Pulled.FAILED if self.failures else Pulled.NOTHING

    def __str__(self) -> str:
        files = "1 file" if self.files == 1 else f"{self.files} files"
        taken = f"{files}: {self.arrived}." if self.files else "No new file."
        return " ".join([taken, *self.failures, *self.unusable])


class Puller:
    """Pulls regions. Idempotent per frame: the history knows what it has."""

    def __init__(self, regional: Regional, source: Open) -> None:
        redis = regional.store.redis
        self.regional, self.source, self.redis = regional, source, redis
        self.regions, self.pulls, self.schedule = Regions(redis), Pulls(redis), Schedule(redis)

    def pull(self, region_id: str) -> Pull:
        """One cycle; UnknownRegion, BadInput when frames are pushed to it, RegionBusy when another is at it."""
        region = self.regions.get(region_id)
        if region.source is None:
            raise BadInput(f"Region {region_id} has no source: its frames are pushed.")
        lease = self.regional.store.settings.lease_seconds
        with exclusive(self.redis, keys.pulling(region_id), lease, f"Somebody else is pulling region {region_id}."):
            began = monotonic()
            pull = self._pull(region, region.source, datetime.now(UTC))
            metrics.PULL_DURATION.labels(pull.outcome).observe(monotonic() - began)
            return pull

    def _pull(self, region: Region, spec: SourceSpec, now: datetime) -> Pull:
        haul = self._asked(region, spec, now, Haul())
        if spec.backup and self._failing(region, haul, now):
            haul = self._asked(region, spec.backup, now, replace(haul, backup=True))
        before = self.pulls.last(region.id)
        in_vain = 0 if haul.arrived.changed else (before.in_vain if before else 0) + 1
        pull = Pull(time=now, outcome=haul.outcome, detail=str(haul), backup=haul.backup, in_vain=in_vain)
        self.pulls.note(region, pull)
        metrics.PULLS.labels(region.id, haul.outcome).inc()
        count_frames(region.id, haul.arrived.outcomes.values())
        self.regional.order(region)
        if in_vain:
            self.schedule.sooner(region.id, now + pause(region, in_vain))
        return pull

    def _failing(self, region: Region, haul: Haul, now: datetime) -> bool:
        """True when the source failed, or has had nothing for so long that it might as well have."""
        if haul.arrived.changed:
            return False
        return bool(haul.failures) or region.stale(self.regional.history.extent(region.id).newest, now)

    def _asked(self, region: Region, spec: SourceSpec, now: datetime, haul: Haul) -> Haul:
        """What a source has, all of it in one visit, put into the history."""
        try:
            memory = Remembering(self.redis, region.id)
            source = self.source(spec, region.cadence, memory, offset=region.offset)
            fetched = source.new_since(self._after(region, now), now)
        except NowcastError as error:
            log.warning("region %s: %s", region.id, error)
            return replace(haul, failures=(*haul.failures, str(error)))
        for one in fetched:
            haul = self._taken(region, spec, source, one, haul)
        return haul

    def _after(self, region: Region, now: datetime) -> datetime:
        """Frames up to this one are there, or too old to be missed; the source itself looks back for late ones."""
        oldest = now - region.catch_up_frames * region.cadence
        newest = self.regional.history.extent(region.id).newest
        return max(oldest, newest) if newest else oldest

    def _taken(self, region: Region, spec: SourceSpec, source: Source, one: Fetched, haul: Haul) -> Haul:
        """One file: its frames in the history, then remembered as taken; a bad one is remembered too, for good."""
        try:
            arrived = arrive(self.regional.history, region, decoded(one, spec, region))
            haul = replace(haul, files=haul.files + 1, arrived=haul.arrived.and_then(arrived))
        except BadInput as error:
            log.warning("region %s: %s", region.id, error)
            haul = replace(haul, files=haul.files + 1, unusable=(*haul.unusable, str(error))[-3:])
        source.taken(one)
        return haul


def decoded(one: Fetched, spec: SourceSpec, region: Region) -> Frames:
    """The frames of a file; BadInput that names the file."""
    hints = Hints(
        times=(one.time,) if one.time else time_in(one.name), grid=region.grid.grid() if region.grid else None
    )
    files = opened([(one.name, one.data)])
    for name, data in files:
        with named(name):
            check_format(data, spec.format)
    return read_files(files, hints)


def check_format(data: bytes, expected: str | None) -> None:
    """UnknownFormat when bytes are in another format than their source is said to give."""
    found = format_of(data)
    if expected is not None and found is not FORMATS[expected]:
        raise UnknownFormat(f"This is {found.title}, and its source gives {FORMATS[expected].title}.")


def pause(region: Region, in_vain: int) -> timedelta:
    """How long to leave a source alone that brought nothing: a tenth of the cadence, doubled each time."""
    first = min(max(region.cadence / 10, SOONEST), LATEST)
    return min(first * 2.0 ** min(in_vain - 1, 10), region.cadence)
