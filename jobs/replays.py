"""The replays there are: past storms, each fed to a region of its own for a while."""

from datetime import timedelta
from typing import cast

from pydantic import ValidationError
from redis import Redis
from redis.client import Pipeline

from jobs import keys
from jobs.errors import DamagedBlob, QueueFull, UnknownReplay
from jobs.region import Region
from jobs.replay import Replay, packed
from radar.errors import TooLarge
from radar.frames import Frames

MOST = 8
"""Replays of one service: each holds a storm in memory."""
MOST_BYTES = 2**28
"""Of the frames of a replay, packed."""
KEEP = timedelta(days=1)
"""How long a replay, and all that came of it, is kept once nothing of it moves."""


class Replays:
    """Begin, get, list, feed, forget. The frames that are to come lie in a list, the next one first."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis

    def begin(self, replay: Replay, region: Region, frames: Frames) -> None:
        """From now on its frames are fed; QueueFull when there are too many replays, TooLarge for a storm that is."""
        blobs = list(packed(frames))
        if sum(map(len, blobs)) > MOST_BYTES:
            raise TooLarge(f"The storm takes more than {MOST_BYTES} bytes; replay fewer frames of it.")
        record, coming = keys.replay(replay.id)

        def enter(pipe: Pipeline) -> None:
            if pipe.hlen(keys.REPLAYED) >= MOST:
                raise QueueFull(f"There are {MOST} replays already; delete one, or come back later.")
            pipe.multi()
            pipe.rpush(coming, *blobs)
            pipe.expire(coming, KEEP)
            pipe.set(record, replay.model_dump_json(), ex=KEEP)
            pipe.hset(keys.REPLAYED, replay.id, region.model_dump_json())

        self.redis.transaction(enter, keys.REPLAYED)

    def get(self, replay_id: str, of: str | None = None) -> Replay:
        """A replay, of this region where one is named; UnknownReplay when there is none, or its time is up."""
        text = cast("bytes | None", self.redis.get(keys.replay(replay_id)[0]))
        try:
            found = None if text is None else Replay.model_validate_json(text)
        except ValidationError as error:
            raise DamagedBlob(f"The record of replay {replay_id} is damaged.") from error
        if found is None or of not in (None, found.of):
            raise UnknownReplay(f"There is no replay {replay_id[:64]!r}.")
        return found

    def all(self, of: str) -> list[Replay]:
        """Every replay of a region, the last one first."""
        found = []
        for name in cast("list[bytes]", self.redis.hkeys(keys.REPLAYED)):
            try:
                found.append(self.get(name.decode(), of))
            except UnknownReplay:
                continue
        return sorted(found, key=lambda replay: replay.began, reverse=True)

    def kept(self, replay_id: str) -> bool:
        """False for a region whose replay is over and whose time is up."""
        return bool(self.redis.exists(keys.replay(replay_id)[0]))

    def waiting(self, replay_id: str) -> int:
        """How many frames are to come."""
        return self.redis.llen(keys.replay(replay_id)[1])

    def next(self, replay_id: str) -> bytes | None:
        """The frame that comes next, packed; None when all have come."""
        return cast("bytes | None", self.redis.lindex(keys.replay(replay_id)[1], 0))

    def fed(self, replay_id: str, blob: bytes) -> None:
        """This frame has come, and the replay is kept for another while; saying so twice takes no other frame off."""
        record, coming = keys.replay(replay_id)
        pipe = self.redis.pipeline()
        pipe.lrem(coming, 1, cast(str, blob))
        pipe.expire(coming, KEEP)
        pipe.expire(record, KEEP)
        pipe.execute()

    def forget(self, replay_id: str) -> None:
        """It is gone from now on; the verifier clears away what came of it."""
        pipe = self.redis.pipeline()
        pipe.hdel(keys.REPLAYED, replay_id)
        pipe.delete(*keys.replay(replay_id))
        pipe.zrem(keys.DUE, replay_id)
        pipe.sadd(keys.FORGOTTEN, replay_id)
        pipe.execute()

    def forgotten(self) -> list[str]:
        """The regions of replays that are gone and not cleared away yet."""
        return sorted(name.decode() for name in cast("set[bytes]", self.redis.smembers(keys.FORGOTTEN)))

    def clear(self, region_id: str) -> None:
        """Every key that the region of a replay has left behind."""
        for key in self.redis.scan_iter(keys.of_region(region_id), count=1000):
            if key not in map(str.encode, (keys.verifying(region_id), keys.pulling(region_id))):  # locks of ours
                self.redis.delete(key)
        self.redis.hdel(keys.WEATHER, region_id)
        self.redis.zrem(keys.DUE, region_id)  # a clock may have been at it
        self.redis.srem(keys.FORGOTTEN, region_id)
