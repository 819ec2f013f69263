"""Amounts of rain out of rain rates: the integral over time of rates that change linearly from frame to frame."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radar.errors import BadInput

Floats = NDArray[np.floating]


def amount(minutes: Sequence[float], rates: ArrayLike, start: float, end: float) -> Floats:
    """Rain in mm (...) from `start` to `end` minutes, of rates (T, ...) in mm/h at rising `minutes` (T,).

    Trapezoids between the frames. Before the first frame its rate is taken, so that an hour may begin with the
    observation that lies one cadence before the first lead. NaN where a rate in between is not known, and everywhere
    when the last frame lies before the end. BadInput when there is no time between start and end.
    """
    if not start < end:
        raise BadInput(f"There is no time between {start:g} and {end:g} min.")
    fields = np.asarray(rates, np.float32)
    if end > minutes[-1]:
        return np.full(fields.shape[1:], np.nan, np.float32)
    inner = [minute for minute in minutes if start < minute < end]
    knots = [start, *inner, end]
    values = [at(minutes, fields, knot) for knot in knots]
    hours = np.diff(knots) / 60
    pairs = zip(values, values[1:], hours, strict=False)
    return np.asarray(sum(hour * (before + after) / 2 for before, after, hour in pairs), np.float32)


def at(minutes: Sequence[float], rates: Floats, minute: float) -> Floats:
    """The rate (...) at a minute, between those of the frames before and after it."""
    after = int(np.searchsorted(minutes, minute))
    if after == 0 or minutes[after] == minute:
        return np.asarray(rates[after])
    share = (minute - minutes[after - 1]) / (minutes[after] - minutes[after - 1])
    return np.asarray((1 - share) * rates[after - 1] + share * rates[after])
