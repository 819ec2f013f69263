"""The resolution rain is kept and compared at, 0.01 mm/h: each way to the same frame gives the same numbers."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radar.frames import Rain

STEPS_PER_MM = 100


def steps(rain: ArrayLike) -> NDArray[np.float64]:
    """Rain rate in mm/h, of any shape, in whole steps of 0.01 mm/h; NaN stays."""
    return np.rint(np.asarray(rain, np.float64) * STEPS_PER_MM)


def rates(steps: NDArray[np.number]) -> Rain:
    """Steps as rain rate in mm/h: the float32 nearest to it, of the same shape; NaN stays."""
    return (steps.astype(np.float64) / STEPS_PER_MM).astype(np.float32)


def rounded(rain: ArrayLike) -> Rain:
    """Rain rate in mm/h to the nearest 0.01 mm/h; NaN stays.

    A file that packs 0.07 mm/h as 7 times 0.01 may be read as either of two neighbouring float32, by the precision its
    reader multiplies in. An optical flow shows that; here both become the same number.

    >>> bool(rounded(np.float32(7) * np.float32(0.01)) == rounded(np.float32(0.07)))
    True
    """
    return rates(steps(rain))
