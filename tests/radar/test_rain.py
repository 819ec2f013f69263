"""Rain rate, reflectivity and pixels are one thing in three scales."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.rain import HKO7, MARSHALL_PALMER, ZR, decode, encode, from_byte, from_dbz, to_byte, to_dbz

RATES = st.floats(0.02, 500)
LAWS = st.sampled_from([HKO7, MARSHALL_PALMER, ZR(300, 1.4)])


@given(RATES, LAWS)
def test_reflectivity_and_back(rate: float, law: ZR) -> None:
    assert from_dbz(to_dbz(rate, law), law) == pytest.approx(rate)


@given(RATES)
def test_pixel_and_back(rate: float) -> None:
    assert decode(encode(rate)) == pytest.approx(rate)


@given(st.integers(0, 255))
def test_byte_and_back(pixel: int) -> None:
    assert to_byte(from_byte(np.array([pixel], np.uint8))) == [pixel]


def test_hko7_constants() -> None:
    assert to_dbz(1.0, HKO7) == pytest.approx(10 * np.log10(58.53))
    assert decode(1.0) == pytest.approx((10**6 / 58.53) ** (1 / 1.56))


def test_no_rain_and_not_observed() -> None:
    assert to_dbz(0.0) == -np.inf
    assert from_dbz(-np.inf) == 0
    assert encode(0.0) == decode(0.0) == 0
    assert np.isnan(encode(np.nan))
    assert np.isnan(decode(np.nan))
    assert to_byte([0.0, np.nan, 1e4]).tolist() == [0, 0, 255]


def test_pixels_are_clipped() -> None:
    assert encode([1e-6, 1e6]).tolist() == [0, 1]
    assert decode([-1.0, 2.0]) == pytest.approx([0, float(decode(1.0))])
