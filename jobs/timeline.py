"""A region's frames in one line of time: what its radar saw, then what its latest nowcast expects."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from jobs import keys
from jobs.blob import parsed, split
from jobs.history import moment, seconds
from jobs.latest import HEAD_BYTES
from jobs.region import Region
from jobs.regional import Regional
from radar.errors import NowcastError
from radar.frames import Rain
from radar.grid import Grid

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
class FrameName:
    """Which frame; when the radar corrects it or another nowcast replaces it, the version is another."""

    region: str
    time: datetime
    expected: bool
    version: str


@dataclass(frozen=True)
class Timeline:
    """The times of a region's frames, oldest first, where they lie, and the names of those to come."""

    region: Region
    grid: Grid | None = None
    observed: tuple[datetime, ...] = ()
    expected: tuple[FrameName, ...] = ()

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
        expected = [frame for frame in self.to_come(region) if newest is None or frame.time > newest]
        return Timeline(region, history.grid(region.id), observed, tuple(expected))

    def to_come(self, region: Region) -> list[FrameName]:
        """The frames of the latest nowcast; of its blob only the header is read."""
        blob, record, _ = keys.latest(region.id)
        pipe = self.redis.pipeline()
        pipe.getrange(blob, 0, HEAD_BYTES)
        pipe.hget(record, "id")
        head, job_id = cast(Any, pipe.execute())
        times = parsed(split(head)[0]["times"]) if head and job_id else ()
        return [FrameName(region.id, time, True, version(job_id)) for time in times]

    def seen(self, region_id: str, times: Sequence[datetime]) -> list[FrameName]:
        """The frames the radar saw at these times, those there are."""
        asked = [str(seconds(time)) for time in times]
        sums = cast("list[bytes]", self._sums(keys=[keys.history(region_id)[1]], args=asked)) if asked else []
        named = zip(asked, sums, strict=True)
        return [FrameName(region_id, moment(text.encode()), False, total.hex()) for text, total in named if total]

    def rain(self, region: Region, frame: FrameName) -> dict[FrameName, Rain]:
        """The rain of a frame, and what had to be decoded with it; without it when that version is gone."""
        return self._expected(region) if frame.expected else self._seen(frame)

    def _seen(self, frame: FrameName) -> dict[FrameName, Rain]:
        read = self.regional.history.read(frame.region, [frame.time])
        there = self.seen(frame.region, [frame.time])  # asked after reading, so never of an older one
        return dict(zip(there, read.values(), strict=False)) if there == [frame] else {}

    def _expected(self, region: Region) -> dict[FrameName, Rain]:
        try:
            job, nowcast = self.regional.latest.get(region)
        except NowcastError:
            return {}
        name = version(job.id.encode())
        frames = zip(nowcast.frames.times, nowcast.frames.rain, strict=True)
        return {FrameName(region.id, time, True, name): rain for time, rain in frames}


def version(job_id: bytes) -> str:
    """A nowcast is made once: its job names it."""
    return job_id.decode()[:12]
