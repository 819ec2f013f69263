"""Runs of frames without a hole, and where windows begin in them."""

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.data.runs import numbered_runs, spaced, span, whole_runs
from tests.model.samples import START, times

MINUTES = timedelta(minutes=1)
FIVE = 5 * MINUTES


def test_a_hole_in_time_ends_a_run() -> None:
    minutes = (0, 5, 10, 20, 25, 30, 35, 41)
    frames = [START + minute * MINUTES for minute in minutes]
    assert whole_runs(frames, FIVE, 3).tolist() == [0, 3, 4]
    assert whole_runs(frames, FIVE, 4).tolist() == [3]
    assert whole_runs(frames, FIVE, 5).tolist() == []


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_short_for_a_run(count: int) -> None:
    assert whole_runs(times(count), FIVE, 3).tolist() == []


@given(steps=st.lists(st.sampled_from([5, 5, 5, 10, 4])), length=st.integers(1, 6))
def test_runs_are_all_those_without_a_hole(steps: list[int], length: int) -> None:
    minutes = np.cumsum([0, *steps]).tolist()
    found = whole_runs([START + minute * MINUTES for minute in minutes], FIVE, length)
    starts = range(len(minutes) - length + 1)
    wanted = [at for at in starts if minutes[at : at + length] == list(range(minutes[at], minutes[at] + 5 * length, 5))]
    assert found.tolist() == wanted


@pytest.mark.parametrize("cadence", [2.5, 10, 1 / 3])
def test_any_cadence_after_any_hole(cadence: float) -> None:
    step = cadence * MINUTES
    frames = [START + n * step for n in range(3)] + [START + 50.7 * MINUTES + n * step for n in range(3)]
    assert whole_runs(frames, step, 3).tolist() == [0, 3]


@given(numbers=st.sets(st.integers(0, 30), min_size=1).map(sorted), length=st.integers(1, 5), every=st.integers(1, 7))
def test_windows_begin_in_runs_and_apart(numbers: list[int], length: int, every: int) -> None:
    starts = numbered_runs(numbers, length)
    kept = spaced(starts, every)
    assert set(kept) <= set(starts.tolist())
    assert all(later - earlier >= every for earlier, later in pairwise(kept))
    passed = set(starts.tolist()) - set(kept)
    assert all(any(0 < start - at < every for at in kept) for start in passed)


def test_the_benchmark_walks_in_fives_and_begins_anew_after_a_hole() -> None:
    numbers = [*range(30), *range(40, 67)]
    assert spaced(numbered_runs(numbers, 25), 5) == [0, 5, 30]


@pytest.mark.parametrize(("length", "multiple", "frames"), [(1, 3, 1), (4, 1, 4), (4, 2, 7), (3, 6, 13)])
def test_span_by_hand(length: int, multiple: int, frames: int) -> None:
    assert span(length, multiple) == frames
