"""Squares cut at random."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.data.crop import middle, place, turn, turned
from model.data.event import block_mean

SIDES = st.integers(1, 12)


@given(height=SIDES, width=SIDES, side=st.integers(0, 14), seed=st.integers(0, 99))
def test_a_place_lies_inside_and_is_as_large_as_can_be(height: int, width: int, side: int, seed: int) -> None:
    rows, columns = place(np.random.default_rng(seed), (3, height, width), side)
    for part, whole in ((rows, height), (columns, width)):
        assert 0 <= part.start < part.stop <= whole
        assert part.stop - part.start == (min(side, whole) if side else whole)


@given(height=SIDES, width=SIDES, side=st.integers(0, 12))
def test_the_middle_is_as_far_from_either_edge(height: int, width: int, side: int) -> None:
    side = min(side, height, width)
    found = middle(np.arange(height * width).reshape(1, height, width), side)
    assert found.shape == ((1, side, side) if side else (1, height, width))
    assert found[0, 0, 0] == ((height - side) // 2 * width + (width - side) // 2 if side else 0)


@given(height=SIDES, width=SIDES, seed=st.integers(0, 99))
def test_turned_frames_have_the_same_pixels_and_shape(height: int, width: int, seed: int) -> None:
    frames = np.arange(2 * height * width).reshape(2, height, width)
    found = turned(frames, *turn(np.random.default_rng(seed), frames.shape))
    assert found.shape == frames.shape
    assert [sorted(frame.ravel().tolist()) for frame in found] == [frame.ravel().tolist() for frame in frames]


@given(height=SIDES, width=SIDES, by=st.integers(1, 4), seed=st.integers(0, 99))
def test_blocks_keep_the_mean_of_the_pixels_they_cover(height: int, width: int, by: int, seed: int) -> None:
    rain = np.random.default_rng(seed).random((2, height, width), np.float32)
    coarse = block_mean(rain, by)
    assert coarse.shape == (2, height // by, width // by)
    covered = rain[:, : height // by * by, : width // by * by]
    np.testing.assert_allclose(coarse.sum() * by**2, covered.sum(), rtol=1e-4)
