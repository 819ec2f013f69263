"""Curves that make the chances of a method mean what they say in a region: what was said is what they give.

A nowcast's curves follow from its reference time alone: a calibration holds for nowcasts of frames that come after it
was made, and never changes. So the gateway that serves a nowcast and the verifier that judges it, a restart or a week
later, agree on what was said without either telling the other.
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from redis import Redis

from jobs import keys
from jobs.damage import Damage
from jobs.errors import DamagedBlob
from jobs.history import moment, seconds
from jobs.place import name_of
from radar.chances import STEPS, UNKNOWN, Chances, Codes, Floats, coded, decoded, falling
from radar.grid import Grid
from radar.nowcast import Nowcast

GROUPS = (30.0, 60.0, 120.0)
"""Minutes at which one group of leads ends and the next begins; the last one has no end."""
KEEP = timedelta(days=400)
OFF = "off"
"""The version of chances as their method gives them, once that is asked for again."""
MADE = """
local newest = redis.call('ZRANGE', KEYS[1], -1, -1)[1]
if not newest then return nil end
local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
if last[2] and tonumber(last[2]) > tonumber(newest) then return nil end
local member = ARGV[1] .. ' ' .. newest
redis.call('ZADD', KEYS[2], newest + 1, member)
redis.call('HSET', KEYS[3], member, ARGV[2])
local aged = redis.call('ZREVRANGEBYSCORE', KEYS[2], newest - ARGV[3], '-inf', 'LIMIT', 1, -1)
for _, old in ipairs(aged) do redis.call('ZREM', KEYS[2], old) redis.call('HDEL', KEYS[3], old) end
for at = 2, 3 do redis.call('EXPIRE', KEYS[at], ARGV[3]) end
return newest
"""
"""A calibration begins one second after the newest frame there is: no nowcast of a later one has been ordered yet.

Those go that held for no nowcast of the time that is kept: all that end before it.
"""

Table = NDArray[np.uint8]


class Curve(BaseModel):
    """How often it came (rising) when so much was said (rising), for one threshold and group of leads."""

    model_config = ConfigDict(frozen=True)

    threshold: float = Field(description="mm/h")
    group: int = Field(ge=0, le=len(GROUPS))
    said: tuple[float, ...]
    came: tuple[float, ...]


class Calibration(BaseModel):
    """All curves of one version of a method in a region."""

    model_config = ConfigDict(frozen=True)

    version: str
    frames: int = Field(description="verified frames they were made of")
    curves: tuple[Curve, ...]

    def said(self, chances: Chances, leads: Sequence[float]) -> Chances:
        """Chances at these leads in minutes as they are said; those without a curve stay as they are."""
        codes = np.empty_like(chances.codes)
        for at, minutes in enumerate(leads):
            codes[:, at] = self.at(minutes, chances.thresholds, chances.codes[:, at])
        return Chances(chances.thresholds, codes, chances.made_by, self.version)

    def at(self, minutes: float, thresholds: Sequence[float], codes: Codes) -> Codes:
        """(thresholds, Y, X) of one lead, never rising with the threshold."""
        tables = self.tables(group(minutes))
        found = [tables[rate][row] if rate in tables else row for rate, row in zip(thresholds, codes, strict=True)]
        return falling(np.stack(found))

    def by_threshold(self, chances: Mapping[float, Floats], minutes: float) -> dict[float, Floats]:
        """Likewise, of chances (Y, X) of one lead by threshold."""
        if not chances:
            return {}
        thresholds = sorted(chances)
        found = self.at(minutes, thresholds, coded(np.stack([chances[rate] for rate in thresholds])))
        return dict(zip(thresholds, map(decoded, found), strict=True))

    def tables(self, which: int) -> dict[float, Table]:
        """By threshold, the byte that is said for each byte of a group of leads."""
        return {curve.threshold: table(curve) for curve in self.curves if curve.group == which}


AS_MADE = Calibration(version=OFF, frames=0, curves=())
"""Chances as their method gives them."""


@lru_cache(1024)
def table(curve: Curve) -> Table:
    """The byte that is said for each byte: between the points by straight lines; none stays none."""
    chances = np.arange(STEPS + 1) / STEPS
    found = np.full(UNKNOWN + 1, UNKNOWN, np.uint8)
    found[: STEPS + 1] = coded(np.interp(chances, [0.0, *curve.said], [0.0, *curve.came]))
    return found


def group(minutes: float) -> int:
    """Which group of leads a lead is in."""
    return int(np.searchsorted(GROUPS, minutes))


def version(curves: Sequence[Curve], newest: datetime) -> str:
    """A name for curves: when they were made, and a hash of them."""
    text = json.dumps([curve.model_dump() for curve in curves])
    return f"{newest:%Y%m%dT%H%MZ}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


class Calibrated(NamedTuple):
    """What has curves of its own: a version of a method, in a region, on a grid. A region that moves begins anew."""

    region: str
    grid: str
    method: str
    version: str

    @classmethod
    def of(cls, region_id: str, grid: Grid, method: str, version: str) -> "Calibrated":
        """That of nowcasts of a region on this grid."""
        return cls(region_id, name_of(grid), method, version)


class Calibrations:
    """One after the other for each of these; each lives as long as the skill it made."""

    def __init__(self, redis: Redis) -> None:
        self.redis, self.damage = redis, Damage(redis)
        self._made = redis.register_script(MADE)

    def put(self, what: Calibrated, calibration: Calibration | None) -> datetime | None:
        """From the next frame on, say chances so; None: as the method gives them. The newest frame there was."""
        known = calibration or AS_MADE
        named = [keys.history(what.region)[0], *keys.calibrations(*what)]
        found = self._made(keys=named, args=[known.version, known.model_dump_json(), int(KEEP.total_seconds())])
        return None if found is None else moment(cast("bytes", found))

    def at(self, what: Calibrated, reference_time: datetime) -> Calibration | None:
        """That of nowcasts of a method and version from this frame; None when their chances are left as they are."""
        times, second = keys.calibrations(*what)[0], seconds(reference_time)
        found = self.redis.zrange(times, second, "-inf", desc=True, byscore=True, offset=0, num=1)
        member = next(iter(cast("list[bytes]", found)), None)
        known = None if member is None else self.read(what, member)
        return None if known is None or known.version == OFF else known

    def held(self, what: Calibrated) -> "Held":
        """All of them, to ask for many reference times."""
        found = self.redis.zrange(keys.calibrations(*what)[0], 0, -1, withscores=True)
        return Held(self, what, tuple(cast("list[tuple[bytes, float]]", found)))

    def last(self, what: Calibrated) -> tuple[datetime, Calibration] | None:
        """The newest one and from when it holds."""
        found = self.redis.zrange(keys.calibrations(*what)[0], -1, -1, withscores=True)
        for member, score in cast("list[tuple[bytes, float]]", found):
            return moment(str(int(score)).encode()), self.read(what, member)
        return None

    def read(self, what: Calibrated, member: bytes) -> Calibration:
        """One of them; chances stay as their method gives them where it is damaged."""
        texts = keys.calibrations(*what)[1]
        found = [(member, cast("bytes | None", self.redis.hget(texts, cast(Any, member))))]
        return self.damage.sound(what.region, texts, found, parsed).get(member, AS_MADE)

    def said(self, region_id: str, nowcast: Nowcast) -> Nowcast:
        """A nowcast of a region as it is said."""
        if nowcast.chances is None:
            return nowcast
        what = Calibrated.of(region_id, nowcast.frames.grid, nowcast.method, nowcast.version)
        known = self.at(what, nowcast.reference_time)
        return nowcast if known is None else replace(nowcast, chances=known.said(nowcast.chances, nowcast.leads))


@dataclass(frozen=True)
class Held:
    """From when each calibration of a version of a method holds, oldest first; it reads those that are asked for."""

    calibrations: Calibrations
    what: Calibrated
    starts: tuple[tuple[bytes, float], ...]

    def at(self, reference_time: datetime) -> Calibration | None:
        """As `Calibrations.at`."""
        after = bisect_right(self.starts, seconds(reference_time), key=itemgetter(1))
        known = self.calibrations.read(self.what, self.starts[after - 1][0]) if after else None
        return None if known is None or known.version == OFF else known


@lru_cache(256)
def parsed(_: bytes, text: bytes) -> Calibration:
    """A calibration out of the store, or DamagedBlob."""
    try:
        return Calibration.model_validate_json(text)
    except ValidationError as error:
        raise DamagedBlob("A calibration in the store is damaged.") from error
