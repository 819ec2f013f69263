"""The regions there are, and everything of theirs that goes with them."""

import logging
import time
from collections.abc import Sequence
from datetime import datetime
from typing import cast

from pydantic import ValidationError
from redis import Redis

from jobs import keys
from jobs.alerts import Alerts
from jobs.errors import DamagedBlob, UnknownRegion
from jobs.region import Region
from radar.errors import BadInput, TooLarge

log = logging.getLogger(__name__)

MOST = 1000
"""Regions of one service; each has its own series of metrics."""


class Regions:
    """Put, get, list, delete; and what a file declares, which goes when the file no longer names it."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis

    def put(self, region: Region) -> bool:
        """Keep a region, True when it is new; frames that are no longer of its grid and steps are let go.

        BadInput for that of a replay.
        """
        if self.redis.hexists(keys.REPLAYED, region.id) or self.redis.sismember(keys.FORGOTTEN, region.id):
            raise BadInput(f"{region.id} is the region of a replay.")
        before = cast("bytes | None", self.redis.hget(keys.REGIONS, region.id))
        if before is None and self.redis.hlen(keys.REGIONS) >= MOST:
            raise TooLarge(f"There are {MOST} regions already; delete one first.")
        if before is not None and steps(parsed(region.id, before)) != steps(region):
            self._forget(region.id)
        self.redis.hset(keys.REGIONS, region.id, region.model_dump_json())
        self.redis.zrem(keys.GONE, region.id)
        return before is None

    def get(self, region_id: str) -> Region:
        """The region, or UnknownRegion."""
        known = self.redis.hget(keys.REGIONS, region_id) or self.redis.hget(keys.REPLAYED, region_id)
        found = cast("bytes | None", known)
        if found is None:
            raise UnknownRegion(f"There is no region {region_id[:64]!r}.")
        return parsed(region_id, found)

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
            raise UnknownRegion(f"There is no region {region_id[:64]!r}.")
        self.redis.zadd(keys.GONE, {region_id: time.time()})
        self.redis.srem(keys.DECLARED, region_id)
        self.redis.zrem(keys.DUE, region_id)
        Alerts(self.redis).forget(region_id)
        self._forget(region_id)

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

    def _forget(self, region_id: str) -> None:
        """Everything that came of a region's frames, and what its source remembered of them."""
        own = [*keys.history(region_id), *keys.latest(region_id)]
        own += [keys.trouble(region_id), keys.unordered(region_id), keys.pulled(region_id)]
        own += [keys.awaited(region_id), keys.unverified(region_id)]  # what was verified stays: it is still true
        self.redis.hdel(keys.WEATHER, region_id)
        self.redis.delete(*own, *self.redis.scan_iter(keys.remembered(region_id, "*"), count=1000))


def steps(region: Region) -> tuple[object, ...]:
    """Where and when its radar looks: frames of another place or rhythm do not mix."""
    return region.grid, region.cadence_minutes, region.offset_minutes


def parsed(region_id: str, text: bytes) -> Region:
    """A region out of the store, or DamagedBlob."""
    try:
        return Region.model_validate_json(text)
    except ValidationError as error:
        raise DamagedBlob(f"The record of region {region_id} is damaged.") from error
