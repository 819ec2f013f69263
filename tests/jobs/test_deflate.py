"""Arrays packed as one come back, and no bytes that say otherwise are unpacked further than they may be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.deflate import deflated, inflated
from jobs.errors import DamagedBlob

SHAPES = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9)), min_size=1, max_size=4)


@given(shapes=SHAPES, seed=st.integers(0, 99))
def test_arrays_come_back(shapes: list[tuple[int, int]], seed: int) -> None:
    sent = [np.random.default_rng(seed).integers(0, 255, shape, np.uint8) for shape in shapes]
    came = inflated(deflated(*sent), *shapes)
    assert all(np.array_equal(one, other) for one, other in zip(came, sent, strict=True))


@pytest.mark.parametrize("shape", [(9,), (11,), (0,)])
def test_more_or_less_than_there_should_be_is_damage(shape: tuple[int, ...]) -> None:
    with pytest.raises(DamagedBlob, match="number of values"):
        inflated(deflated(np.zeros(10, np.uint8)), shape)


@pytest.mark.parametrize("data", [b"", b"hello", deflated(np.zeros(10, np.uint8))[:-6]])
def test_anything_else_is_damage(data: bytes) -> None:
    with pytest.raises(DamagedBlob):
        inflated(data, (10,))
