"""Gives a forecast back the rain that it blurs away."""

import numpy as np
from numpy.typing import NDArray

from radar.frames import Rain


def match(said: NDArray[np.float32], rain: Rain) -> Rain:
    """What was said (Y, X), in any unit, with the distribution of rain (Y, X) in mm/h: its n-th largest for the n-th.

    A network trained on errors says less and less rain with lead, as the mean of what may come; where it says more
    and where less it still knows. Probability matching (Ebert 2001), as pysteps does after each lead of S-PROG. Both
    count where rain was observed; elsewhere the answer is NaN.
    """
    seen = np.isfinite(rain)
    matched = np.full(rain.shape, np.nan, np.float32)
    order = np.argsort(said[seen], kind="stable")
    ranked = np.empty(order.size, np.float32)
    ranked[order] = np.sort(rain[seen])
    matched[seen] = ranked
    return matched
