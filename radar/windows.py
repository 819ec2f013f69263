"""Where the windows of an event begin: frames up to now and those that come after, scored as one."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from radar.frames import Rain

WET = 0.5
"""mm/h from which a pixel counts as wet where windows are chosen."""
WET_SHARE = 0.05
"""Of all pixels of the last known frame, those that must be wet for a window to be scored."""


def wetness(rain: Rain) -> float:
    """The share of wet pixels among all of a frame (Y, X) in mm/h; what was not observed is not wet."""
    return float(np.mean(rain >= WET))


def starts(runs: Iterable[int], past: int, every: int, wet: Callable[[int], bool]) -> Iterator[int]:
    """The first frame of each window: of the runs (first frames of windows without a hole, in order) those whose last
    known frame is wet, at least `every` frames after the one before.
    """
    free = 0
    for start in runs:
        if start >= free and wet(start + past - 1):
            free = start + every
            yield start
