"""The latest nowcast of each region: a copy of its own, so that it outlives the job that made it."""

import time
from datetime import datetime
from typing import Any, cast

from redis import Redis

from jobs import keys
from jobs.blob import HEAD_BYTES, parsed, split, unpack_nowcast
from jobs.calibration import Calibrations
from jobs.errors import NoNowcastYet
from jobs.job import Job
from jobs.region import Region
from radar.nowcast import Nowcast

RENEW = """
local status = redis.call('HGET', KEYS[1], 'status')
if status == 'queued' or status == 'running' then return 'waiting' end
if status == 'done' and redis.call('COPY', KEYS[2], KEYS[3], 'REPLACE') == 1 then
  redis.call('DEL', KEYS[4])
  redis.call('HSET', KEYS[4], unpack(redis.call('HGETALL', KEYS[1])))
  redis.call('EXPIRE', KEYS[3], ARGV[2])
  redis.call('EXPIRE', KEYS[4], ARGV[2])
  redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', redis.call('ZSCORE', KEYS[5], ARGV[1]) or '-inf')
  return 'renewed'
end
redis.call('ZREM', KEYS[5], ARGV[1])
redis.call('SET', KEYS[6], redis.call('HGET', KEYS[1], 'reason') or ARGV[3], 'EX', ARGV[2])
return 'ended'
"""
"""A job that is done replaces the nowcast, and all jobs ordered before it: a slow one that ends later is older."""
AGAIN_SECONDS = 5.0
LOST = "The job of its nowcast was lost."


class Latest:
    """Which jobs may become a region's nowcast, and the one that has."""

    def __init__(self, redis: Redis) -> None:
        self.redis, self.calibrations = redis, Calibrations(redis)
        self._renew = redis.register_script(RENEW)

    def ordered(self, region: Region, job: Job, revision: int) -> None:
        """A job was ordered from this revision of the region's history."""
        _, _, pending = keys.latest(region.id)
        about = keys.history(region.id)[2]
        pipe = self.redis.pipeline()
        pipe.zadd(pending, {job.id: revision})
        pipe.expire(pending, region.life_seconds)
        pipe.hset(about, "ordered", str(revision))  # lives and dies with the history it is about
        pipe.delete(keys.trouble(region.id), keys.unordered(region.id))
        pipe.execute()

    def ordered_revision(self, region_id: str) -> int | None:
        """From which revision of the history the last job was ordered."""
        found = cast("bytes | None", self.redis.hget(keys.history(region_id)[2], "ordered"))
        return None if found is None else int(found)

    def renew(self, region: Region) -> bool:
        """Take the newest job that is done; True when there was one."""
        blob, record, pending = keys.latest(region.id)
        for job_id in cast("list[bytes]", self.redis.zrevrange(pending, 0, -1)):
            name = job_id.decode()
            named = [keys.job(name), keys.nowcast(name), blob, record, pending, keys.trouble(region.id)]
            if self._renew(keys=named, args=[name, region.life_seconds, LOST]) == b"renewed":
                return True
        return False

    def get(self, region: Region) -> tuple[Job, Nowcast]:
        """The latest nowcast as it is said, and its job; NoNowcastYet with the reason when there is none."""
        self.renew(region)
        blob, record, _ = keys.latest(region.id)
        pipe = self.redis.pipeline()  # one transaction: a nowcast and the job of another would be a lie
        pipe.get(blob)
        pipe.hgetall(record)
        found, fields = cast(Any, pipe.execute())
        if not found or not fields:
            why = self.trouble(region.id) or "Its frames are too few yet, or a worker is at it."
            raise NoNowcastYet(f"Region {region.id} has no nowcast yet. {why}")
        job, nowcast = Job.of_record(f"of region {region.id}", fields), unpack_nowcast(found)
        return job, self.calibrations.said(region.id, nowcast)

    def trouble(self, region_id: str) -> str | None:
        """Why there is no newer nowcast; None when all is well."""
        found = cast("bytes | None", self.redis.get(keys.trouble(region_id)))
        return None if found is None else found.decode()

    def complain(self, region: Region, sentence: str, passes: bool = False) -> None:
        """Remember why there is no newer nowcast, and whether trying again with the same frames may help."""
        self.redis.set(keys.trouble(region.id), sentence, ex=region.life_seconds)
        if passes:
            self.redis.set(keys.unordered(region.id), time.time() + AGAIN_SECONDS, ex=region.life_seconds)
        else:
            self.redis.delete(keys.unordered(region.id))

    def passing(self, region_id: str) -> bool:
        """True when the newest frames could not be ordered yet, for a reason that passes."""
        return bool(self.redis.exists(keys.unordered(region_id)))

    def again(self, region_id: str) -> bool:
        """True when it is time to order again what could not be ordered."""
        at = cast("bytes | None", self.redis.get(keys.unordered(region_id)))
        return at is not None and time.time() >= float(at)

    def reference_time(self, region_id: str) -> datetime | None:
        """The time from which the leads of the latest nowcast count; its rain is left where it is."""
        head = cast("bytes | None", self.redis.getrange(keys.latest(region_id)[0], 0, HEAD_BYTES))
        return parsed(split(head)[0]["input_times"])[-1] if head else None
