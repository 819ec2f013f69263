"""Nowcasts against the frames that came: each pair once, whoever dies, whatever is late."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from redis import Redis

from jobs import keys
from jobs.counted import KINDS
from jobs.counters import counters
from jobs.job import Status
from jobs.metrics import DAMAGED
from jobs.queue import Queue
from jobs.settings import Settings
from jobs.store import Store
from radar.frames import Rain
from radar.scores import Counts, count
from tests.jobs.started import started
from tests.regions import STEP, frames, region
from tests.workers.cycle import BRIEF, END, HERE, Cycle, nowcast
from tests.workers.dying import Dying, ends
from workers.metrics import UNVERIFIED


def by_hand(steps: range, salt: dict[int, int] | None = None) -> Counts:
    """Counts of persistence from the frames themselves, made at these steps; the newest frame is step 0."""
    total = Counts.zero(3, 2)
    rain = {step: seen(step, (salt or {}).get(step, 0)) for step in range(max(steps) + 1)}
    for start in steps:
        for lead in range(1, min(3, start) + 1):
            one = count(rain[start], rain[start - lead], HERE.thresholds)
            total.hits[lead - 1] += one.hits[0]
            total.misses[lead - 1] += one.misses[0]
            total.false_alarms[lead - 1] += one.false_alarms[0]
            total.correct_negatives[lead - 1] += one.correct_negatives[0]
    return total


def seen(step: int, salt: int = 0) -> Rain:
    return frames(step, last=END, salt=salt).rain


def same(one: Counts, two: Counts) -> None:
    for left, right in zip(one.arrays, two.arrays, strict=True):
        np.testing.assert_array_equal(left, right)


def test_every_nowcast_of_every_method_is_counted_once(cycle: Cycle) -> None:
    cycle.run(*range(5, -1, -1))
    same(cycle.skill["persistence"], by_hand(range(4, 0, -1)))
    assert cycle.skill["extrapolation"].count.sum() == cycle.skill["persistence"].count.sum()
    assert exported(cycle) == cycle.skill["persistence"].count.sum()


def exported(cycle: Cycle) -> int:
    """All pixels that Prometheus is told of persistence."""
    stored = cycle.verifier.skill.counters(["here"])["here", "persistence"]
    return sum(one.count for one in counters(stored) if one.kind in KINDS)


def test_the_order_in_which_things_come_makes_no_difference(cycle: Cycle) -> None:
    cycle.frame(*range(5, -1, -1))
    cycle.answer()
    cycle.verifier.run()
    same(cycle.skill["persistence"], by_hand(range(4, 0, -1)))


def test_verifying_again_changes_nothing(cycle: Cycle) -> None:
    cycle.run(3, 2, 1, 0)
    before, told = cycle.skill["persistence"], exported(cycle)
    cycle.verifier.awaited.settle(HERE, [], [END - STEP, END])
    cycle.verifier.run()
    same(cycle.skill["persistence"], before)
    assert exported(cycle) == told


def test_a_late_frame_is_verified_late(cycle: Cycle) -> None:
    cycle.run(5, 4, 3)
    cycle.run(1)
    assert cycle.skill["persistence"].count[:, 0].tolist() == [63, 63, 63]
    cycle.run(2)
    assert cycle.skill["persistence"].count[:, 0].tolist() == [2 * 63, 2 * 63, 63]


def test_a_frame_issued_again_replaces_its_own_counts(cycle: Cycle) -> None:
    cycle.run(5, 4, 3, 2)
    told = exported(cycle)
    cycle.frame(2, salt=1)
    cycle.answer()
    cycle.verifier.run()
    expected = [count(seen(start), seen(2, salt=1), HERE.thresholds) for start in (3, 4)]
    for lead, one in enumerate(expected):
        before = count(seen(4), seen(3), HERE.thresholds).hits[0] if lead == 0 else 0
        np.testing.assert_array_equal(cycle.skill["persistence"].hits[lead], one.hits[0] + before)
    assert exported(cycle) == told


def test_of_two_nowcasts_of_one_time_the_last_one_ordered_stands(cycle: Cycle) -> None:
    cycle.frame(5, 4)
    first = cycle.verifier.awaited.ordered("here")
    cycle.frame(4, salt=1)
    cycle.answer()
    cycle.verifier.run()
    assert len(cycle.verifier.awaited.ordered("here")) == 0 < len(first)
    cycle.run(3)
    expected = count(seen(4, salt=1), seen(3), HERE.thresholds)
    np.testing.assert_array_equal(cycle.skill["persistence"].hits[0], expected.hits[0])


def test_a_job_that_failed_is_not_waited_for(cycle: Cycle) -> None:
    cycle.frame(5, 4)
    for one in cycle.verifier.awaited.ordered("here"):
        cycle.store.end(cycle.store.job(one.job_id), Status.FAILED, "no")
    cycle.verifier.run()
    assert cycle.verifier.awaited.ordered("here") == []


def test_a_nowcast_that_is_gone_is_counted_as_lost(cycle: Cycle, redis: Redis) -> None:
    cycle.frame(5, 4)
    for one in cycle.verifier.awaited.ordered("here"):
        redis.delete(keys.job(one.job_id))
    before = UNVERIFIED.labels("here")._value.get()
    cycle.verifier.run()
    assert UNVERIFIED.labels("here")._value.get() == before + 2
    assert cycle.verifier.awaited.ordered("here") == []


def test_what_fell_back_counts_for_what_made_it(cycle: Cycle) -> None:
    cycle.frame(5, 4)
    for one in cycle.verifier.awaited.ordered("here"):
        job = cycle.store.job(one.job_id)
        said = nowcast(started(cycle.store, job), job)
        cycle.store.finish(job, replace(said, method="persistence", fallback_reason="failed"))
    cycle.run(3)
    (series,) = cycle.verifier.skill.series("here")
    assert series.method == "persistence"
    assert cycle.skill["persistence"].count[0].tolist() == [63, 63]


@pytest.fixture
def short(store: Store, queue: Queue, tmp_path: Path, wakes: None) -> Cycle:
    """A region that keeps a quarter of an hour."""
    return Cycle(store, queue, tmp_path, region(**{**BRIEF, "retention_hours": 0.25}))


def test_closed_times_are_merged_by_day_and_stay(short: Cycle) -> None:
    short.run(*range(7, -1, -1))
    same(short.skill["persistence"], by_hand(range(6, 0, -1)))
    skill, (series, *_) = short.verifier.skill, short.verifier.skill.series("here")
    assert skill.closed("here") == END - 3 * STEP
    assert skill.times("here", series) == [END - 2 * STEP, END - STEP, END]
    (record,) = skill.merged("here", series).values()
    assert (record.first, record.last) == (END - 5 * STEP, END - 3 * STEP)
    protocol = short.protocol
    assert not skill.write(protocol, series, END - 3 * STEP, record.tally)


def test_another_protocol_does_not_mix(cycle: Cycle) -> None:
    cycle.run(3, 2, 1)
    cycle.region = region(**{**BRIEF, "thresholds": (1, 2)})
    cycle.verifier.regions.put(cycle.region)
    cycle.run(0)
    protocols = {series.protocol for series in cycle.verifier.skill.series("here")}
    assert len(protocols) == 2
    assert cycle.protocol.id in protocols


def test_whoever_dies_at_whichever_command_no_count_is_lost_or_doubled(
    settings: Settings, queue: Queue, tmp_path: Path, wakes: None, redis: Redis
) -> None:
    dying = Dying.from_url(settings.redis_url)
    patient = settings.model_copy(update={"lease_seconds": 60})
    cycle = Cycle(Store(dying, patient), queue, tmp_path, region(**{**BRIEF, "retention_hours": 0.25}))
    cycle.run(4, 3, 2)
    cycle.frame(1, 0)
    cycle.answer()
    before, deaths = saved(redis), 0
    while not ends(cycle.verifier.run, deaths):
        redis.delete(keys.verifying("here"))  # it runs out soon after its holder has died
        assert ends(cycle.verifier.run)
        same(cycle.skill["persistence"], by_hand(range(3, 0, -1)))
        assert exported(cycle) == cycle.skill["persistence"].count.sum()
        assert cycle.verifier.awaited.times("here") == {}
        restore(redis, before)
        deaths += 1
    assert deaths > 20
    dying.close()


def saved(redis: Redis) -> dict[bytes, bytes]:
    """All that a server holds, but for what runs out meanwhile."""
    found = {key: redis.dump(key) for key in redis.scan_iter()}
    return {key: value for key, value in found.items() if value is not None}


def restore(redis: Redis, before: dict[bytes, bytes]) -> None:
    """Make a server hold what it held."""
    redis.flushdb()
    for key, value in before.items():
        redis.restore(key, 0, value)


def damage(redis: Redis, pattern: str) -> int:
    """Put bytes that nobody wrote into every field of such keys; how many there were."""
    named = [key.decode() for key in redis.scan_iter(f"nowcast:region:{pattern}")]
    fields = [(key, field) for key in named for field in cast("list[bytes]", redis.hkeys(key))]
    for key, field in fields:
        redis.hset(key, cast(Any, field), "damaged")
    return len(fields)


def set_aside(caplog: pytest.LogCaptureFixture) -> int:
    """How many records the log says were set aside."""
    return sum("It was set aside" in message for message in caplog.messages)


@pytest.mark.parametrize("read_first", [True, False])
def test_a_damaged_tally_is_made_anew_and_told_once(
    cycle: Cycle, redis: Redis, caplog: pytest.LogCaptureFixture, read_first: bool
) -> None:
    cycle.run(5, 4, 3, 2)
    before, damaged = DAMAGED._value.get(), damage(redis, "here:skill:*:times")
    if read_first:
        assert cycle.skill == {}
    cycle.verifier.awaited.settle(HERE, [], [END - 3 * STEP, END - 2 * STEP])
    cycle.run(1, 0)
    same(cycle.skill["persistence"], by_hand(range(4, 0, -1)))
    assert exported(cycle) == cycle.skill["persistence"].count.sum()
    assert set_aside(caplog) == DAMAGED._value.get() - before == redis.hlen(keys.damaged("here")) == damaged == 4


@pytest.mark.parametrize(("pattern", "frames_left"), [("*:days", [4, 4, 4]), ("*:times", [3, 2, 1])])
def test_what_is_damaged_holds_up_no_closing(short: Cycle, pattern: str, frames_left: list[int]) -> None:
    short.run(*range(7, 0, -1))
    assert damage(short.store.redis, f"here:skill:{pattern}")
    short.run(0)
    assert short.skill["persistence"].count[:, 0].tolist() == [63 * count for count in frames_left]
    assert short.verifier.skill.closed("here") == END - 3 * STEP
    assert short.verifier.awaited.times("here") == {}


def test_where_it_cannot_be_told_what_is_closed_the_days_tell(short: Cycle, caplog: pytest.LogCaptureFixture) -> None:
    skill, redis = short.verifier.skill, short.store.redis
    redis.set(keys.closed("here"), "what?")
    short.run(*range(7, 0, -1))
    redis.set(keys.closed("here"), "who?")
    (series, *_) = skill.series("here")
    (record,) = skill.merged("here", series).values()
    assert not skill.write(short.protocol, series, END - 4 * STEP, record.tally)
    assert skill.closed("here") == END - 4 * STEP
    redis.set(keys.closed("here"), "where?")
    short.run(0)
    same(short.skill["persistence"], by_hand(range(6, 0, -1)))
    assert skill.closed("here") == END - 3 * STEP
    assert redis.hgetall(keys.damaged("here")) == {keys.closed("here").encode(): b"where?"}
    assert set_aside(caplog) == 3


def test_names_that_nobody_wrote_hold_nothing_up(short: Cycle, redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    short.run(*range(7, 1, -1))
    for key in list(redis.scan_iter("nowcast:region:here:skill:*")):
        redis.hset(key, "yesterday", "1")
    redis.zadd(keys.awaited("here"), {b"\xff": 1})
    redis.sadd(keys.series("here"), "{")
    redis.hset(keys.unverified("here"), "yesterday", "1")
    short.run(1, 0)
    same(short.skill["persistence"], by_hand(range(6, 0, -1)))
    assert set_aside(caplog) == redis.hlen(keys.damaged("here")) == 3 + 2 * 3


def test_a_key_of_another_kind_holds_up_no_other_region(cycle: Cycle, redis: Redis) -> None:
    cycle.run(5, 4)
    cycle.verifier.regions.put(region("a"))
    redis.set(keys.awaited("a"), "x")
    cycle.run(3)
    assert cycle.skill["persistence"].count[:, 0].tolist() == [63, 0, 0]


def test_what_a_deleted_region_left_behind_goes_with_time(cycle: Cycle) -> None:
    cycle.run(3, 2, 1, 0)
    archive, regions = cycle.verifier.archive, cycle.verifier.regions
    regions.delete("here")
    cycle.verifier.run()
    assert archive.days("here") != []
    cycle.store.redis.zincrby(keys.GONE, -86400 * cycle.store.settings.archive_days, "here")
    cycle.verifier.run()
    assert archive.days("here") == []
    assert cycle.store.redis.zcard(keys.GONE) == 0


def test_a_region_that_is_back_keeps_its_archive(cycle: Cycle) -> None:
    cycle.run(3, 2, 1, 0)
    cycle.verifier.regions.delete("here")
    cycle.verifier.regions.put(HERE)
    assert cycle.store.redis.zcard(keys.GONE) == 0
