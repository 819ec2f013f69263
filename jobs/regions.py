"""The regions there are, and everything of theirs that goes with them."""

import logging
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from pydantic import ValidationError
from redis import Redis
from redis.client import Pipeline

from jobs import keys
from jobs.alerts import Alerts
from jobs.errors import DamagedBlob, RegionBusy, UnknownRegion
from jobs.region import Region
from radar.errors import BadInput, TooLarge

log = logging.getLogger(__name__)

MOST = 1000
"""Regions of one service; each has its own series of metrics."""
NAMED = 20
"""Of the regions there are, to who asks for another."""


class Regions:
    """Put, get, list, delete; and what a file declares, which goes when the file no longer names it."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis

    def put(self, region: Region, expected: Region | None = None) -> bool:
        """Keep a region, True when it is new; frames that are no longer of its grid and steps are let go.

        expected: what it is now, if it matters: RegionBusy when it is another. BadInput for that of a replay.
        """
        if self.redis.hexists(keys.REPLAYED, region.id) or self.redis.sismember(keys.FORGOTTEN, region.id):
            raise BadInput(f"{region.id} is the region of a replay.")
        before = self._put(region, expected)
        if moved(before, region):
            self._forget_source(region.id)
        return before is None

    def _put(self, region: Region, expected: Region | None) -> Region | None:
        """In one step, so that no frame comes in between and no change is lost; what it was before."""

        def enter(pipe: Pipeline) -> Region | None:
            known = cast("bytes | None", pipe.hget(keys.REGIONS, region.id))
            before = None if known is None else parsed(region.id, known)
            if expected is not None and before != expected:
                raise RegionBusy(f"Region {region.id} was changed meanwhile; try again.")
            if before is None and pipe.hlen(keys.REGIONS) >= MOST:
                raise TooLarge(f"There are {MOST} regions already; delete one first.")
            pipe.multi()
            if moved(before, region):
                forget(pipe, region.id)
                pipe.hset(keys.history(region.id)[2], "scan", region.scan)
                pipe.expire(keys.history(region.id)[2], region.life_seconds)
            pipe.hset(keys.REGIONS, region.id, region.model_dump_json())
            pipe.zrem(keys.GONE, region.id)
            return before

        return cast("Region | None", cast(Any, self.redis).transaction(enter, keys.REGIONS, value_from_callable=True))

    def get(self, region_id: str) -> Region:
        """The region, or UnknownRegion."""
        known = self.redis.hget(keys.REGIONS, region_id) or self.redis.hget(keys.REPLAYED, region_id)
        found = cast("bytes | None", known)
        if found is None:
            raise self._unknown(region_id)
        return parsed(region_id, found)

    def _unknown(self, region_id: str) -> UnknownRegion:
        """What is said of a region that there is not."""
        names = sorted(name.decode() for name in cast("list[bytes]", self.redis.hkeys(keys.REGIONS)))
        more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
        there = f"there are {', '.join([*names[:NAMED], *more])}" if names else "there is none yet"
        return UnknownRegion(f"There is no region {region_id[:64]!r}; {there}.")

    def own(self, region_id: str) -> Region:
        """Likewise, of those that somebody has put: nothing is sent to the region of a replay."""
        region = self.get(region_id)
        if self.redis.hexists(keys.REPLAYED, region_id):
            raise BadInput(f"{region_id} is the region of a replay.")
        return region

    def all(self) -> list[Region]:
        """Every region, by id; one whose record is damaged must not stop the others, so it is left out and logged."""
        return self._kept(keys.REGIONS)

    def replayed(self) -> list[Region]:
        """The regions that past storms are fed to, which are in no list of the others."""
        return self._kept(keys.REPLAYED)

    def _kept(self, key: str) -> list[Region]:
        known = cast("dict[bytes, bytes]", self.redis.hgetall(key))
        regions: list[Region] = []
        for name, text in sorted(known.items()):
            try:
                regions.append(parsed(name.decode(), text))
            except DamagedBlob as error:
                log.error("%s", error)
        return regions

    def delete(self, region_id: str) -> None:
        """Forget a region and all that is its own, its archive after a while; UnknownRegion when there is none."""
        if not self.redis.hdel(keys.REGIONS, region_id):
            raise self._unknown(region_id)
        self.redis.zadd(keys.GONE, {region_id: time.time()})
        self.redis.srem(keys.DECLARED, region_id)
        self.redis.zrem(keys.DUE, region_id)
        Alerts(self.redis).forget(region_id)
        forget(self.redis, region_id)
        self._forget_source(region_id)

    def gone(self, before: datetime) -> list[str]:
        """Those that were deleted before this time and whose archive is still there."""
        found = cast("list[bytes]", self.redis.zrangebyscore(keys.GONE, "-inf", before.timestamp()))
        return [name.decode() for name in found]

    def cleared(self, region_id: str) -> None:
        """Nothing is left of a region that was deleted."""
        self.redis.zrem(keys.GONE, region_id)

    def declare(self, regions: Sequence[Region]) -> None:
        """Put all regions of a file, and delete those that an earlier reading of it had put."""
        named = {region.id for region in regions}
        before = {name.decode() for name in cast("set[bytes]", self.redis.smembers(keys.DECLARED))}
        for region in regions:
            self.put(region)
            self.redis.sadd(keys.DECLARED, region.id)
        for gone in before - named:
            self.redis.srem(keys.DECLARED, gone)
            if self.redis.hexists(keys.REGIONS, gone):
                self.delete(gone)

    def _forget_source(self, region_id: str) -> None:
        """What a source remembered of a region's frames: they are to come again."""
        if known := list(self.redis.scan_iter(keys.remembered(region_id, "*"), count=1000)):
            self.redis.delete(*known)


def moved(before: Region | None, region: Region) -> bool:
    """True where no frame that came before belongs to a region: it is new, or looks elsewhere or in another rhythm."""
    return before is None or before.scan != region.scan


def forget(redis: Redis, region_id: str) -> None:
    """Everything that came of a region's frames. What was verified stays: it is still true."""
    own = [*keys.history(region_id), *keys.latest(region_id)]
    own += [keys.trouble(region_id), keys.unordered(region_id), keys.pulled(region_id)]
    own += [keys.awaited(region_id), keys.unverified(region_id)]
    redis.hdel(keys.WEATHER, region_id)
    redis.delete(*own)


def parsed(region_id: str, text: bytes) -> Region:
    """A region out of the store, or DamagedBlob."""
    try:
        return Region.model_validate_json(text)
    except ValidationError as error:
        raise DamagedBlob(f"The record of region {region_id} is damaged.") from error
