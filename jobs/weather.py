"""How much it rains in the newest frame of each region: in a few numbers, for those who run the service."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from redis import Redis

from jobs import keys
from radar.frames import Rain

WET = 0.1
"""mm/h from which a pixel counts as wet."""


@dataclass(frozen=True)
class Weather:
    """A frame. wet: share of observed pixels with rain. observed: share of all pixels. highest: rain rate in mm/h."""

    wet: float
    observed: float
    highest: float

    @classmethod
    def of(cls, rain: Rain) -> "Weather":
        """That of a frame (Y, X) in mm/h, NaN where nothing was observed."""
        seen = rain[np.isfinite(rain)]
        if not seen.size:
            return cls(0.0, 0.0, 0.0)
        return cls(float(np.mean(seen >= WET)), seen.size / rain.size, float(seen.max()))

    def note(self, redis: Redis, region_id: str) -> None:
        """Keep it as that of a region."""
        redis.hset(keys.WEATHER, region_id, f"{self.wet} {self.observed} {self.highest}")


def weather(redis: Redis) -> dict[str, Weather]:
    """That of every region that has had a frame."""
    found = cast("dict[bytes, bytes]", redis.hgetall(keys.WEATHER))
    return {name.decode(): Weather(*map(float, said.split())) for name, said in sorted(found.items())}
