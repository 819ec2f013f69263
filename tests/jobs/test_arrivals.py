"""Frames on their way into a history."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from redis import Redis

from jobs.arrivals import Arrived, arrive
from jobs.history import History, Outcome
from radar.errors import BadFrames
from radar.frames import Frames
from radar.grid import Grid
from tests.regions import PLACE, STEP, frames, now, rain, region

END = now()


@pytest.fixture
def history(redis: Redis) -> History:
    return History(redis)


def test_frames_arrive(history: History) -> None:
    arrived = arrive(history, region(), frames(2, 1, 0, last=END))
    assert (arrived.changed, str(arrived)) == (True, "3 added")
    assert str(arrive(history, region(), frames(1, 0, last=END))) == "2 same"
    assert str(Arrived()) == "no frames"


def test_what_was_filled_in_is_not_kept(history: History) -> None:
    sent = replace(frames(2, 1, 0, last=END), interpolated=(END - STEP,))
    arrive(history, region(), sent)
    assert history.times("here") == (END - 2 * STEP, END)


def test_frames_of_the_future_would_push_the_others_out(history: History) -> None:
    arrived = arrive(history, region(), frames(1, 0, last=END + timedelta(days=3)))
    assert str(arrived) == "2 future"
    assert not arrived.changed


def test_frames_between_the_steps_are_left_out(history: History) -> None:
    arrived = arrive(
        history, region(cadence_minutes=10), frames(3, 2, 1, 0, last=region(cadence_minutes=10).step_before(END))
    )
    assert (arrived.count(Outcome.ASTRAY), arrived.count(Outcome.ADDED)) == (2, 2)


def test_frames_on_another_grid_are_brought_onto_the_regions(history: History) -> None:
    a, b, c, d, e, f = PLACE.transform
    wider = Grid.of((10, 10), (a, b, c - 1000, d, e, f + 1000), "EPSG:3035")
    sent = Frames(np.pad(rain(0), 1)[np.newaxis], (END,), wider)
    arrive(history, region(), sent)
    np.testing.assert_allclose(history.last(region(), 1).rain[0], rain(0), atol=0.01)


def test_without_a_grid_of_its_own_a_region_takes_that_of_its_first_frame(history: History) -> None:
    loose = region(grid=None)
    first = Grid.picture((8, 8))
    arrive(history, loose, frames(1, last=END, grid=first))
    assert history.grid("here") == first
    with pytest.raises(BadFrames, match="no place on the Earth"):
        arrive(history, loose, frames(0, last=END))
    assert history.times("here") == (END - STEP,)


def test_a_grid_that_is_written_otherwise_is_the_same_grid(history: History) -> None:
    """As when another version of PROJ has written down the history's."""
    before = Grid.of((8, 8), PLACE.transform, "EPSG:3035")
    other = Grid(8, 8, PLACE.transform, f" {before.crs}")
    assert other != before
    arrive(history, region(grid=None), frames(1, last=END, grid=other))
    arrive(history, region(), frames(0, last=END))
    assert history.times("here") == (END - STEP, END)
