"""When each region is pulled next. Kept in Redis: a clock that runs twice, or starts anew, does no harm."""

from datetime import UTC, datetime

from redis import Redis

from jobs import keys
from jobs.region import Region

CLAIM = """
local due = redis.call('ZSCORE', KEYS[1], ARGV[1])
if due and tonumber(due) > tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
return 1
"""
"""One clock of several gets a region that is due; one that was never scheduled is due at once."""
SOONER = """
local due = redis.call('ZSCORE', KEYS[1], ARGV[1])
if due and tonumber(due) > tonumber(ARGV[2]) then redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) end
"""
"""ZADD's own LT would add a region that has been deleted meanwhile."""


class Schedule:
    """Due times of regions that have a source."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self._claim = redis.register_script(CLAIM)
        self._sooner = redis.register_script(SOONER)

    def claim(self, region: Region, now: datetime) -> bool:
        """True for the one caller who should have the region pulled now; its next time is set."""
        upcoming = region.next_pull(now)
        return bool(self._claim(keys=[keys.DUE], args=[region.id, now.timestamp(), upcoming.timestamp()]))

    def sooner(self, region_id: str, at: datetime) -> None:
        """Pull a region at this time if that is before its next."""
        self._sooner(keys=[keys.DUE], args=[region_id, at.timestamp()])

    def next(self, region_id: str) -> datetime | None:
        """When a region is pulled next; None when it is not scheduled."""
        due = self.redis.zscore(keys.DUE, region_id)
        return None if due is None else datetime.fromtimestamp(due, UTC)
