"""Where windows begin."""

import numpy as np
import pytest

from radar.windows import WET, starts, wetness


@pytest.mark.parametrize(
    ("runs", "every", "dry", "found"),
    [
        (range(10), 1, set(), list(range(10))),
        (range(10), 4, set(), [0, 4, 8]),
        (range(10), 4, {2, 3, 7}, [2, 6]),  # the last known frames, two after the first, of 0, 1 and 5
        ([0, 1, 5, 6, 7], 3, set(), [0, 5]),
        ([], 3, set(), []),
    ],
)
def test_windows_are_whole_wet_and_apart(runs: list[int], every: int, dry: set[int], found: list[int]) -> None:
    assert list(starts(runs, 3, every, lambda at: at not in dry)) == found


def test_what_was_not_observed_is_not_wet() -> None:
    rain = np.array([[WET, 0.49], [np.nan, 3.0]], np.float32)
    assert wetness(rain) == 0.5
