"""The recent frames of each region, sorted by time: quantised, bounded in age and memory, appended to atomically."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, cast

import numpy as np
from redis import Redis

from jobs import keys, quantised
from jobs.errors import DamagedBlob, NoFrames, RegionBusy
from jobs.place import described, grid_of
from jobs.recent import Recent
from jobs.region import Region
from radar.errors import BadFrames
from radar.frames import Rain, stamp
from radar.grid import Grid, check_size

APPEND = """
local times, frames, about = KEYS[1], KEYS[2], KEYS[3]
local keep, cap, life = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local scan = redis.call('HGET', about, 'scan')
if scan and scan ~= ARGV[5] then return {'another scan'} end
local grid = redis.call('HGET', about, 'grid')
if grid and grid ~= ARGV[1] then return {'another grid'} end
local newest = tonumber(redis.call('ZRANGE', times, -1, -1)[1] or ARGV[6])
for at = 6, #ARGV, 2 do newest = math.max(newest, tonumber(ARGV[at])) end
local bytes, outcomes, changed = tonumber(redis.call('HGET', about, 'bytes') or 0), {}, false
for at = 6, #ARGV, 2 do
  local time, blob = ARGV[at], ARGV[at + 1]
  local before = redis.call('HGET', frames, time)
  if tonumber(time) <= newest - keep then outcomes[#outcomes + 1] = 'old'
  elseif before == blob then outcomes[#outcomes + 1] = 'same'
  else
    redis.call('HSET', frames, time, blob)
    redis.call('ZADD', times, time, time)
    redis.call('HINCRBY', KEYS[4], time, 1)
    bytes = bytes + #blob - (before and #before or 0)
    outcomes[#outcomes + 1] = before and 'replaced' or 'added'
    changed = true
  end
end
while true do
  local oldest = redis.call('ZRANGE', times, 0, 0)[1]
  local crowded = bytes > cap and redis.call('ZCARD', times) > 1
  if not oldest or (tonumber(oldest) > newest - keep and not crowded) then break end
  bytes = bytes - redis.call('HSTRLEN', frames, oldest)
  redis.call('HDEL', frames, oldest)
  redis.call('ZREM', times, oldest)
  for at = 6, #ARGV, 2 do
    if ARGV[at] == oldest then outcomes[(at - 4) / 2] = 'old' end
  end
end
if changed or grid then redis.call('HSET', about, 'grid', ARGV[1], 'bytes', bytes) end
if changed then redis.call('HINCRBY', about, 'revision', 1) end
for at = 1, 4 do redis.call('EXPIRE', KEYS[at], life) end
return outcomes
"""
"""All frames or none, in place by time. Age counts from the newest frame, so that a replayed storm is kept too.

What is new is noted as to be verified by the same script: a death in between would lose it."""
MOST_AT_ONCE = 16
"""Frames that one script puts in: others wait for a script."""


class Outcome(StrEnum):
    """What became of a frame on its way into a history."""

    ADDED = "added"
    #: another frame of this time was there, and this is what the radar says now
    REPLACED = "replaced"
    #: this very frame was there
    SAME = "same"
    #: beyond what is kept
    OLD = "old"
    #: of a time that has not come
    FUTURE = "future"
    #: of a time between two steps of the cadence
    ASTRAY = "astray"


@dataclass(frozen=True)
class Extent:
    """What a history holds, in numbers; nothing of it is decoded."""

    frames: int = 0
    bytes: int = 0
    revision: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None


class History:
    """Append, read the newest, list, drop. Every key has a time to live, renewed by each append."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self._append = redis.register_script(APPEND)

    def append(self, region: Region, grid: Grid, frames: Sequence[tuple[datetime, Rain]]) -> list[Outcome]:
        """Put frames in by time; BadFrames when the history lies on another grid.

        RegionBusy when the region is no longer this one: its frames are of another place, or rhythm.
        """
        if any(rain.shape != grid.shape for _, rain in frames):
            raise BadFrames(f"A frame does not lie on the grid of region {region.id}.")
        outcomes: list[Outcome] = []
        for at in range(0, len(frames), MOST_AT_ONCE):
            outcomes += self._put(region, grid, frames[at : at + MOST_AT_ONCE])
        return outcomes

    def _put(self, region: Region, grid: Grid, frames: Sequence[tuple[datetime, Rain]]) -> list[Outcome]:
        keep = int(region.retention.total_seconds())
        packed = [part for time, rain in frames for part in (seconds(time), quantised.pack(rain))]
        said = [described(grid), keep, region.max_bytes, region.life_seconds, region.scan, *packed]
        named = [*keys.history(region.id), keys.unverified(region.id)]
        answer = cast("list[bytes]", self._append(keys=named, args=said))
        if answer == [b"another scan"]:
            raise RegionBusy(f"Region {region.id} was changed while its frames came; send them again.")
        if answer == [b"another grid"]:
            raise BadFrames(f"The history of region {region.id} lies on another grid than these frames.")
        return [Outcome(outcome.decode()) for outcome in answer]

    def grid(self, region_id: str) -> Grid | None:
        """The grid of a history; None while it is empty."""
        known = cast("bytes | None", self.redis.hget(keys.history(region_id)[2], "grid"))
        return None if known is None else grid_of(known)

    def extent(self, region_id: str) -> Extent:
        """How much there is and how old it is."""
        times, _, about = keys.history(region_id)
        pipe = self.redis.pipeline()
        pipe.zcard(times)
        pipe.hmget(about, "bytes", "revision")
        pipe.zrange(times, 0, 0)
        pipe.zrange(times, -1, -1)
        count, (size, revision), oldest, newest = cast(Any, pipe.execute())
        return Extent(count, int(size or 0), int(revision or 0), first(oldest), first(newest))

    def ends(self, region_ids: Sequence[str]) -> dict[str, datetime | None]:
        """The time of the newest frame of each region; in one trip, as there may be a thousand."""
        pipe = self.redis.pipeline(transaction=False)
        for region_id in region_ids:
            pipe.zrange(keys.history(region_id)[0], -1, -1)
        return dict(zip(region_ids, map(first, cast("list[list[bytes]]", pipe.execute())), strict=True))

    def times(self, region_id: str, since: datetime | None = None) -> tuple[datetime, ...]:
        """The times of the frames that are there, oldest first."""
        low = "-inf" if since is None else str(seconds(since))
        found = cast("list[bytes]", self.redis.zrangebyscore(keys.history(region_id)[0], low, "+inf"))
        return tuple(map(moment, found))

    def newest(self, region: Region, count: int) -> tuple[datetime, ...]:
        """The times among the newest `count` steps of the cadence at which there is a frame, oldest first."""
        newest = self.extent(region.id).newest
        return () if newest is None else self.times(region.id, newest - (count - 1) * region.cadence)

    def last(self, region: Region, count: int) -> Recent:
        """The newest `count` steps of the cadence, those missing among them named; NoFrames, or DamagedBlob."""
        grid, there = self.grid(region.id), self.read(region.id, self.newest(region, count))
        if grid is None or not there:
            raise NoFrames(f"Region {region.id} has no frames yet.")
        check_size(len(there), *grid.shape)
        return Recent(np.stack(list(there.values())), tuple(there), region.cadence, grid)

    def read(self, region_id: str, times: Iterable[datetime]) -> dict[datetime, Rain]:
        """The frames of these times, as many as there are; DamagedBlob names the time of one that cannot be read."""
        asked = list(times)
        fields = [str(seconds(time)) for time in asked]
        blobs = cast("list[bytes | None]", self.redis.hmget(keys.history(region_id)[1], fields)) if fields else []
        return {time: decoded(time, blob) for time, blob in zip(asked, blobs, strict=True) if blob is not None}

    def drop(self, region_id: str) -> None:
        """Forget every frame of a region."""
        self.redis.delete(*keys.history(region_id), keys.unverified(region_id))


def decoded(time: datetime, blob: bytes) -> Rain:
    """A frame, or DamagedBlob that says which."""
    try:
        return quantised.unpack(blob)
    except DamagedBlob as error:
        raise DamagedBlob(f"The frame of {stamp(time)} in the history is damaged.") from error


def seconds(time: datetime) -> int:
    """A time as the history counts it: whole seconds since 1970."""
    return round(time.timestamp())


def moment(text: bytes) -> datetime:
    """The inverse of `seconds`."""
    return datetime.fromtimestamp(int(text), UTC)


def first(found: list[bytes]) -> datetime | None:
    """The time of a range of at most one."""
    return moment(found[0]) if found else None
