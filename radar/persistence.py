"""Persistence: the rain stays as and where it is."""

import numpy as np

from radar.frames import Frames
from radar.nowcast import future_times


def persistence(past: Frames, horizon: int) -> Frames:
    """The last frame, `horizon` times over; NaN stays where it was not observed."""
    rain = np.repeat(past.rain[-1:], horizon, axis=0)
    return Frames(rain, future_times(past, horizon), past.grid)
