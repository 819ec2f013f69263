"""Rain to 0.01 mm/h, however it was read."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from radar.frames import DELUGE, Rain
from radar.resolution import rates, rounded, steps

WHOLE = np.arange(2**15, dtype=np.int16)
RATES = st.floats(0, DELUGE, width=32) | st.just(float("nan"))


def test_a_packed_file_is_the_same_in_any_precision() -> None:
    single, double = WHOLE * np.float32(0.01), WHOLE * np.float64(0.01)
    assert np.any(single != double.astype(np.float32))
    np.testing.assert_array_equal(rounded(single), rounded(double))
    np.testing.assert_array_equal(rounded(single), np.array([f"{k / 100:.2f}" for k in WHOLE.tolist()], np.float32))


@given(hnp.arrays(np.float32, hnp.array_shapes(max_side=8), elements=RATES))
def test_nothing_moves_by_more_than_half_a_step_or_twice(rain: Rain) -> None:
    once = rounded(rain)
    assert once.dtype == np.float32
    assert once.shape == rain.shape
    np.testing.assert_allclose(once, rain, rtol=1e-6, atol=0.005 + 1e-6)
    np.testing.assert_array_equal(rounded(once), once)
    np.testing.assert_array_equal(rates(steps(once)), once)
