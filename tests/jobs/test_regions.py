"""The regions there are."""

from typing import Any

import pytest
from redis import Redis

from jobs import keys, regions
from jobs.errors import DamagedBlob, RegionBusy, UnknownRegion
from jobs.history import History, Outcome
from jobs.regions import Regions
from jobs.schedule import Schedule
from radar.errors import TooLarge
from tests.regions import PLACE, frames, now, region


@pytest.fixture
def known(redis: Redis) -> Regions:
    return Regions(redis)


def filled(redis: Redis) -> History:
    """Region `here` with a frame."""
    history, sent = History(redis), frames(0)
    history.append(region(), sent.grid, [(sent.times[0], sent.rain[0])])
    return history


def test_a_region_is_there_once_it_is_put(known: Regions) -> None:
    assert known.put(region())
    assert not known.put(region(name="here", horizon=3))
    assert known.get("here").horizon == 3
    assert [one.id for one in known.all()] == ["here"]


def test_a_region_that_nobody_put(known: Regions, monkeypatch: pytest.MonkeyPatch) -> None:
    for ask in (known.get, known.delete):
        with pytest.raises(UnknownRegion, match=r"no region 'nowhere'; there is none yet\.$"):
            ask("nowhere")
    monkeypatch.setattr(regions, "NAMED", 2)
    for name in "cab":
        known.put(region(id=name))
    with pytest.raises(UnknownRegion, match=r"; there are a, b, 1 more\.$"):
        known.get("nowhere")


def test_a_deleted_region_leaves_nothing_behind(known: Regions, redis: Redis) -> None:
    known.put(region())
    filled(redis)
    Schedule(redis).claim(region(), now())
    redis.set(keys.remembered("here", "file:x"), "mark")
    redis.set(keys.remembered("heres-neighbour", "file:x"), "mark")
    known.delete("here")
    assert redis.zrange(keys.GONE, 0, -1) == [b"here"]  # its archive goes later
    redis.delete(keys.GONE)
    assert redis.keys("nowcast:*") == [keys.remembered("heres-neighbour", "file:x").encode()]


@pytest.mark.parametrize("other", [{"grid": PLACE.model_copy(update={"crs": "EPSG:3413"})}, {"cadence_minutes": 10}])
def test_another_place_or_rhythm_lets_the_frames_go(known: Regions, redis: Redis, other: dict[str, Any]) -> None:
    known.put(region())
    history = filled(redis)
    known.put(region(**other))
    assert history.extent("here").frames == 0


def test_frames_that_come_while_a_region_moves_do_not_stay(known: Regions, redis: Redis) -> None:
    place = PLACE.model_copy(update={"crs": "EPSG:3413"})
    known.put(region())
    known.put(region(grid=place))
    with pytest.raises(RegionBusy, match="send them again"):
        filled(redis)
    sent = [(now(), frames(0).rain[0])]
    assert History(redis).append(region(grid=place), place.grid(), sent) == [Outcome.ADDED]


def test_frames_that_come_while_a_region_goes_are_not_those_of_the_next(known: Regions, redis: Redis) -> None:
    known.put(region())
    known.delete("here")
    assert filled(redis).extent("here").frames == 1
    known.put(region())
    assert History(redis).extent("here").frames == 0


def test_other_changes_leave_the_frames(known: Regions, redis: Redis) -> None:
    known.put(region())
    history = filled(redis)
    known.put(region(horizon=3, method="persistence"))
    assert history.extent("here").frames == 1


def test_a_file_takes_back_only_what_a_file_has_put(known: Regions) -> None:
    known.put(region("by-hand"))
    known.declare([region("a"), region("b")])
    known.declare([region("b", horizon=3)])
    assert [one.id for one in known.all()] == ["b", "by-hand"]
    assert known.get("b").horizon == 3


def test_a_declared_region_may_be_deleted_by_hand(known: Regions) -> None:
    known.declare([region("a")])
    known.delete("a")
    known.declare([])
    assert known.all() == []


def test_there_is_an_end_to_regions(known: Regions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "MOST", 1)
    known.put(region("a"))
    known.put(region("a", horizon=3))
    with pytest.raises(TooLarge, match="1 regions already"):
        known.put(region("b"))


def test_a_damaged_record_hides_no_other(known: Regions, redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    known.put(region("a"))
    redis.hset(keys.REGIONS, "b", "{}")
    assert [one.id for one in known.all()] == ["a"]
    assert "region b is damaged" in caplog.text
    with pytest.raises(DamagedBlob):
        known.get("b")
