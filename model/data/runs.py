"""Runs of frames without a hole in time, and the places in them where windows begin."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]
MICROSECOND = timedelta(microseconds=1)


def whole_runs(times: Sequence[datetime], cadence: timedelta, length: int) -> Places:
    """The first index of every run of `length` times that follow each other at the cadence."""
    return numbered_runs([(time - times[0]) // MICROSECOND for time in times], length, cadence // MICROSECOND)


def numbered_runs(numbers: Sequence[int], length: int, step: int = 1) -> Places:
    """The first index of every run of `length` numbers that go up by `step`."""
    if len(numbers) < length:
        return np.empty(0, np.intp)
    holes = np.concatenate([[0], np.cumsum(np.diff(np.asarray(numbers, np.int64)) != step)])
    return np.flatnonzero(holes[length - 1 :] == holes[: len(holes) - length + 1])


def spaced(starts: Places, every: int) -> list[int]:
    """Those starts that lie at least `every` frames after the one kept before: how HKO-7's benchmark walks."""
    kept: list[int] = []
    for start in starts.tolist():
        if not kept or start >= kept[-1] + every:
            kept.append(start)
    return kept


def span(length: int, multiple: int) -> int:
    """Frames from the first to the last of `length` that are `multiple` apart."""
    return (length - 1) * multiple + 1
