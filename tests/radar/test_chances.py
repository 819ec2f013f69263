"""Chances are checked, fall with the threshold, and are asked for by it."""

import numpy as np
import pytest

from radar.chances import Chances, falling, rates
from radar.errors import BadInput


def values(thresholds: int = 2) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.linspace(0, 1, thresholds * 3 * 2 * 2, dtype=np.float32).reshape(thresholds, 3, 2, 2)


def test_the_chances_of_one_threshold() -> None:
    chances = Chances((0.5, 2.0), values(), "ensemble")
    assert np.array_equal(chances.of(2.0), values()[1])
    with pytest.raises(BadInput, match=r"no chance of 1 mm/h here; there are 0.5, 2\."):
        chances.of(1.0)


def test_thresholds_and_values_must_agree() -> None:
    with pytest.raises(BadInput, match="3 thresholds cannot have the shape"):
        Chances((0.5, 1.0, 2.0), values(2), "ensemble")
    with pytest.raises(BadInput, match="do not rise"):
        Chances((2.0, 1.0), values(2), "ensemble")


def test_falling() -> None:
    said = np.array([0.5, 0.7, 0.2, 0.3], np.float32).reshape(4, 1, 1, 1)
    assert falling(said).ravel().tolist() == pytest.approx([0.5, 0.5, 0.2, 0.2])


@pytest.mark.parametrize("asked", [(), (0.0,), (-1.0, 2.0), (301.0,), (float("nan"),), tuple(range(1, 19))])
def test_thresholds_nobody_can_mean(asked: tuple[float, ...]) -> None:
    with pytest.raises(BadInput, match="1 to 16 rain rates"):
        rates(asked)


def test_thresholds_are_sorted_and_single() -> None:
    assert rates((5, 1, 5.0)) == (1, 5)
