"""The history of a region, on a real server."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st
from redis import Redis

from jobs import keys, quantised
from jobs.errors import DamagedBlob, NoFrames
from jobs.history import History, Outcome
from jobs.region import Region
from radar.errors import BadFrames
from radar.frames import Frames
from radar.grid import Grid
from tests.regions import PLACE, STEP, frames, now, rain, region

ADDED, REPLACED, SAME, OLD = Outcome.ADDED, Outcome.REPLACED, Outcome.SAME, Outcome.OLD
END = now()


@pytest.fixture
def history(redis: Redis) -> History:
    return History(redis)


def append(history: History, sent: Frames, into: Region | None = None) -> list[Outcome]:
    return history.append(into or region(), sent.grid, list(zip(sent.times, sent.rain, strict=True)))


def contents(redis: Redis) -> list[object]:
    """Every byte of a history but how often it was changed."""
    times, blobs, about = keys.history("here")
    grid_and_bytes = redis.hmget(about, "grid", "bytes")
    return [redis.zrange(times, 0, -1, withscores=True), redis.hgetall(blobs), grid_and_bytes]


def test_the_ends_of_several_histories(history: History) -> None:
    append(history, frames(2, 0, last=END))
    assert history.ends(["here", "nowhere"]) == {"here": END, "nowhere": None}
    assert history.ends([]) == {}


def test_frames_come_back_in_order(history: History) -> None:
    assert append(history, frames(2, 1, 0, last=END)) == [ADDED] * 3
    recent = history.last(region(), 10)
    assert recent.times == frames(2, 1, 0, last=END).times
    np.testing.assert_array_equal(recent.rain, frames(2, 1, 0, last=END).rain)
    assert recent.grid == PLACE.grid()


def test_only_the_last_steps_are_read(history: History) -> None:
    append(history, frames(5, 4, 3, 2, 1, 0, last=END))
    assert history.last(region(), 2).times == frames(1, 0, last=END).times


def test_the_same_frame_again_changes_nothing(history: History, redis: Redis) -> None:
    append(history, frames(1, 0, last=END))
    before, revision = contents(redis), history.extent("here").revision
    assert append(history, frames(1, 0, last=END)) == [SAME, SAME]
    assert (contents(redis), history.extent("here").revision) == (before, revision)


def test_a_frame_that_is_issued_again_replaces_the_first(history: History) -> None:
    append(history, frames(1, 0, last=END))
    assert append(history, frames(1, last=END, salt=1)) == [REPLACED]
    recent = history.last(region(), 2)
    np.testing.assert_array_equal(recent.rain, [rain(1001), rain(0)])
    assert history.extent("here").frames == 2


def test_a_late_frame_is_put_in_its_place(history: History) -> None:
    append(history, frames(2, last=END))
    append(history, frames(0, last=END))
    assert history.last(region(), 3).missing == (END - STEP,)
    assert append(history, frames(1, last=END)) == [ADDED]
    assert history.last(region(), 3).missing == ()


@trials(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=4))
def test_any_order_ends_in_the_same_bytes(history: History, redis: Redis, order: list[int], again: list[int]) -> None:
    history.drop("here")
    append(history, frames(5, 4, 3, 2, 1, 0, last=END))
    straight = contents(redis)
    history.drop("here")
    for step in [*order, *again]:
        append(history, frames(step, last=END))
    assert contents(redis) == straight


def test_frames_go_when_they_are_too_old(history: History) -> None:
    short = region(retention_hours=0.25)
    append(history, frames(3, 2, 1, 0, last=END), short)
    assert history.times("here") == frames(2, 1, 0, last=END).times
    assert append(history, frames(4, last=END), short) == [OLD]


def test_frames_go_when_they_are_too_many(history: History) -> None:
    small = region(max_bytes=2**16)
    blob = len(quantised.pack(rain(0, 128)))
    kept = 2**16 // blob
    big = Grid.of((128, 128), PLACE.transform, "EPSG:3035")
    sent = [(END - step * STEP, rain(step, 128)) for step in reversed(range(kept + 3))]
    outcomes = history.append(small, big, sent)
    extent = history.extent("here")
    assert extent.bytes <= 2**16
    assert (extent.frames, extent.newest, outcomes.count(OLD)) == (kept, END, 3)


def test_the_extent_counts_the_bytes_there_are(history: History, redis: Redis) -> None:
    append(history, frames(2, 1, 0, last=END))
    append(history, frames(1, last=END, salt=1))
    blobs = redis.hvals(keys.history("here")[1])
    assert history.extent("here").bytes == sum(map(len, blobs))


def test_every_key_has_a_time_to_live(history: History, redis: Redis) -> None:
    append(history, frames(0, last=END))
    assert all(0 < redis.ttl(key) <= region().life_seconds for key in keys.history("here"))


def test_another_grid_is_refused_and_nothing_changes(history: History, redis: Redis) -> None:
    append(history, frames(0, last=END))
    before = contents(redis)
    with pytest.raises(BadFrames, match="another grid"):
        append(history, frames(0, last=END, grid=Grid.picture((8, 8))))
    assert contents(redis) == before


def test_a_region_without_frames(history: History) -> None:
    assert (history.extent("here").frames, history.times("here"), history.grid("here")) == (0, (), None)
    with pytest.raises(NoFrames):
        history.last(region(), 3)


@pytest.mark.parametrize("damage", [b"", b"NCQ1", b"\x00" * 40])
def test_a_damaged_frame_is_named(history: History, redis: Redis, damage: bytes) -> None:
    append(history, frames(1, 0, last=END))
    redis.hset(keys.history("here")[1], str(int(END.timestamp())), damage)
    with pytest.raises(DamagedBlob, match=f"{END:%Y-%m-%dT%H:%M}"):
        history.last(region(), 2)
    assert append(history, frames(0, last=END)) == [REPLACED]


def test_a_damaged_grid_is_said_to_be(history: History, redis: Redis) -> None:
    append(history, frames(0, last=END))
    redis.hset(keys.history("here")[2], "grid", "[1, 2]")
    with pytest.raises(DamagedBlob):
        history.grid("here")


def test_dropping_forgets_all(history: History, redis: Redis) -> None:
    append(history, frames(0, last=END))
    history.drop("here")
    assert redis.keys("nowcast:region:here:*") == []
