"""A region's frames in one line of time: what its radar saw, then what its latest nowcast expects."""

import logging
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from jobs import keys
from jobs.archive import Archive
from jobs.blob import HEAD_BYTES, parsed, split
from jobs.errors import DamagedBlob, NoNowcastYet, NotArchived
from jobs.history import moment, seconds
from jobs.region import Region
from jobs.regional import Regional
from radar.frames import Rain
from radar.grid import Grid
from radar.nowcast import Nowcast

log = logging.getLogger(__name__)

SUMS = """
local sums = {}
for at, time in ipairs(ARGV) do
  local blob = redis.call('HGET', KEYS[1], time)
  sums[at] = blob and (string.sub(blob, -4) .. #blob) or ''
end
return sums
"""
"""A packed frame ends with the checksum zlib made of its values (RFC 1950): with its length it tells versions apart."""

Mark = tuple[bytes | None, bytes | None]
"""Changes whenever a line of time may: the revision of the history, the job of the nowcast."""


@dataclass(frozen=True)
class Run:
    """Which nowcast out of the archive: what was asked for, and the last frame it rests on."""

    method: str
    reference_time: datetime


@dataclass(frozen=True)
class FrameName:
    """Which frame; when the radar corrects it or another nowcast replaces it, the version is another.

    run: the archived nowcast it is of; None for what was observed, and for the latest nowcast.
    threshold: not its rain, but the chance that it reaches so many mm/h.
    """

    region: str
    time: datetime
    expected: bool
    version: str
    run: Run | None = None
    threshold: float | None = None


@dataclass(frozen=True)
class About:
    """What is known of a nowcast without its rain; thresholds (mm/h) are those it has chances of."""

    method: str
    version: str
    asked_for: str
    reference_time: datetime
    thresholds: tuple[float, ...] = ()
    fallback_reason: str | None = None


@dataclass(frozen=True)
class Timeline:
    """The times of a region's frames, oldest first, where they lie, and the names of those to come."""

    region: Region
    grid: Grid | None = None
    observed: tuple[datetime, ...] = ()
    expected: tuple[FrameName, ...] = ()
    about: About | None = None

    def before(self, time: datetime, *, ahead: bool) -> datetime | None:
        """The newest time, of frames to come too when looking ahead, that still stands for this one; None without."""
        times = [*self.observed, *(frame.time for frame in self.expected if ahead)]
        at = bisect_right(times, time)
        return times[at - 1] if at and time - times[at - 1] <= self.region.stale_after else None


class Timelines:
    """Reads them; rain is decoded only when it is asked for."""

    def __init__(self, regional: Regional) -> None:
        self.regional, self.redis = regional, regional.store.redis
        self._sums = self.redis.register_script(SUMS)

    def marks(self, regions: Sequence[Region]) -> list[Mark]:
        """What tells whether a line of time is the one it was, for many regions at once."""
        pipe = self.redis.pipeline(transaction=False)
        for region in regions:
            pipe.hget(keys.history(region.id)[2], "revision")
            pipe.hget(keys.latest(region.id)[1], "id")
        found = cast("list[bytes | None]", pipe.execute())
        return list(zip(found[::2], found[1::2], strict=True))

    def line(self, region: Region) -> Timeline:
        """The line of time of a region as it is now; DamagedBlob when its grid cannot be read."""
        history = self.regional.history
        observed = history.times(region.id)
        newest = observed[-1] if observed else None
        about, coming = self.to_come(region)
        expected = tuple(frame for frame in coming if newest is None or frame.time > newest)
        return Timeline(region, history.grid(region.id), observed, expected, about)

    def to_come(self, region: Region) -> tuple[About | None, list[FrameName]]:
        """The latest nowcast and its frames, none when its header is damaged; of its blob only that is read."""
        blob, record, _ = keys.latest(region.id)
        pipe = self.redis.pipeline()
        pipe.getrange(blob, 0, HEAD_BYTES)
        pipe.hget(record, "id")
        head, job_id = cast(Any, pipe.execute())
        if not head or not job_id:
            return None, []
        try:
            return headed(head, region.id, version(job_id))
        except (DamagedBlob, LookupError, TypeError, ValueError) as error:
            log.warning("region %s: the header of its latest nowcast is damaged: %s", region.id, error)
            return None, []

    def seen(self, region_id: str, times: Sequence[datetime]) -> list[FrameName]:
        """The frames the radar saw at these times, those there are."""
        asked = [str(seconds(time)) for time in times]
        sums = cast("list[bytes]", self._sums(keys=[keys.history(region_id)[1]], args=asked)) if asked else []
        named = zip(asked, sums, strict=True)
        return [FrameName(region_id, moment(text.encode()), False, total.hex()) for text, total in named if total]

    def rain(self, region: Region, frame: FrameName) -> dict[FrameName, Rain]:
        """What a frame shows, and what had to be decoded with it; without it when that version is gone.

        Rain in mm/h, or chances from 0 to 1; DamagedBlob or BadInput when it cannot be read.
        """
        if frame.run:
            return self._archived(frame, frame.run)
        return self._expected(region, frame) if frame.expected else self._seen(frame)

    def _seen(self, frame: FrameName) -> dict[FrameName, Rain]:
        read = self.regional.history.read(frame.region, [frame.time])
        there = self.seen(frame.region, [frame.time])  # asked after reading, so never of an older one
        return dict(zip(there, read.values(), strict=False)) if there == [frame] else {}

    def _expected(self, region: Region, frame: FrameName) -> dict[FrameName, Rain]:
        try:
            job, nowcast = self.regional.latest.get(region)
        except NoNowcastYet:
            return {}
        return shown(replace(frame, version=version(job.id.encode())), nowcast)

    def _archived(self, frame: FrameName, run: Run) -> dict[FrameName, Rain]:
        try:
            found = Archive.of(self.regional.store.settings).at(frame.region, run.reference_time, run.method)
            nowcast = self.regional.latest.calibrations.said(frame.region, found)
        except NotArchived:
            return {}
        return shown(replace(frame, version=content(nowcast)), nowcast)


def headed(head: bytes, region_id: str, named: str) -> tuple[About, list[FrameName]]:
    """What the header of a stored nowcast says."""
    said = split(head)[0]
    chances = said.get("chances") or {"thresholds": ()}
    about = About(
        method=str(said["method"]),
        version=str(said["version"]),
        asked_for=str(said["asked_for"]),
        reference_time=parsed(said["input_times"])[-1],
        thresholds=tuple(map(float, chances["thresholds"])),
        fallback_reason=said["fallback_reason"],
    )
    return about, [FrameName(region_id, time, True, named) for time in parsed(said["times"])]


def shown(frame: FrameName, nowcast: Nowcast) -> dict[FrameName, Rain]:
    """The rain of all frames of a nowcast, or the chances of the threshold that one frame of it names."""
    if frame.threshold is None:
        fields = nowcast.frames.rain
    elif nowcast.chances and frame.threshold in nowcast.chances.thresholds:
        fields = nowcast.chances.of(frame.threshold)
    else:
        return {}
    return {replace(frame, time=time): field for time, field in zip(nowcast.frames.times, fields, strict=True)}


def content(nowcast: Nowcast) -> str:
    """What tells an archived nowcast from another that replaced it."""
    rain = zlib.crc32(nowcast.frames.rain.tobytes())
    return f"{zlib.crc32(nowcast.chances.codes.tobytes(), rain) if nowcast.chances else rain:08x}"


def version(job_id: bytes) -> str:
    """A nowcast is made once: its job names it."""
    return job_id.decode()[:12]
