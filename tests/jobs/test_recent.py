"""What of a history a nowcast may stand on."""

from datetime import timedelta

import numpy as np
import pytest

from jobs.recent import Recent
from radar.errors import TooLarge
from tests.regions import PLACE, STEP, now, rain

END = now()


def recent(*steps: int, cadence: timedelta = STEP) -> Recent:
    fields = np.stack([rain(step) for step in steps])
    return Recent(fields, tuple(END - step * STEP for step in steps), cadence, PLACE.grid())


def before(*steps: int) -> tuple[object, ...]:
    return tuple(END - step * STEP for step in steps)


def test_gaps_are_named() -> None:
    assert recent(6, 4, 3, 0).missing == before(5, 2, 1)


def test_a_gap_is_a_frame_that_is_observed_nowhere() -> None:
    whole = recent(3, 1, 0).whole()
    assert whole.times == before(3, 2, 1, 0)
    assert np.isnan(whole.rain[1]).all()
    np.testing.assert_array_equal(whole.rain[[0, 2, 3]], recent(3, 1, 0).rain)


@pytest.mark.parametrize(
    ("held", "used", "filled"),
    [
        ((3, 2, 1, 0), (3, 2, 1, 0), ()),
        ((3, 1, 0), (3, 2, 1, 0), (2,)),
        ((6, 5, 3, 2, 0), (3, 2, 1, 0), (1,)),
        ((4, 3, 0), (0,), ()),
        ((2, 0), (0,), ()),
        ((4, 2, 0), (0,), ()),
        ((0,), (0,), ()),
    ],
)
def test_the_newest_frames_with_one_hole_are_used(
    held: tuple[int, ...], used: tuple[int, ...], filled: tuple[int, ...]
) -> None:
    frames = recent(*held).usable()
    assert frames.times == before(*used)
    assert frames.interpolated == before(*filled)


def test_too_long_a_gap_is_not_filled_with_nothing() -> None:
    with pytest.raises(TooLarge):
        recent(2**23, 0).whole()
