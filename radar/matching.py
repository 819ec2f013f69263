"""Gives a forecast back the rain that it blurs away."""

import numpy as np
from numpy.typing import NDArray

from radar.frames import Rain


def match(said: NDArray[np.float32], rain: Rain) -> Rain:
    """What was said (Y, X), in any unit, with the distribution of rain (Y, X) in mm/h: its n-th largest for the n-th.

    The mean of members, or a network trained on errors, says less and less rain with lead, as the mean of what may
    come; where it says more and where less it still knows. Probability matching (Ebert 2001), as pysteps does after
    each lead of S-PROG. Both count where rain was observed; elsewhere the answer is NaN.
    """
    seen = np.isfinite(rain)
    matched = np.full(rain.shape, np.nan, np.float32)
    wet = np.sort(rain[seen & (rain > 0)])
    values = said[seen]
    top = largest(values, wet.size)
    ranked = np.zeros(values.size, np.float32)
    ranked[top[order(values[top])]] = wet
    matched[seen] = ranked
    return matched


def largest(values: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Where the largest values (N) are, in order of place, without sorting the others; of equal ones the last."""
    if count == 0:
        return np.empty(0, np.intp)
    least = np.partition(values, values.size - count)[values.size - count]
    above = values > least
    equal = np.flatnonzero(values == least)
    above[equal[equal.size - (count - np.count_nonzero(above)) :]] = True
    return np.flatnonzero(above)


def order(values: NDArray[np.float32]) -> NDArray[np.intp]:
    """Where finite values (N) are from the least on, of equal ones the first first.

    A stable argsort, but by sorting whole numbers made of value and place, which takes a fifth of its time.
    """
    bits = (values + np.float32(0)).view(np.int32)  # the zero added makes one zero of both
    rising = (bits ^ ((bits >> 31) & np.int32(0x7FFFFFFF))).astype(np.int64)
    return np.sort(rising << 32 | np.arange(values.size)).astype(np.uint32).astype(np.intp)
