"""A past storm is fed on its own clock: every frame is nowcast once, whoever dies."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from jobs import keys
from jobs.errors import RegionBusy, UnknownReplay
from jobs.job import Job
from jobs.place import described
from jobs.queue import Queue
from jobs.region import Region
from jobs.replay import Replay
from jobs.replays import Replays
from jobs.store import Store
from tests.regions import frames
from tests.regions import region as made
from tests.workers.cycle import BRIEF, END, Cycle
from tests.workers.dying import Died
from workers.exclusive import exclusive
from workers.replaying import Replaying
from workers.ticking import Ticking

STEPS = range(5, -1, -1)
STORM = frames(*STEPS, last=END)
NAME = "here-replay-1"


class Storm:
    """A storm of six frames that is replayed, and whose jobs are answered by hand."""

    def __init__(self, store: Store, queue: Queue, folder: Path, **other: Any) -> None:
        self.cycle = Cycle(store, queue, folder)
        self.region: Region = made(NAME, **BRIEF)
        self.replays, self.replaying = Replays(store.redis), Replaying(self.cycle.regional)
        given = {"speed": 1e5, "began": datetime.now(UTC) - timedelta(hours=1), **other}
        self.replay = Replay(
            id=NAME,
            of="here",
            event="storm",
            first=STORM.times[0],
            last=STORM.times[-1],
            frames=len(STORM),
            grid=described(STORM.grid),
            starts=(),
            **given,
        )
        self.replays.begin(self.replay, self.region, STORM)

    @property
    def ordered(self) -> list[tuple[datetime, str]]:
        return [(one.reference_time, one.method) for one in self.cycle.regional.awaited.ordered(NAME)]


@pytest.fixture(autouse=True)
def leisure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time to feed all that is due at once, however slow it is."""
    monkeypatch.setattr("workers.replaying.SLICE_SECONDS", 600)


@pytest.fixture
def storm(store: Store, queue: Queue, tmp_path: Path, wakes: None) -> Storm:
    return Storm(store, queue, tmp_path)


EVERY = [(time, method) for time in STORM.times[1:] for method in ("extrapolation", "persistence")]


def test_every_frame_that_is_due_is_fed_and_nowcast(storm: Storm) -> None:
    assert storm.replaying.feed(NAME) == len(STORM)
    assert storm.cycle.regional.history.times(NAME) == STORM.times
    assert {one for one in storm.ordered if one[0] > STORM.times[0]} == set(EVERY)
    assert storm.replaying.feed(NAME) == 0


def test_half_of_each_queue_is_left_to_others(storm: Storm, queue: Queue) -> None:
    for _ in range(queue.settings.queue_limit // 2):
        queue.submit(Job.new("persistence", 3, "0" * 64, 60))
    assert storm.replaying.feed(NAME) == 0
    for held in queue.take("persistence", "test", 1):
        queue.finish(held)
    assert storm.replaying.feed(NAME) > 0


def test_what_is_not_due_waits(store: Store, queue: Queue, tmp_path: Path, wakes: None) -> None:
    slow = Storm(store, queue, tmp_path, speed=1, began=datetime.now(UTC) - timedelta(minutes=12))
    assert slow.replaying.feed(NAME) == 3
    assert slow.replays.waiting(NAME) == 3


def test_a_slow_machine_makes_the_storm_wait(storm: Storm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.replaying.MOST_WAITING", 3)
    first = storm.replaying.feed(NAME)
    assert 0 < first < len(STORM)
    assert storm.replaying.feed(NAME) == 0


def test_a_nowcast_that_cannot_be_ordered_yet_is_not_left_out(storm: Storm, redis: Redis) -> None:
    redis.delete(keys.card("extrapolation"), keys.card("persistence"))
    assert storm.replaying.feed(NAME) == 0
    assert storm.replays.waiting(NAME) == len(STORM)


def test_two_do_not_feed_at_once(storm: Storm, redis: Redis) -> None:
    with exclusive(redis, keys.pulling(NAME), 10, "busy"), pytest.raises(RegionBusy):
        storm.replaying.feed(NAME)


def test_a_death_at_any_moment_loses_and_doubles_nothing(storm: Storm, monkeypatch: pytest.MonkeyPatch) -> None:
    """The feeder dies before each of its steps in turn, and another goes on."""
    for step in ("jobs.history.History.append", "jobs.regional.Regional.order", "jobs.replays.Replays.fed"):
        with monkeypatch.context() as patch:
            patch.setattr(step, dying)
            with pytest.raises(Died):
                storm.replaying.feed(NAME)
    storm.replaying.feed(NAME)
    assert storm.cycle.regional.history.times(NAME) == STORM.times
    assert sorted(one for one in storm.ordered if one[0] > STORM.times[0]) == sorted(EVERY)


def dying(*_: Any) -> None:
    raise Died


def test_its_clock_feeds_it_and_forgets_it(storm: Storm, redis: Redis) -> None:
    sent: list[str] = []
    ticking = Ticking(storm.cycle.regional, None, lambda region: sent.append(region.id))
    ticking.tick()
    assert sent == [NAME]
    storm.replaying.feed(NAME)
    redis.delete(keys.DUE)
    ticking.tick()
    assert sent == [NAME]  # all frames have come
    redis.delete(keys.replay(NAME)[0])  # its time is up
    ticking.tick()
    assert storm.replays.forgotten() == [NAME]
    with pytest.raises(UnknownReplay):
        storm.replaying.feed(NAME)


def test_the_verifier_clears_it_away(storm: Storm, redis: Redis) -> None:
    storm.replaying.feed(NAME)
    storm.cycle.region = storm.region
    storm.cycle.answer()
    storm.cycle.verifier.run()
    assert storm.cycle.verifier.archive.days(NAME) == [END.date()]
    assert storm.cycle.verifier.skill.series(NAME)
    storm.replays.forget(NAME)
    storm.cycle.verifier.run()
    assert storm.cycle.verifier.archive.days(NAME) == []
    assert list(redis.scan_iter(f"*{NAME}*")) == []
