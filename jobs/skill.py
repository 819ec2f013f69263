"""What was counted of each region's nowcasts: exact, once for each frame and method, mergeable, bounded in age.

A time whose frame may still change has a tally of its own, written over when the frame is issued again; so a count is
never added twice, whoever dies at which moment. Once a time is closed (`jobs.closing`) its tally is added to its day.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial, reduce
from itertools import chain
from operator import add
from typing import Any, NamedTuple, cast

import numpy as np
from redis import Redis

from jobs import compared, keys
from jobs.compared import Compared
from jobs.counted import cells
from jobs.counters import PACKED, grown
from jobs.damage import Damage
from jobs.errors import DamagedBlob
from jobs.history import moment, seconds
from jobs.protocol import Protocol
from jobs.record import Record, of_day, of_time, pack, time_of
from radar.sums import Integers
from radar.tally import Tally

KEEP = timedelta(days=400)
"""Older days are let go, so that the same season of a year ago is still there."""
WRITE = """
local closed = redis.call('GET', KEYS[4])
if closed and tonumber(ARGV[1]) <= tonumber(closed) then return 'closed' end
local function differs(key, field, known)
  local now = redis.call('HGET', key, field)
  return (now and redis.sha1hex(now) or '') ~= known
end
if differs(KEYS[1], ARGV[1], ARGV[2]) then return 'changed' end
if ARGV[8] ~= '' and differs(KEYS[3], ARGV[6], ARGV[7]) then return 'changed' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('SADD', KEYS[2], ARGV[4])
if ARGV[8] ~= '' then
  redis.call('DEL', KEYS[3])
  redis.call('HSET', KEYS[3], ARGV[6], ARGV[8])
end
for at = 1, 3 do redis.call('EXPIRE', KEYS[at], ARGV[5]) end
return 'kept'
"""
"""A tally and the counters for Prometheus that it adds to, both or neither, on what the writer has read of both."""


class Series(NamedTuple):
    """Tallies that may be merged: of one version of a method, under one protocol."""

    protocol: str
    method: str
    version: str

    @property
    def name(self) -> str:
        """As keys name it; method and version may hold any character."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:24]

    @property
    def text(self) -> str:
        """As the set of them holds it."""
        return json.dumps(self)

    @classmethod
    def of(cls, text: bytes, _: bytes) -> "Series":
        """The inverse of `text`; DamagedBlob."""
        try:
            return cls(*json.loads(text))
        except (ValueError, TypeError) as error:
            raise DamagedBlob("The name of a skill record is damaged.") from error


class Skill:
    """Write the tally of a time, close times, read. Every key has a time to live, renewed by each write.

    A record that does not decode is set aside by whoever comes upon it, and counts as none from then on.
    """

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.damage = Damage(redis)
        self._write = redis.register_script(WRITE)

    def write(self, protocol: Protocol, series: Series, time: datetime, tally: Tally, *, exported: bool = True) -> bool:
        """Put the tally of a time in place of the one before; False when the time is closed.

        exported: Prometheus is told of it too.
        """
        region_id = protocol.region
        if (closed := self.closed(region_id)) and time <= closed:  # the script asks again, of what is sound by now
            return False
        times, _ = keys.skill(region_id, series.name)
        counted = keys.verified(region_id, series.method)
        named = [times, keys.series(region_id), counted, keys.closed(region_id)]
        blob, life = pack(Record(tally, time, time)), int(KEEP.total_seconds())
        while True:
            before = cast("bytes | None", self.redis.hget(times, str(seconds(time))))
            told = cast("dict[bytes, bytes]", self.redis.hgetall(counted)) if exported else {}
            added = cells(tally, self._fresh(region_id, times, time, before, tally), protocol) if exported else []
            after = grown(told, added, protocol) if added else b""
            said: list[str | int | bytes] = [seconds(time), digest(before), blob, series.text, life]
            answer = self._write(keys=named, args=[*said, PACKED, digest(told.get(PACKED)), after])
            if answer != b"changed":
                return bool(answer == b"kept")

    def _fresh(self, region_id: str, times: str, time: datetime, before: bytes | None, tally: Tally) -> Integers:
        """The frames by lead of a tally that the counters know nothing of; they have counted what is damaged since."""
        field = str(seconds(time))
        known = self.damage.sound(region_id, times, [(field.encode(), before)], of_time)
        if known:
            return np.where(known[field.encode()].tally.frames == 0, tally.frames, 0)
        return np.zeros_like(tally.frames) if self.damage.known(region_id, times, field) else tally.frames

    def series(self, region_id: str, protocol: str | None = None) -> list[Series]:
        """What there are records of, by method; all, or those of one protocol."""
        found = self._named(region_id, cast("set[bytes]", self.redis.smembers(keys.series(region_id))))
        return [series for series in found if protocol in (None, series.protocol)]

    def days(self, region_id: str, series: Series, since: datetime | None = None) -> dict[date, Record]:
        """What was counted on each day; of the first only from `since` on, and nothing of it once it is merged."""
        times, whole = keys.skill(region_id, series.name)
        low = None if since is None else seconds(since)
        wanted = [field for field in self.fields(region_id, times) if low is None or int(field) >= low] or [b"none"]
        pipe = self.redis.pipeline()  # one transaction: a time must not be here and in its day
        pipe.hmget(times, wanted)
        pipe.hgetall(whole)
        single, merged = cast(Any, pipe.execute())
        found = self._days(region_id, whole, merged, merged.values())
        found = {day: record for day, record in found.items() if since is None or midnight(day) >= since}
        for record in self.single(region_id, times, wanted, single).values():
            day = record.first.date()
            found[day] = found[day] + record if day in found else record
        return dict(sorted(found.items()))

    def total(self, region_id: str, series: Series, since: datetime | None = None) -> Record | None:
        """All that was counted since then; None when that is nothing."""
        days = self.days(region_id, series, since).values()
        return reduce(add, days) if days else None

    def times(self, region_id: str, series: Series) -> list[datetime]:
        """The times that are not closed yet, oldest first."""
        return list(map(moment, self.fields(region_id, keys.skill(region_id, series.name)[0])))

    def at(self, region_id: str, series: Series, time: datetime) -> Record | None:
        """What was counted of one time; None where nothing was, or it is closed."""
        times, field = keys.skill(region_id, series.name)[0], b"%d" % seconds(time)
        blob = cast("bytes | None", self.redis.hget(times, cast(Any, field)))
        return self.single(region_id, times, [field], [blob]).get(field)

    def merged(self, region_id: str, series: Series) -> dict[date, Record]:
        """What was counted of the closed times of each day."""
        whole = keys.skill(region_id, series.name)[1]
        found = cast("dict[bytes, bytes]", self.redis.hgetall(whole))
        return dict(sorted(self._days(region_id, whole, found, found.values()).items()))

    def closed(self, region_id: str) -> datetime | None:
        """The time up to which counts are final; where that is damaged, the last one that was merged."""
        return self.damage.text(region_id, keys.closed(region_id), time_of, partial(self._last_merged, region_id))

    def _last_merged(self, region_id: str) -> bytes | None:
        """As it is written there; None where no time was merged."""
        days = (self.merged(region_id, series).values() for series in self.series(region_id))
        last = max((record.last for record in chain.from_iterable(days)), default=None)
        return None if last is None else b"%d" % seconds(last)

    def compared(self, region_id: str, series: Series, since: datetime | None = None) -> dict[datetime, Compared]:
        """The counts of each single time since then, as far back as they are kept."""
        times, kept = keys.skill(region_id, series.name)[0], keys.compared(region_id, series.name)
        low = None if since is None else seconds(since)
        fields = (field for name in (times, kept) for field in self.fields(region_id, name))
        there = {field for field in fields if low is None or int(field) >= low}
        wanted = sorted(there, key=int) or [b"none"]
        pipe = self.redis.pipeline()  # one transaction: a time that is being closed is in one of them
        for name in (times, kept):
            pipe.hmget(name, cast(Any, wanted))
        single, closed = cast("list[list[bytes | None]]", pipe.execute())
        found = self.damage.sound(region_id, kept, zip(wanted, closed, strict=True), compared.of_time)
        for field, record in self.single(region_id, times, wanted, single).items():
            found[field] = Compared.of(record)
        return {moment(field): found[field] for field in sorted(found, key=int)}

    def counters(self, region_ids: Sequence[str]) -> dict[tuple[str, str], dict[bytes, bytes]]:
        """By region and method, what was ever counted first of each pair of nowcast and frame, as it is kept.

        In two trips, as there may be a thousand.
        """
        series = self.redis.pipeline(transaction=False)
        for region_id in region_ids:
            series.smembers(keys.series(region_id))
        said = zip(region_ids, cast("list[set[bytes]]", series.execute()), strict=True)
        named = sorted(
            {(region_id, series.method) for region_id, texts in said for series in self._named(region_id, texts)}
        )
        counted = self.redis.pipeline(transaction=False)
        for region_id, method in named:
            counted.hgetall(keys.verified(region_id, method))
        return dict(zip(named, cast("list[dict[bytes, bytes]]", counted.execute()), strict=True))

    def _named(self, region_id: str, texts: set[bytes]) -> list[Series]:
        """The series of a set of them."""
        pairs = zip(texts, texts, strict=True)
        return sorted(self.damage.sound(region_id, keys.series(region_id), pairs, Series.of).values())

    def fields(self, region_id: str, times: str) -> list[bytes]:
        """The times of a hash, oldest first."""
        return sorted(self.damage.fields(region_id, times, int), key=int)

    def single(
        self, region_id: str, key: str, fields: Iterable[bytes], blobs: Iterable[bytes | None]
    ) -> dict[bytes, Record]:
        """The records of single times that are there and sound, in the same order."""
        return self.damage.sound(region_id, key, zip(fields, blobs, strict=True), of_time)

    def _days(
        self, region_id: str, key: str, fields: Iterable[bytes], blobs: Iterable[bytes | None]
    ) -> dict[date, Record]:
        """Likewise, those of days."""
        found = self.damage.sound(region_id, key, zip(fields, blobs, strict=True), of_day)
        return {record.first.date(): record for record in found.values()}


def digest(blob: bytes | None) -> str:
    """What the script knows a blob by; empty where there is none."""
    return hashlib.sha1(blob, usedforsecurity=False).hexdigest() if blob else ""


def midnight(day: date) -> datetime:
    """When a day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def began(day: bytes) -> datetime:
    """When a day began, by its name."""
    return midnight(date.fromisoformat(day.decode()))
