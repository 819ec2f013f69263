"""Counts of a frame as bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.compared import Compared, pack, unpack
from jobs.errors import DamagedBlob
from radar.scores import Counts


def made(leads: int, thresholds: int, seed: int = 0) -> Compared:
    tables = np.random.default_rng(seed).integers(0, 2**40, (4, leads, thresholds))
    return Compared(np.arange(leads) % 2, Counts(*tables))


@given(st.integers(1, 24), st.integers(1, 10), st.integers(0, 9))
def test_it_comes_back_as_it_was(leads: int, thresholds: int, seed: int) -> None:
    sent = made(leads, thresholds, seed)
    came = unpack(pack(sent))
    for one, other in zip((sent.frames, *sent.counts.arrays), (came.frames, *came.counts.arrays), strict=True):
        np.testing.assert_array_equal(one, other)


@given(st.binary(max_size=40))
def test_other_bytes_are_refused(blob: bytes) -> None:
    with pytest.raises(DamagedBlob):
        unpack(blob)


@given(st.integers(0, 80))
def test_half_of_it_is_refused(end: int) -> None:
    blob = pack(made(3, 2))
    with pytest.raises(DamagedBlob):
        unpack(blob[: min(end, len(blob) - 1)])


def test_leads_that_are_left_out_are_zero() -> None:
    one = made(2, 2)
    assert one.at(np.array([1, 0])).hits[1].tolist() == [0, 0]
    assert one.at(np.array([1, 0])).hits[0].tolist() == one.counts.hits[0].tolist()
