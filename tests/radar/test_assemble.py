"""Loose observations become frames, or a sentence says why not."""

from datetime import timedelta

import numpy as np
import pytest

from radar.assemble import assemble, join, missing
from radar.errors import BadFrames
from radar.frames import Frames
from radar.grid import Grid
from tests.radar.samples import START, frames, grid, same, storm, times


def without(count: int, *left_out: int) -> Frames:
    """A storm of which some frames never came."""
    kept = [at for at in range(count) if at not in left_out]
    return assemble(storm(count, 3, 4)[kept], [times(count)[at] for at in kept], grid(3, 4))


def test_nothing_missing_nothing_changed() -> None:
    same(without(4), frames(4, 3, 4))
    assert without(4).interpolated == ()


@pytest.mark.parametrize("hole", [1, 2, 3])
def test_one_missing_frame_is_the_mean_of_its_neighbours(hole: int) -> None:
    rain, filled = storm(5, 3, 4), without(5, hole)
    assert filled.interpolated == times(5)[hole : hole + 1]
    np.testing.assert_allclose(filled.rain[hole], (rain[hole - 1] + rain[hole + 1]) / 2, rtol=1e-6)


def test_more_missing_frames_are_named() -> None:
    with pytest.raises(BadFrames, match="none at 2016-09-28T14:50:00Z, 2016-09-28T15:00:00Z"):
        without(6, 1, 3)


def test_a_long_hole_is_named_briefly() -> None:
    with pytest.raises(BadFrames, match="and more"):
        without(20, *range(3, 15))


def test_a_wrong_cadence_is_no_hole() -> None:
    uneven = [START, START + timedelta(minutes=5), START + timedelta(minutes=12)]
    with pytest.raises(BadFrames, match=r"is no multiple of 5 min"):
        missing(uneven)


def test_one_frame_misses_nothing() -> None:
    assert missing(times(1)) == []


def test_parts_are_joined_by_time() -> None:
    whole = frames(5)
    parts = [Frames(whole.rain[at : at + 1], whole.times[at : at + 1], whole.grid) for at in (3, 0, 4, 2, 1)]
    same(join(parts), whole)


def test_parts_may_interleave() -> None:
    whole = frames(6)
    parts = [Frames(whole.rain[at::2], whole.times[at::2], whole.grid) for at in (0, 1)]
    same(join(parts), whole)


def test_a_part_may_bring_what_another_had_interpolated() -> None:
    whole = frames(5, 3, 4)
    late = Frames(whole.rain[2:3], whole.times[2:3], whole.grid)
    joined = join([without(5, 2), late])
    same(joined, whole)
    assert joined.interpolated == ()


def test_interpolated_frames_count_once_over_all_parts() -> None:
    one, other = without(4, 1), assemble(storm(3, 3, 4)[:2], times(6)[4::1][:2], grid(3, 4))
    assert join([one, other]).interpolated == times(4)[1:2]


def test_two_grids() -> None:
    with pytest.raises(BadFrames, match="two grids: 7 x 13 and 3 x 4"):
        join([frames(), frames(2, 3, 4)])


def test_one_shape_on_two_places() -> None:
    elsewhere = Frames(storm(1, 7, 13), (START + timedelta(hours=1),), Grid.picture((7, 13)))
    with pytest.raises(BadFrames, match="another place or projection"):
        join([frames(), elsewhere])


def test_one_time_twice() -> None:
    with pytest.raises(BadFrames, match="same time 2016-09-28T14:45:00Z"):
        join([frames(), frames()])


def test_times_that_are_too_many_are_counted_before_a_hole_is_filled() -> None:
    with pytest.raises(BadFrames, match="There are 2 frames but 4 times"):
        assemble(storm(2, 3, 4), [times(5)[at] for at in (0, 1, 3, 4)], grid(3, 4))
