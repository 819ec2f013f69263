"""Frames are checked at birth and never change."""

from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from radar.errors import BadFrames
from radar.frames import Frames, minutes, stamp, utc
from tests.radar.samples import START, any_frames, frames, grid, storm, times


@given(any_frames())
def test_any_shape_and_mask_makes_frames(given_frames: Frames) -> None:
    assert len(given_frames) == len(given_frames.times)
    assert np.array_equal(given_frames.observed, ~np.isnan(given_frames.rain))


@pytest.mark.parametrize("shape", [(1, 1), (7, 13), (61, 127)])
def test_odd_shapes(shape: tuple[int, int]) -> None:
    assert frames(2, *shape).rain.shape == (2, *shape)


@pytest.mark.parametrize(
    ("value", "sentence"), [(-1.0, "negative somewhere"), (np.inf, "infinite"), (1e39, "infinite")]
)
def test_impossible_rain_is_refused(value: float, sentence: str) -> None:
    rain: Any = storm(2, 3, 4).astype(np.float64)
    rain[1, 2, 2] = value
    with pytest.raises(BadFrames, match=sentence):
        Frames(rain, times(2), grid(3, 4))


def test_rain_must_lie_on_its_grid() -> None:
    with pytest.raises(BadFrames, match="does not lie on a grid of 4 x 3"):
        Frames(storm(2, 3, 4), times(2), grid(4, 3))


def test_no_frame_is_refused() -> None:
    with pytest.raises(BadFrames, match="not a single frame"):
        Frames(storm(1, 3, 4)[:0], (), grid(3, 4))


def test_as_many_times_as_frames() -> None:
    with pytest.raises(BadFrames, match="2 frames but 3 times"):
        Frames(storm(2, 3, 4), times(3), grid(3, 4))


def test_times_need_a_zone() -> None:
    with pytest.raises(BadFrames, match="no time zone"):
        utc(datetime(2016, 9, 28))


def test_times_must_increase() -> None:
    with pytest.raises(BadFrames, match="must increase, but 2016-09-28T14:45:00Z follows 2016-09-28T14:50:00Z"):
        Frames(storm(2, 3, 4), times(2)[::-1], grid(3, 4))


def test_one_cadence() -> None:
    uneven = (START, START + timedelta(minutes=5), START + timedelta(minutes=11))
    with pytest.raises(BadFrames, match=r"14:50:00Z to 2016-09-28T14:56:00Z is 6 min where the others are 5 min"):
        Frames(storm(3, 3, 4), uneven, grid(3, 4))


def test_other_zones_become_utc() -> None:
    east = timezone(timedelta(hours=8))
    one = Frames(storm(1, 3, 4), (START.astimezone(east),), grid(3, 4))
    assert stamp(one.times[0]) == "2016-09-28T14:45:00Z"


def test_rain_is_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        frames().rain[0, 0, 0] = 1


def test_the_newest() -> None:
    newest = frames(4).last(2)
    assert newest.times == times(4)[2:]
    assert frames(4).last(9).times == times(4)


def test_the_newest_keeps_what_was_interpolated() -> None:
    filled = Frames(storm(4, 3, 4), times(4), grid(3, 4), interpolated=times(4)[1:3])
    assert filled.last(2).interpolated == times(4)[2:3]


def test_cadence_and_dryness() -> None:
    assert frames(1).cadence is None
    assert frames(2).cadence == timedelta(minutes=5)
    assert Frames(np.zeros((1, 3, 4), np.float32), times(1), grid(3, 4)).dry
    assert not frames().dry


def test_minutes_are_short() -> None:
    assert (minutes(timedelta(minutes=5)), minutes(timedelta(seconds=150))) == ("5", "2.5")


def test_rain_that_nobody_can_change_is_not_copied() -> None:
    data = np.ones((1, 2, 3), np.float32).tobytes()
    fixed = np.frombuffer(data, np.float32).reshape(1, 2, 3)
    assert np.shares_memory(Frames(fixed, times(1), grid(2, 3)).rain, fixed)


def test_rain_that_somebody_can_change_is_copied() -> None:
    mine = np.ones((1, 2, 3), np.float32)
    view = mine.view()
    view.setflags(write=False)
    held = [Frames(rain, times(1), grid(2, 3)) for rain in (mine, view)]
    mine[:] = 2
    assert all(frames.rain.max() == 1 for frames in held)
