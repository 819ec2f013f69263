"""Past storms: how they are kept, when their frames are due, and which nowcasts of them are scored."""

from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import pytest
from redis import Redis

from jobs import keys
from jobs.errors import DamagedBlob, QueueFull, UnknownRegion, UnknownReplay
from jobs.place import described
from jobs.region import Region
from jobs.regions import Regions
from jobs.replay import Replay, plan_of, rain_of, time_of, window_starts
from jobs.replays import MOST, Replays
from radar.errors import BadFrames, BadInput, TooLarge
from radar.frames import Frames
from tests.regions import STEP, frames, region
from tests.workers.cycle import END

STORM = frames(3, 2, 1, 0, last=END)
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def replay(name: str = "here-replay-1", storm: Frames = STORM, speed: float = 60) -> Replay:
    return Replay(
        id=name,
        of="here",
        event="storm",
        speed=speed,
        began=NOW,
        first=storm.times[0],
        last=storm.times[-1],
        frames=len(storm),
        grid=described(storm.grid),
        starts=storm.times[1:2],
    )


@pytest.fixture
def replays(redis: Redis) -> Replays:
    return Replays(redis)


def begun(replays: Replays, name: str = "here-replay-1", storm: Frames = STORM) -> Replay:
    made = replay(name, storm)
    replays.begin(made, region(name), storm)
    return made


def test_its_clock_goes_faster() -> None:
    assert replay(speed=60).due(STORM.times[0]) == NOW
    assert replay(speed=60).due(STORM.times[2]) == NOW + timedelta(seconds=10)


def test_frames_come_in_order_each_once(replays: Replays) -> None:
    made = begun(replays)
    for at in range(4):
        assert replays.waiting(made.id) == 4 - at
        blob = replays.next(made.id)
        assert blob is not None
        assert time_of(blob) == STORM.times[at]
        np.testing.assert_array_equal(rain_of(blob), STORM.rain[at])
        for _ in range(2):  # one who was away for long says it again, and takes no other frame off
            replays.fed(made.id, blob)
    assert replays.next(made.id) is None


def test_a_frame_that_was_filled_in_is_not_fed(replays: Replays) -> None:
    holed = Frames(STORM.rain, STORM.times, STORM.grid, interpolated=STORM.times[1:2])
    made = begun(replays, storm=holed)
    assert replays.waiting(made.id) == 3


def test_it_is_a_region_that_is_in_no_list(replays: Replays, redis: Redis) -> None:
    made = begun(replays)
    regions = Regions(redis)
    assert regions.get(made.id) == region(made.id)
    assert (regions.all(), regions.replayed()) == ([], [region(made.id)])
    with pytest.raises(UnknownRegion):
        regions.delete(made.id)


def test_every_key_has_a_time_to_live(replays: Replays, redis: Redis) -> None:
    made = begun(replays)
    blob = replays.next(made.id)
    assert blob is not None
    for _ in range(2):
        assert all(0 < redis.ttl(key) <= 86_400 for key in keys.replay(made.id))
        replays.fed(made.id, blob)


def test_they_are_listed_by_region_the_last_one_first(replays: Replays) -> None:
    begun(replays, "here-replay-1")
    replays.begin(replay("here-replay-2").model_copy(update={"began": NOW + STEP}), region("here-replay-2"), STORM)
    assert [one.id for one in replays.all("here")] == ["here-replay-2", "here-replay-1"]
    assert replays.all("there") == []
    for name, of in (("here-replay-1", "there"), ("none", None)):
        with pytest.raises(UnknownReplay):
            replays.get(name, of)


def test_what_is_forgotten_is_cleared_away(replays: Replays, redis: Redis) -> None:
    made = begun(replays)
    redis.set(keys.trouble(made.id), "rain")
    redis.set(keys.trouble(f"{made.id}-other"), "stays")
    replays.forget(made.id)
    assert (replays.all("here"), replays.forgotten()) == ([], [made.id])
    replays.clear(made.id)
    assert replays.forgotten() == []
    assert [key.decode() for key in redis.scan_iter("*replay*")] == [keys.trouble(f"{made.id}-other")]


def test_nothing_is_put_in_its_place_or_sent_to_it(replays: Replays, redis: Redis) -> None:
    made, regions = begun(replays), Regions(redis)
    for refused in (partial(regions.put, region(made.id)), partial(regions.own, made.id)):
        with pytest.raises(BadInput, match="the region of a replay"):
            refused()
    replays.forget(made.id)
    with pytest.raises(BadInput, match="the region of a replay"):  # what came of it is still to be cleared away
        regions.put(region(made.id))
    replays.clear(made.id)
    assert regions.put(region(made.id))
    assert regions.own(made.id) == region(made.id)


def test_only_so_many_and_so_large(replays: Replays, monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(MOST):
        begun(replays, f"here-replay-{at}")
    with pytest.raises(QueueFull, match=f"{MOST} replays"):
        begun(replays, "one-more")
    replays.forget("here-replay-0")
    monkeypatch.setattr("jobs.replays.MOST_BYTES", 100)
    with pytest.raises(TooLarge, match="100 bytes"):
        begun(replays, "too-large")


def test_a_damaged_record_is_said(replays: Replays, redis: Redis) -> None:
    made = begun(replays)
    redis.set(keys.replay(made.id)[0], "{")
    with pytest.raises(DamagedBlob):
        replays.get(made.id)


def test_its_region_keeps_every_frame() -> None:
    plan = plan_of(STORM.times, STEP, method="persistence", leads=3, thresholds=(1, 2))
    kept = Region.of("replay", plan)
    assert (plan.cadence, plan.horizon, plan.thresholds, plan.method) == (STEP, 3, (1, 2), "persistence")
    assert kept.retention > STORM.times[-1] - STORM.times[0]
    assert all(kept.in_step(time) for time in STORM.times)


def test_a_storm_that_no_region_can_have_is_refused() -> None:
    long = (END, END + timedelta(days=40))
    wrong = ((STORM.times, timedelta(minutes=7), "the cadence does"), (long, STEP, "retention_hours: Input should"))
    for times, cadence, said in wrong:
        with pytest.raises(BadFrames, match=f"No region can have this storm: {said}"):
            plan_of(times, cadence, method=None, leads=3, thresholds=(1,))


def test_windows_do_not_span_what_was_filled_in() -> None:
    assert window_starts(STORM, 2, 1, 1) == STORM.times[1:3]
    assert window_starts(STORM, 2, 1, 2) == STORM.times[1:2]
    holed = Frames(STORM.rain, STORM.times, STORM.grid, interpolated=STORM.times[:1])
    assert window_starts(holed, 2, 1, 1) == STORM.times[2:3]
    assert window_starts(STORM, 4, 1, 1) == ()
