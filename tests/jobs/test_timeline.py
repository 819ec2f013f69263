"""A region's frames in one line of time."""

from collections.abc import Callable
from datetime import timedelta

from jobs.job import Job
from jobs.region import Region
from jobs.regional import Regional
from jobs.timeline import FrameName, Timelines
from radar.nowcast import Nowcast
from tests.jobs.test_regional import END, HERE, finish, ordered, regional
from tests.regions import STEP

__all__ = ["finish", "regional"]
Finish = Callable[[Job], Nowcast]


def test_what_was_seen_is_followed_by_what_is_expected(regional: Regional, finish: Finish) -> None:
    nowcast = finish(ordered(regional, 2, 1, 0))
    assert regional.latest.renew(HERE)
    timelines = Timelines(regional)
    line = timelines.line(HERE)
    assert line.observed == tuple(END - n * STEP for n in (2, 1, 0))
    assert [frame.time for frame in line.expected] == [END + n * STEP for n in (1, 2, 3)]
    assert line.grid == nowcast.frames.grid
    found = timelines.rain(HERE, line.expected[1])
    assert set(found) == set(line.expected)
    (name,) = timelines.seen(HERE.id, [END])
    assert list(timelines.rain(HERE, name)) == [name]


def test_a_frame_that_comes_takes_the_place_of_the_one_expected(regional: Regional, finish: Finish) -> None:
    early = END - STEP
    finish(ordered(regional, 2, 1))
    regional.latest.renew(HERE)
    before = Timelines(regional).line(HERE)
    assert before.observed[-1] == early
    ordered(regional, 0)
    after = Timelines(regional).line(HERE)
    assert after.observed[-1] == END
    assert [frame.time for frame in after.expected] == [END + STEP, END + 2 * STEP]


def test_a_frame_issued_again_has_another_name(regional: Regional) -> None:
    ordered(regional, 1, 0)
    timelines = Timelines(regional)
    (name,) = timelines.seen(HERE.id, [END])
    assert timelines.seen(HERE.id, [END]) == [name]
    mark = timelines.marks([HERE])
    ordered(regional, 0, salt=1)
    (other,) = timelines.seen(HERE.id, [END])
    assert (other.time, other.version != name.version) == (END, True)
    assert timelines.marks([HERE]) != mark
    assert timelines.rain(HERE, name) == {}


def test_what_is_not_there_has_no_name_and_no_rain(regional: Regional) -> None:
    timelines = Timelines(regional)
    assert timelines.seen("nowhere", [END]) == []
    assert timelines.to_come(HERE) == (None, [])
    assert timelines.rain(HERE, FrameName(HERE.id, END, True, "0")) == {}
    assert timelines.rain(HERE, FrameName(HERE.id, END, False, "0")) == {}
    assert timelines.line(HERE).grid is None


def test_a_frame_stands_for_a_time_until_it_is_stale(regional: Regional, finish: Finish) -> None:
    finish(ordered(regional, 2, 1, 0))
    regional.latest.renew(HERE)
    line = Timelines(regional).line(HERE)
    minute = timedelta(minutes=1)
    assert line.before(END + minute, ahead=False) == END
    assert line.before(END + STEP + minute, ahead=True) == END + STEP
    assert line.before(END - 3 * STEP, ahead=True) is None
    assert line.before(END + HERE.stale_after + minute, ahead=False) is None


def test_a_region_of_its_own_has_a_mark_of_its_own(regional: Regional) -> None:
    ordered(regional, 1, 0)
    other = Region.of("there", HERE.plan)
    marks = Timelines(regional).marks([HERE, other])
    assert marks[0] != (None, None)
    assert marks[1] == (None, None)
