"""Amounts of rain out of rates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.accumulation import amount
from radar.errors import BadInput

RATES = st.lists(st.floats(0, 200, width=32), min_size=3, max_size=12)


def test_steady_rain() -> None:
    assert amount((5, 10, 15), [6.0, 6.0, 6.0], 0, 15) == pytest.approx(1.5)


def test_rates_change_linearly_between_frames() -> None:
    assert amount((0, 10), [0.0, 12.0], 0, 10) == pytest.approx(1.0)
    assert amount((0, 10), [0.0, 12.0], 5, 10) == pytest.approx((6 + 12) / 2 * 5 / 60)
    assert amount((0, 10), [0.0, 12.0], 2, 3) == pytest.approx((2.4 + 3.6) / 2 / 60)


def test_nothing_is_said_beyond_the_last_frame() -> None:
    assert np.isnan(amount((5, 10), [1.0, 1.0], 0, 15))


def test_what_is_not_known_stays_so_and_only_there() -> None:
    rates = np.array([[1.0, np.nan], [1.0, 2.0], [1.0, 2.0]])
    np.testing.assert_allclose(amount((0, 5, 10), rates, 0, 10), [1 / 6, np.nan], rtol=1e-6)
    np.testing.assert_allclose(amount((0, 5, 10), rates, 5, 10), [1 / 12, 1 / 6], rtol=1e-6)


@pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5)])
def test_no_time_is_no_amount(start: float, end: float) -> None:
    with pytest.raises(BadInput, match="no time between"):
        amount((0, 10), [1.0, 1.0], start, end)


@given(RATES, st.floats(0.1, 0.9))
def test_parts_add_up_to_the_whole(rates: list[float], share: float) -> None:
    minutes = [5 * n for n in range(len(rates))]
    middle = share * minutes[-1]
    parts = amount(minutes, rates, 0, middle) + amount(minutes, rates, middle, minutes[-1])
    assert parts == pytest.approx(float(amount(minutes, rates, 0, minutes[-1])), rel=1e-4, abs=1e-5)
