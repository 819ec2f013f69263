"""What the sources of a region remember between two pulls, in Redis."""

from dataclasses import dataclass
from typing import cast

from redis import Redis

from jobs import keys


@dataclass(frozen=True)
class Remembering:
    """The memory of one region's sources; each value has a time to live."""

    redis: Redis
    region_id: str

    def get(self, key: str) -> str | None:
        """What was set, until its time is up."""
        found = cast("bytes | None", self.redis.get(keys.remembered(self.region_id, key)))
        return None if found is None else found.decode()

    def set(self, key: str, value: str, seconds: int) -> None:
        """Keep the value for so long."""
        self.redis.set(keys.remembered(self.region_id, key), value, ex=seconds)
