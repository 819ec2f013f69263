"""The rain that a forecast blurs away, given back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from radar.frames import Rain
from radar.matching import match, order
from radar.rain import encode

rains = hnp.arrays(np.float32, (5, 7), elements=st.floats(0, 100, width=32) | st.just(float("nan")))
SOME = st.sampled_from([-2.5, -0.0, 0.0, 0.5])
"""Few values, so that many are equal."""


def test_the_largest_for_the_largest() -> None:
    said = np.array([[0.1, 0.9], [0.5, 0.2]], np.float32)
    rain = np.array([[4.0, 0.0], [1.0, 8.0]], np.float32)
    np.testing.assert_array_equal(match(said, rain), [[0, 8], [4, 1]])


@given(rain=rains, seed=st.integers(0, 9))
def test_the_answer_has_the_distribution_of_the_rain(rain: Rain, seed: int) -> None:
    said = np.random.default_rng(seed).random(rain.shape, np.float32)
    matched = match(said, rain)
    np.testing.assert_array_equal(np.isnan(matched), np.isnan(rain))
    np.testing.assert_array_equal(np.sort(matched, axis=None), np.sort(rain, axis=None))


@given(rain=rains)
def test_who_says_what_is_there_is_left_alone(rain: Rain) -> None:
    distinct = np.where(rain > 0.02, rain, np.where(np.isnan(rain), rain, 0))
    matched = match(encode(distinct).astype(np.float32), distinct)
    np.testing.assert_allclose(matched, distinct, rtol=1e-4)


@pytest.mark.parametrize("rate", [0.0, 3.0])
def test_rain_that_is_everywhere_the_same_stays_so(rate: float) -> None:
    said = np.random.default_rng(0).random((4, 4), np.float32)
    np.testing.assert_array_equal(match(said, np.full((4, 4), rate, np.float32)), rate)


def test_nothing_seen_is_nothing_said() -> None:
    assert np.isnan(match(np.ones((2, 2), np.float32), np.full((2, 2), np.nan, np.float32))).all()


@given(values=hnp.arrays(np.float32, st.integers(0, 60), elements=SOME | st.floats(width=32, allow_nan=False)))
def test_the_order_is_that_of_a_stable_sort(values: NDArray[np.float32]) -> None:
    np.testing.assert_array_equal(order(values), np.argsort(values, kind="stable"))
