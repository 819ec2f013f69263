"""How fast the details of rain lose their meaning, as its own past tells.

Small scales are foretold for minutes, large ones for hours (Germann and Zawadzki 2002). S-PROG damps each scale by
what an autoregression says of it (Seed 2003); one Gaussian that widens evenly with lead does as well by CSI here.
"""

import numpy as np
from numpy.typing import NDArray

from radar.extrapolation import Floats, blurred
from radar.frames import Rain

SPAN = 6
"""Frames back from the last one that are compared with it: half an hour of radar."""
WIDTHS = (0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.7, 8.0, 11.3, 16.0)
"""Pixels: Gaussian widths that are tried."""
SHARE = 0.5
"""Of the width that foretells best by correlation: CSI, with amounts given back, likes less and is flat about it."""
LEAST = 0.1
"""mm/h added before the logarithm."""
NARROWEST = 0.3
"""Pixels below which a Gaussian does nothing."""


def fading(seen: Rain) -> float:
    """By how many pixels a frame a Gaussian should widen, for rain (T, Y, X) in mm/h that stands still but for change.

    The older of two frames is blurred until its logarithm correlates best with that of the newer one. 0 for a single
    frame, and where nothing varies.
    """
    span = min(SPAN, len(seen) - 1)
    if span < 1:
        return 0.0
    known = np.isfinite(seen[-1 - span])
    before, now = (np.log(np.nan_to_num(rain) + LEAST).astype(np.float32) for rain in (seen[-1 - span], seen[-1]))
    both = known & np.isfinite(seen[-1])
    alike = [correlation(softened(before, known, width)[both], now[both]) for width in (0.0, *WIDTHS)]
    return SHARE * (0.0, *WIDTHS)[int(np.argmax(alike))] / span


def correlation(one: Floats, other: Floats) -> float:
    """Of two samples (N); 0 where one does not vary."""
    if one.size < 2 or min(np.ptp(one), np.ptp(other)) == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def softened(field: Floats, known: NDArray[np.bool_], width: float) -> Floats:
    """A field (Y, X) under a Gaussian of a width in pixels, out of what is known; elsewhere it is as it comes."""
    if width < NARROWEST:
        return field
    share = blurred(known.astype(np.float32), width)
    return np.asarray(blurred(np.where(known, field, np.float32(0)), width) / np.maximum(share, 1e-3), np.float32)
