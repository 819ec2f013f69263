"""Lines of time around archived nowcasts, as of a moment ago."""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from datetime import time as clock

from jobs.errors import ArchiveAway
from jobs.region import Region
from jobs.regional import Regional
from jobs.timeline import About, FrameName, Run, Timeline, Timelines, content
from radar.nowcast import Nowcast
from service.past import Asked, archive, archived, whose
from service.tiles.cache import ByteCache

MIDNIGHT = clock()
AGAIN_SECONDS = 20.0
"""A nowcast may be replaced when a frame it rests on is corrected, so it is read again."""
LINE_BYTES = 4096
KEPT_BYTES = 2**20
"""What lines of time may take, reckoned at LINE_BYTES each."""


class Past:
    """Lines of time around archived nowcasts."""

    def __init__(self) -> None:
        self._lines: ByteCache[tuple[float, Timeline]] = ByteCache(KEPT_BYTES)
        self._reading = threading.Lock()

    def line(self, regional: Regional, known: Timeline, asked: Asked) -> Timeline:
        """What was seen up to an archived nowcast, and what it expected; NotArchived.

        known: the region's line of time as it is now.
        """
        key = (
            known.region.id,
            whose(regional, known.region, asked),
            asked.at or (known.observed[-1] if known.observed else None),
        )
        with self._reading:  # a map asks for a dozen tiles at once, and a nowcast takes its time to be read
            found = self._lines.get(key)
            if found is None or time.monotonic() - found[0] > AGAIN_SECONDS:
                found = time.monotonic(), told(regional, known, asked)
                self._lines.put(key, found, LINE_BYTES)
        return found[1]


def told(regional: Regional, known: Timeline, asked: Asked) -> Timeline:
    """The line of time of an archived nowcast; NotArchived."""
    region, nowcast = known.region, archived(regional, known.region, asked)
    begun, run = nowcast.reference_time, Run(nowcast.asked_for, nowcast.reference_time)
    expected = tuple(FrameName(region.id, when, True, content(nowcast), run) for when in nowcast.frames.times)
    seen = tuple(when for when in known.observed if when <= begun)
    return Timeline(region, nowcast.frames.grid, seen, expected, about(nowcast))


def about(nowcast: Nowcast) -> About:
    """What is known of a nowcast without its rain."""
    return About(
        nowcast.method,
        nowcast.version,
        nowcast.asked_for,
        nowcast.reference_time,
        nowcast.chances.thresholds if nowcast.chances else (),
        nowcast.fallback_reason,
    )


def methods(regional: Regional, region: Region, reference_time: datetime) -> list[str]:
    """Which methods were asked for a nowcast that begins after a frame, of those that are kept."""
    with suppress(ArchiveAway):  # the map of what is now goes on without it
        return archive(regional).methods(region.id, reference_time)
    return []


def kept_since(regional: Regional, region: Region) -> datetime | None:
    """The first time whose nowcasts are kept; the first frame that was held against one follows it."""
    with suppress(ArchiveAway):
        kept = archive(regional)
        for day in kept.days(region.id)[:1]:
            return min(kept.frames(region.id, day), default=datetime.combine(day, MIDNIGHT, UTC))
    return None


def came(timelines: Timelines, line: Timeline) -> Sequence[FrameName]:
    """The frames the radar has seen since, at the times a nowcast speaks of."""
    return timelines.seen(line.region.id, [frame.time for frame in line.expected])
