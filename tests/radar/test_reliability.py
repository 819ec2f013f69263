from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from radar.frames import Rain
from radar.reliability import BINS, RELIABILITY, Reliability, reliability, yes_or_no
from tests.radar.pairs import THRESHOLDS, pairs

NAN = float("nan")


def one(chances: list[float], rain: list[float]) -> Reliability:
    """At 1 mm/h, of one frame of one row."""
    return reliability(np.array([[[chances]]], np.float32), np.array([[rain]], np.float32), [1.0])


def test_by_hand() -> None:
    sums = one([0.8, 0.3, 0.3, NAN, 1.0], [2, 0, 3, 0, NAN])
    assert sums.squared.item() == pytest.approx(0.04 + 0.09 + 0.49 + 0)
    assert sums.brier.item() == pytest.approx(0.62 / 4)
    assert sums.bss.item() == pytest.approx(1 - 0.155 / 0.25)  # half of the four observed pixels had rain
    assert sums.pixels[0, 0].tolist() == [1, 0, 0, 2, 0, 0, 0, 0, 1, 0]
    said, came = sums.curve
    assert said[0, 0, 3] == pytest.approx(0.3)
    assert came[0, 0, [0, 3, 8]].tolist() == [0, 0.5, 1]


def test_the_crps_is_the_brier_score_over_the_thresholds() -> None:
    """Always 0.5 where it rained 3 mm/h: 0.25 from 1 to 2 and from 2 to 5 mm/h, whatever came."""
    chances = np.full((3, 1, 1, 4), 0.5, np.float32)
    sums = reliability(chances, np.full((1, 1, 4), 3, np.float32), [1.0, 2.0, 5.0])
    assert sums.crps.item() == pytest.approx(0.25 * 4)


def test_the_roc_area_by_hand() -> None:
    assert one([0.9, 0.6, 0.4, 0.1], [2, 2, 0, 0]).roc_area.item() == 1
    assert one([0.9, 0.6, 0.4, 0.1], [2, 0, 2, 0]).roc_area.item() == pytest.approx(0.75)
    assert one([0.5] * 4, [2, 0, 2, 0]).roc_area.item() == 0.5
    assert np.isnan(one([0.5] * 4, [2, 2, 2, 2]).roc_area.item())


def test_climatology_has_no_skill() -> None:
    assert one([0.25] * 4, [2, 0, 0, 0]).bss.item() == pytest.approx(0)


@pytest.mark.parametrize("chance", [0.1, 0.3, 0.6, 0.7, 0.9, 1.0])
def test_a_bin_holds_its_lower_end(chance: float) -> None:
    assert one([chance], [0]).pixels[0, 0].argmax() == min(round(chance * BINS), BINS - 1)


@given(pairs())
def test_of_yes_and_no_the_brier_score_is_the_share_that_was_wrong(pair: tuple[Rain, Rain]) -> None:
    said, came = pair
    found = reliability(yes_or_no(said, THRESHOLDS), came, THRESHOLDS).brier
    seen = np.isfinite(came)
    for at, level in enumerate(THRESHOLDS):
        wrong = ((np.nan_to_num(said) >= level) != (came >= level)) & seen
        expected = wrong.sum((1, 2)) / np.maximum(seen.sum((1, 2)), 1)
        np.testing.assert_allclose(np.nan_to_num(found[:, at]), expected)


@given(pairs(), arrays.arrays(np.float32, (3, 3, 12, 12), elements=st.sampled_from([0.0, 0.125, 0.5, 0.75, 1.0])))
def test_bounds_and_the_perfect_forecast(pair: tuple[Rain, Rain], chances: Rain) -> None:
    _, came = pair
    frames, height, width = came.shape
    sums = reliability(chances[:, :frames, :height, :width], came, THRESHOLDS)
    within = partial(np.clip, a_min=0, a_max=1)
    for values in (sums.brier, sums.roc_area, *sums.curve):
        np.testing.assert_allclose(values, within(values), atol=1e-6)
    perfect = reliability(yes_or_no(came, THRESHOLDS), came, THRESHOLDS)
    for name, best in (("brier", 0), ("bss", 1), ("roc area", 1), ("crps", 0)):
        values = RELIABILITY[name](perfect)
        assert ((values == best) | np.isnan(values)).all(), name
