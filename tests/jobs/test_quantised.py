"""One frame of a history as bytes."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from jobs.errors import DamagedBlob
from jobs.quantised import HEAD, MAGIC, pack, unpack
from radar.frames import DELUGE, Rain
from radar.synthetic import storm
from tests.regions import rain

RATES = st.floats(0, DELUGE, width=32) | st.just(float("nan"))


@given(hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12), elements=RATES))
def test_a_frame_comes_back_to_the_hundredth(frame: Rain) -> None:
    back = unpack(pack(frame))
    assert back.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(back), np.isnan(frame))
    np.testing.assert_allclose(back, frame, rtol=1e-6, atol=0.005 + 1e-6)


def test_what_is_in_hundredths_comes_back_exactly() -> None:
    np.testing.assert_array_equal(unpack(pack(rain(1))), rain(1))


def test_packing_again_gives_the_same_bytes() -> None:
    once = pack(rain(2))
    assert pack(unpack(once)) == once


def test_a_day_of_480_by_480_takes_some_twenty_megabytes() -> None:
    storms = storm(shape=(480, 480), frames=3, seed=4)
    assert np.mean([len(pack(frame)) for frame in storms.rain]) * 240 < 25e6


@given(st.binary(max_size=64))
def test_strange_bytes_are_damaged(blob: bytes) -> None:
    with pytest.raises(DamagedBlob):
        unpack(blob)


@given(st.integers(0, 200), st.integers(0, 255))
def test_a_byte_that_flipped_is_damage_or_another_frame(at: int, value: int) -> None:
    blob = bytearray(pack(rain(3)))
    blob[at % len(blob)] = value
    with suppress(DamagedBlob):
        assert unpack(bytes(blob)).ndim == 2


def test_a_frame_that_declares_too_much_is_not_inflated() -> None:
    with pytest.raises(DamagedBlob, match="damaged"):
        unpack(HEAD.pack(MAGIC, 2, 2**31, 2**31) + pack(rain(4))[HEAD.size :])


def test_a_frame_that_ends_too_soon_is_damaged() -> None:
    with pytest.raises(DamagedBlob):
        unpack(pack(rain(5))[:-20])
