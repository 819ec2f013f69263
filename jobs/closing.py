"""Counts that are final: those of single times become part of their day's, which are kept for longer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, reduce
from itertools import groupby
from operator import add
from typing import Any, cast

from redis import WatchError
from redis.client import Pipeline

from jobs import compared, keys
from jobs.compared import Compared
from jobs.history import seconds
from jobs.record import Record, of_day, pack
from jobs.skill import KEEP, Series, Skill, began

COMPARE = timedelta(days=14)
"""How long the counts of single times are kept, by which methods are compared in pairs."""
TRIES = 3
"""What is being merged may be set aside, as damaged, by whoever reads it."""


def close(skill: Skill, region_id: str, until: datetime) -> None:
    """Make the counts up to this time final, and merge them by day; only one may do so at a time."""
    known = skill.closed(region_id)
    if known is None or until > known:
        skill.redis.set(keys.closed(region_id), seconds(until), ex=int(KEEP.total_seconds()))
    for series in skill.series(region_id):
        any(Merge(skill, region_id, series, until).attempt() for _ in range(TRIES))


@dataclass(frozen=True)
class Merge:
    """Adds closed times of a series to their days, oldest first, so that sums come out the same to the last digit."""

    skill: Skill
    region_id: str
    series: Series
    until: datetime

    @cached_property
    def kept(self) -> str:
        """The key of the counts of single times that are closed."""
        return keys.compared(self.region_id, self.series.name)

    def attempt(self) -> bool:
        """Merge; False when something was changed or set aside meanwhile: whatever is left is to be merged again."""
        times, whole = keys.skill(self.region_id, self.series.name)
        fields = [field for field in self.skill.fields(self.region_id, times) if int(field) <= seconds(self.until)]
        if not fields:
            return True
        with self.skill.redis.pipeline() as pipe:
            pipe.watch(times, whole)  # type: ignore[no-untyped-call]
            closed = self.skill.single(self.region_id, times, fields, cast(Any, pipe.hmget(times, cast(Any, fields))))
            if len(closed) < len(fields):
                return False
            days = self.summed(pipe, whole, closed.values())
            pipe.multi()
            self.keep_days(pipe, whole, days)
            self.keep_single(pipe, closed)
            pipe.hdel(times, *fields)
            return executed(pipe)

    def summed(self, pipe: Pipeline, whole: str, records: Iterable[Record]) -> dict[bytes, bytes]:
        """The days of records, with what was counted of them before."""
        days = by_day(records)
        blobs = cast("list[bytes | None]", pipe.hmget(whole, cast(Any, list(days))))
        before = self.skill.damage.sound(self.region_id, whole, zip(days, blobs, strict=True), of_day)
        known = {day: [before[day]] if day in before else [] for day in days}
        return {day: pack(reduce(add, [*known[day], *records])) for day, records in days.items()}

    def keep_days(self, pipe: Pipeline, whole: str, days: Mapping[bytes, bytes]) -> None:
        """Write days, and let go of those that are too old."""
        begun = self.skill.damage.fields(self.region_id, whole, began)
        pipe.hset(whole, mapping=cast(Any, days))
        if old := [day for day, time in begun.items() if time < self.until - KEEP]:
            pipe.hdel(whole, *old)
        pipe.expire(whole, int(KEEP.total_seconds()))

    def keep_single(self, pipe: Pipeline, closed: Mapping[bytes, Record]) -> None:
        """Keep for a while by what methods are compared, and let go of what is too old for that."""
        low = seconds(self.until - COMPARE)
        if recent := {field: compared.pack(Compared.of(one)) for field, one in closed.items() if int(field) >= low}:
            pipe.hset(self.kept, mapping=cast(Any, recent))
        if aged := [field for field in self.skill.fields(self.region_id, self.kept) if int(field) < low]:
            pipe.hdel(self.kept, *aged)
        pipe.expire(self.kept, int(COMPARE.total_seconds()))


def by_day(records: Iterable[Record]) -> dict[bytes, list[Record]]:
    """Records in order of time, by the day they are of."""
    return {day: list(group) for day, group in groupby(records, lambda record: record.day.encode())}


def executed(pipe: Pipeline) -> bool:
    """True when all of it was done; False, and nothing was, when what it rests on has changed."""
    try:
        pipe.execute()
    except WatchError:
        return False
    return True
