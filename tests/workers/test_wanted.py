"""Chances of the thresholds that a caller names."""

from dataclasses import replace

import numpy as np

from radar.chances import Chances
from radar.nowcast import Nowcast
from tests.radar.samples import frames, nowcast
from workers.wanted import at_thresholds


def calibrated(*thresholds: float) -> Nowcast:
    """A nowcast whose method says chances of its own."""
    plain = nowcast(frames())
    values = np.linspace(1, 0, len(thresholds)).reshape(-1, 1, 1, 1) * np.ones_like(plain.frames.rain)
    return replace(plain, chances=Chances(thresholds, values, "network"))


def test_who_asks_for_none_gets_what_the_method_says() -> None:
    made = calibrated(1, 5)
    assert at_thresholds(made, None) is made


def test_a_method_that_knows_them_all_says_them() -> None:
    made = calibrated(1, 2, 5)
    said = at_thresholds(made, (1, 5)).chances
    assert said is not None
    assert made.chances is not None
    assert (said.thresholds, said.made_by) == ((1, 5), "network")
    np.testing.assert_array_equal(said.of(5), made.chances.of(5))


def test_all_come_from_the_neighbourhood_when_one_is_not_known() -> None:
    said = at_thresholds(calibrated(1, 5), (1, 3)).chances
    assert said is not None
    assert (said.thresholds, said.made_by) == ((1, 3), "neighbourhood")
    assert np.nanmax(said.of(3) - said.of(1)) <= 0


def test_a_method_without_chances_gets_some() -> None:
    said = at_thresholds(nowcast(frames()), (0.3,)).chances
    assert said is not None
    assert said.thresholds == (0.3,)
