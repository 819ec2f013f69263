"""What in the store of verification does not decode: out of the way of all else, said once, counted, and kept."""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, TypeVar, cast

from redis import Redis

from jobs import keys, metrics
from jobs.errors import DamagedBlob

KEEP = timedelta(days=400)
"""As long as the records themselves: an older version of us may have found what a newer one wrote."""
ASIDE = """
local kind = redis.call('TYPE', KEYS[1]).ok
local remove = ({hash = 'HDEL', set = 'SREM', zset = 'ZREM'})[kind]
if not remove or (kind == 'hash' and redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2]) then return 0 end
if redis.call(remove, KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[2], KEYS[1] .. ' ' .. ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
"""
"""What is no longer there, or other than it was read, is left alone: of several who find it one sets it aside."""
REPLACE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('DEL', KEYS[1])
if ARGV[2] ~= '' then redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3]) end
return 1
"""
"""Likewise a key that is one text, which at no moment says nothing where it is to say something else."""

MOST_SHOWN = 200
"""Characters of a name in the log."""

T = TypeVar("T")
log = logging.getLogger(__name__)


class Damage:
    """Decodes what is sound, and sets aside what is not: fields of a hash, members of a set or a sorted one, texts."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self._aside, self._replace = redis.register_script(ASIDE), redis.register_script(REPLACE)

    def sound(
        self,
        region_id: str,
        key: str,
        found: Iterable[tuple[bytes, bytes | None]],
        decoded: Callable[[bytes, bytes], T],
    ) -> dict[bytes, T]:
        """By field, what `decoded` makes of a field and its blob; without those that are not there, or damaged."""
        sound = {}
        for field, blob in found:
            try:
                if blob is not None:
                    sound[field] = decoded(field, blob)
            except DamagedBlob as error:
                self.set_aside(region_id, key, field, blob or b"", error)
        return sound

    def fields(self, region_id: str, key: str, decoded: Callable[[bytes], T]) -> dict[bytes, T]:
        """What `decoded` makes of each field of a hash, where it raises no ValueError; their blobs are not fetched."""
        sound = {}
        for field in cast("list[bytes]", self.redis.hkeys(key)):
            try:
                sound[field] = decoded(field)
            except ValueError:
                blob = cast("bytes | None", self.redis.hget(key, cast(Any, field)))
                self.set_aside(region_id, key, field, blob or b"", DamagedBlob("The name of a record is damaged."))
        return sound

    def set_aside(self, region_id: str, key: str, field: bytes, blob: bytes, error: DamagedBlob) -> None:
        """Move a field, or member, to where nobody reads it."""
        named, life = [key, keys.damaged(region_id)], int(KEEP.total_seconds())
        if self._aside(keys=named, args=[field, blob, life]):
            say(region_id, f"{key} {field.decode('ascii', 'backslashreplace')}", error)

    def text(
        self, region_id: str, key: str, decoded: Callable[[bytes], T], instead: Callable[[], bytes | None]
    ) -> T | None:
        """What a key says, None where there is none; where it is damaged, `instead`, which it says from then on."""
        text = cast("bytes | None", self.redis.get(key))
        try:
            return None if text is None else decoded(text)
        except DamagedBlob as error:
            sound, life = instead(), int(KEEP.total_seconds())
            if self._replace(keys=[key, keys.damaged(region_id)], args=[text or b"", sound or b"", life]):
                say(region_id, key, error)
            return None if sound is None else decoded(sound)

    def known(self, region_id: str, key: str, field: str) -> bool:
        """True for a field that was set aside."""
        return bool(cast(int, self.redis.hexists(keys.damaged(region_id), f"{key} {field}")))


def say(region_id: str, name: str, error: DamagedBlob) -> None:
    """Log and count what was set aside."""
    metrics.DAMAGED.inc()
    log.error("region %s: %s It was set aside: %s in %s.", region_id, error, name[:MOST_SHOWN], keys.damaged(region_id))
