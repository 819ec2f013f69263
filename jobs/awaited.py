"""What is still to be verified: nowcasts that were ordered, and times of which something new is known."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from redis import Redis

from jobs import keys
from jobs.damage import Damage
from jobs.errors import DamagedBlob
from jobs.history import moment, seconds
from jobs.job import Job
from jobs.region import Region

DONE = """
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then return redis.call('HDEL', KEYS[1], ARGV[1]) end
return 0
"""
"""What has changed since it was looked at is looked at again."""


class Ordered(NamedTuple):
    """A job that was ordered from the frames up to the reference time, when the history had this revision."""

    reference_time: datetime
    method: str
    job_id: str
    revision: int

    @property
    def member(self) -> str:
        """As the set has it."""
        return f"{seconds(self.reference_time)} {self.job_id} {self.method}"

    @classmethod
    def of(cls, member: bytes, revision: bytes) -> "Ordered":
        """The inverse of `member`; DamagedBlob."""
        try:
            time, job_id, method = member.split(b" ", 2)
            return cls(moment(time), method.decode(), job_id.decode(), int(float(revision)))
        except (ValueError, OverflowError, OSError) as error:
            raise DamagedBlob("A nowcast that is to be verified cannot be told.") from error

    def replaces(self, other: "Ordered") -> bool:
        """True when it is, or was ordered after, another of this method and reference time."""
        return self[:2] == other[:2] and self.revision >= other.revision


class Awaited:
    """Per region; both lists outlive every process, and what is on them is taken off only once it is done."""

    def __init__(self, redis: Redis) -> None:
        self.redis, self.damage = redis, Damage(redis)
        self._done = redis.register_script(DONE)

    def expect(self, region: Region, jobs: Sequence[Job], time: datetime, revision: int) -> None:
        """These jobs, all or none, were ordered from the frames up to a time."""
        members = {Ordered(time, job.method, job.id, revision).member: revision for job in jobs}
        pipe = self.redis.pipeline()
        pipe.zadd(keys.awaited(region.id), cast(Any, members))
        pipe.expire(keys.awaited(region.id), region.life_seconds)
        pipe.execute()

    def ordered(self, region_id: str) -> list[Ordered]:
        """The jobs whose nowcasts are to come, in the order they were ordered in."""
        key = keys.awaited(region_id)
        found = cast("list[tuple[bytes, float]]", self.redis.zrange(key, 0, -1, withscores=True))
        members = [(member, str(revision).encode()) for member, revision in found]
        return list(self.damage.sound(region_id, key, members, Ordered.of).values())

    def settle(self, region: Region, done: Iterable[Ordered], times: Iterable[datetime]) -> None:
        """Take jobs off the list, and put the times of which they said something onto the other, both or neither."""
        pipe = self.redis.pipeline()
        for time in times:
            pipe.hincrby(keys.unverified(region.id), str(seconds(time)), 1)
        pipe.expire(keys.unverified(region.id), region.life_seconds)
        members = [one.member for one in done]
        if members:
            pipe.zrem(keys.awaited(region.id), *members)
        pipe.execute()

    def times(self, region_id: str) -> dict[datetime, int]:
        """The times that are to be verified, oldest first, and how often they have changed until now."""
        key = keys.unverified(region_id)
        found = cast("dict[bytes, bytes]", self.redis.hgetall(key))
        return dict(sorted(self.damage.sound(region_id, key, found.items(), change_of).values()))

    def done(self, region_id: str, time: datetime, changes: int) -> None:
        """A time has been verified; unless it has changed meanwhile, it is off the list."""
        self._done(keys=[keys.unverified(region_id)], args=[seconds(time), changes])

    def any(self, region_ids: Sequence[str]) -> list[str]:
        """Those of the regions that have anything to be verified."""
        pipe = self.redis.pipeline()
        for region_id in region_ids:
            pipe.exists(keys.awaited(region_id), keys.unverified(region_id))
        return [region_id for region_id, found in zip(region_ids, pipe.execute(), strict=True) if found]


def change_of(time: bytes, changes: bytes) -> tuple[datetime, int]:
    """A time that is to be verified and how often it has changed; DamagedBlob."""
    try:
        return moment(time), int(changes)
    except (ValueError, OverflowError, OSError) as error:
        raise DamagedBlob("A time that is to be verified cannot be told.") from error
