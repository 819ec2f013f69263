"""Maps and legends as their JSON shows them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.timeline import FrameName, Timeline, Timelines
from radar.frames import stamp
from service.errors import UnknownFrame
from service.tiles.address import MAX_ZOOM
from service.tiles.atlas import Map, Sheet
from service.tiles.placing import Box, extent, rolled
from service.tiles.schemas import (
    LegendStep,
    LegendView,
    MapsView,
    MapView,
    RadarView,
    RunView,
    SatelliteView,
    TileFrameView,
    TileJsonView,
)
from service.tiles.schemes import Scheme

MOST_FRAMES = 1000
OVERVIEW_ZOOM = 6


def maps(known: Map, host: str) -> MapsView:
    """The animation of all regions."""
    past, ahead = ([sheet for sheet in known.sheets if sheet.expected is later] for later in (False, True))
    return MapsView(
        generated=int(time.time()),
        host=host,
        radar=RadarView(past=[at(sheet) for sheet in past], nowcast=[at(sheet) for sheet in ahead]),
        satellite=SatelliteView(infrared=[]),
    )


def at(sheet: Sheet) -> MapView:
    """One time of it; clients tell by the word in the path what is a forecast."""
    seconds = int(sheet.time.timestamp())
    return MapView(time=seconds, path=f"/v2/radar/{'nowcast_' if sheet.expected else ''}{seconds}_{sheet.version}")


@dataclass(frozen=True)
class Told:
    """A line of time, and what is known around it."""

    line: Timeline
    base: str
    query: str = ""
    methods: Sequence[str] = ()
    came: Sequence[FrameName] = ()
    kept_since: datetime | None = None
    attribution: str = ""


def tilejson(timelines: Timelines, told: Told, hours: float) -> TileJsonView:
    """A region's tiles; UnknownFrame as long as it has no frame, for then nobody knows where it is."""
    line = told.line
    box = extent(line.grid) if line.grid and line.grid.crs else None
    if box is None or not (line.observed or line.expected):
        raise UnknownFrame(f"Region {line.region.id} has no frames with a place on the map yet.")
    since = (line.observed or (line.expected[0].time,))[-1] - timedelta(hours=hours)
    seen = timelines.seen(line.region.id, [at for at in line.observed if at >= since][-MOST_FRAMES:])
    return TileJsonView(
        name=line.region.name or line.region.id,
        attribution=told.attribution,
        tiles=[f"{told.base}/latest/{{z}}/{{x}}/{{y}}.png"],
        maxzoom=MAX_ZOOM,
        bounds=bounds(box),
        bbox=rolled(box),
        center=(middle(box), (box[1] + box[3]) / 2, OVERVIEW_ZOOM),
        frames=[*(frame(one, told) for one in seen), *(frame(one, told) for one in line.expected)],
        run=run(told),
        kept_since=told.kept_since,
    )


def frame(name: FrameName, told: Told) -> TileFrameView:
    """Where the tiles of a frame are, and of what came in its place."""
    since = {one.time: one for one in told.came}.get(name.time) if name.expected else None
    return TileFrameView(
        time=name.time,
        kind="nowcast" if name.expected else "observed",
        tiles=template(told.base, name) + (told.query if name.expected else ""),
        came=since and template(told.base, since),
    )


def run(told: Told) -> RunView | None:
    """Which nowcast it is."""
    about = told.line.about
    if about is None:
        return None
    return RunView(
        method=about.method,
        version=about.version,
        asked_for=about.asked_for,
        fallback_reason=about.fallback_reason,
        reference_time=about.reference_time,
        thresholds=list(about.thresholds),
        methods=list(told.methods),
    )


def template(base: str, name: FrameName) -> str:
    """A path that may be kept for long: it names the version."""
    return f"{base}/{stamp(name.time)}/{{z}}/{{x}}/{{y}}.png?v={name.version}"


def bounds(box: Box) -> Box:
    """As TileJSON wants them, within 180 degrees: a region across the antimeridian is said to go all around."""
    west, south, east, north = box
    return (west, south, east, north) if east <= 180 else (-180.0, south, 180.0, north)


def middle(box: Box) -> float:
    """The longitude in the middle, within 180 degrees also where the box crosses them."""
    return ((box[0] + box[2]) / 2 + 180) % 360 - 180


def legend(scheme: Scheme) -> LegendView:
    """What the colours of a scheme mean."""
    return LegendView(
        name=scheme.name,
        units=scheme.units,
        steps=[step(scheme, row, value) for row, value in enumerate(scheme.marks, 1)],
        missing=step(scheme, scheme.missing, 0),
    )


def step(scheme: Scheme, row: int, value: float) -> LegendStep:
    """One colour of it."""
    red, green, blue, opacity = (int(part) for part in scheme.colours[row])
    return LegendStep(value=value, color=f"#{red:02x}{green:02x}{blue:02x}", opacity=round(opacity / 255, 3))
