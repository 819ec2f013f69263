"""Which frames there are to draw, of each region and of all of them together, as of at most a second ago."""

import hashlib
import logging
import threading
import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from jobs.region import Region
from jobs.regional import Regional
from jobs.regions import Regions
from jobs.timeline import FrameName, Mark, Timeline, Timelines
from radar.errors import NowcastError
from radar.frames import stamp
from service.errors import UnknownFrame, UnknownTile
from service.tiles.drawing import Layer

log = logging.getLogger(__name__)

FRESH_SECONDS = 1.0
PAST = timedelta(hours=2)
"""How far back the animation of all regions goes."""
MOST = 60
"""Times of it in each direction: regions of many cadences have more of them than anybody can watch."""


@dataclass(frozen=True)
class Sheet:
    """One time of the map: the frame each region shows then, those with the finest pixels first."""

    time: datetime
    expected: bool
    layers: tuple[Layer, ...]

    @property
    def version(self) -> str:
        """Another when any frame of it is."""
        named = "".join(f"{layer.frame}" for layer in self.layers)
        return hashlib.sha256(named.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Map:
    """All regions together at one moment: what was seen, and what is expected after the newest of it."""

    lines: dict[str, Timeline]
    sheets: tuple[Sheet, ...]

    def sheet(self, at: datetime) -> Sheet:
        """The map at a time, or UnknownFrame."""
        found = bisect_left(self.sheets, at, key=lambda sheet: sheet.time)
        if found == len(self.sheets) or self.sheets[found].time != at:
            raise UnknownFrame(f"There is no frame of {stamp(at)}; /public/weather-maps.json lists those there are.")
        return self.sheets[found]

    def line(self, region: Region) -> Timeline:
        """The line of time of a region; an empty one when it is newer than the map."""
        return self.lines.get(region.id, Timeline(region))


class Atlas:
    """The map, read again when it is older than a second; a region is read again when something came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[tuple[Region, Mark], Timeline]] = {}
        self._map = Map({}, ())
        self._read = float("-inf")

    def map(self, regional: Regional, *, anew: bool = False) -> Map:
        """The map as it is now, or was a moment ago; the first of many callers reads it for all."""
        with self._lock:
            if anew or time.monotonic() - self._read > FRESH_SECONDS:
                self._refresh(regional)
                self._read = time.monotonic()
            return self._map

    def _refresh(self, regional: Regional) -> None:
        timelines, regions = Timelines(regional), Regions(regional.store.redis).all()
        marked = dict(zip([region.id for region in regions], timelines.marks(regions), strict=True))
        state = {region.id: (region, marked[region.id]) for region in regions}
        before = {name: key for name, (key, _) in self._known.items()}
        if state == before:
            return
        same = {name for name, key in state.items() if key == before.get(name)}
        self._known = {
            name: self._known[name] if name in same else (key, self._line(timelines, key[0]))
            for name, key in state.items()
        }
        lines = {name: line for name, (_, line) in self._known.items()}
        self._map = Map(lines, sheets(timelines, [line for line in lines.values() if line.grid and line.grid.crs]))

    def _line(self, timelines: Timelines, region: Region) -> Timeline:
        try:
            return timelines.line(region)
        except NowcastError as error:  # one damaged region must not take the map of all others
            log.error("region %s: %s", region.id, error)
            return Timeline(region)


def sheets(timelines: Timelines, lines: Sequence[Timeline]) -> tuple[Sheet, ...]:
    """Every time at which some region has a frame, up to two hours before the newest one that was observed."""
    newest = max((line.observed[-1] for line in lines if line.observed), default=None)
    if newest is None:
        return ()
    past = {at for line in lines for at in line.observed if newest - at <= PAST}
    ahead = {frame.time for line in lines for frame in line.expected if frame.time > newest}
    times = [(at, False) for at in sorted(past)[-MOST:]] + [(at, True) for at in sorted(ahead)[:MOST]]
    columns = [shown(timelines, line, times) for line in sorted(lines, key=pixel_km)]
    rows = zip(times, zip(*columns, strict=True), strict=True)
    return tuple(Sheet(at, later, tuple(layer for layer in row if layer)) for (at, later), row in rows)


def shown(timelines: Timelines, line: Timeline, times: Sequence[tuple[datetime, bool]]) -> list[Layer | None]:
    """What one region shows at each time of the map."""
    chosen = [line.before(at, ahead=later) for at, later in times]
    named = names(timelines, line, chosen)
    return [Layer(line, named[at]) if at in named else None for at in chosen]


def names(timelines: Timelines, line: Timeline, times: Sequence[datetime | None]) -> dict[datetime, FrameName]:
    """The frames of a line at these times, by time."""
    expected = {frame.time: frame for frame in line.expected}
    asked = sorted({at for at in times if at is not None and at not in expected})
    return {frame.time: frame for frame in timelines.seen(line.region.id, asked)} | expected


def pixel_km(line: Timeline) -> float:
    """How fine a line's grid is."""
    return (line.grid and line.grid.pixel_km) or float("inf")


def layer(timelines: Timelines, line: Timeline, at: datetime | None, threshold: float | None = None) -> Layer:
    """The frame of one region at a time, the newest observed one without; UnknownFrame when there is none.

    threshold: the chance that it reaches so many mm/h instead; UnknownTile where there is none.
    """
    if line.grid is None or line.grid.crs is None or not (line.observed or line.expected):
        raise UnknownFrame(f"Region {line.region.id} has no frames with a place on the map yet.")
    time = at or (line.observed or (line.expected[0].time,))[-1]
    expected = [frame for frame in line.expected if frame.time == time]
    found = expected or (timelines.seen(line.region.id, [time]) if time in line.observed else [])
    if not found:
        raise UnknownFrame(
            f"Region {line.region.id} has no frame of {stamp(time)}; its tiles.json lists those there are."
        )
    return Layer(line, found[0] if threshold is None else chance(line, found[0], threshold))


def chance(line: Timeline, frame: FrameName, threshold: float) -> FrameName:
    """The chance that a frame reaches a threshold (mm/h); UnknownTile when nobody said it."""
    known = line.about.thresholds if line.about else ()
    if not frame.expected or threshold not in known:
        there = f"there are chances of {', '.join(f'{one:g}' for one in known)}" if known else "there are no chances"
        raise UnknownTile(
            f"There is no chance of {threshold:g} mm/h at {stamp(frame.time)}; {there} of what is expected."
        )
    return replace(frame, threshold=threshold)
