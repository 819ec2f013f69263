"""How far amounts are off: squared and absolute differences, plain and balanced by how hard it rained."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radar.frames import Rain
from radar.rain import encode
from radar.sums import Floats, Integers, Sums, check_pair, ratio

BALANCE = ((0.5, 1.0), (2.0, 2.0), (5.0, 5.0), (10.0, 10.0), (30.0, 30.0))
"""(mm/h, weight from there on) of HKO-7's balanced errors, Shi et al. 2017; below the first the weight is 1."""
RULES = {
    "unit": "MSE and MAE in mm/h, B-MSE and B-MAE in pixels (dBZ + 10) / 70, all means per observed pixel",
    "balance": BALANCE,
}


@dataclass(frozen=True, eq=False)
class Deviations(Sums):
    """Sums over pixels of what a forecast is off by; each array is (leads,).

    squared, absolute: of the rain rate, in mm/h. balanced_squared, balanced_absolute: of the HKO-7 pixel in [0, 1],
    each times the weight of what came. HKO-7 gives sums per frame: there, times 480 x 480 pixels without its mask.
    """

    pixels: Integers
    squared: Floats
    absolute: Floats
    balanced_squared: Floats
    balanced_absolute: Floats


DEVIATIONS: dict[str, Callable[[Deviations], Floats]] = {
    "mse": lambda sums: ratio(sums.squared, sums.pixels),
    "mae": lambda sums: ratio(sums.absolute, sums.pixels),
    "b-mse": lambda sums: ratio(sums.balanced_squared, sums.pixels),
    "b-mae": lambda sums: ratio(sums.balanced_absolute, sums.pixels),
}


def deviations(forecast: Rain, observed: Rain) -> Deviations:
    """What a forecast is off by; both (T, Y, X) mm/h, one lead per frame.

    Only observed pixels count; a forecast of NaN says no rain. ValueError where the shapes differ.
    """
    check_pair(forecast, observed)
    frames = [_frame(said, came) for said, came in zip(forecast, observed, strict=True)]
    counted, *sums = np.reshape(frames, (len(frames), 5)).T
    return Deviations(counted.astype(np.int64), *sums)


def _frame(said: Rain, came: Rain) -> tuple[float, ...]:
    """The five sums of one frame."""
    seen = np.isfinite(came)
    truth, forecast = came[seen], np.nan_to_num(said[seen])
    off, pixels_off = forecast - truth, encode(forecast) - encode(truth)
    weight = balance(truth)
    sums = off**2, np.abs(off), weight * pixels_off**2, weight * np.abs(pixels_off)
    return float(truth.size), *(float(np.sum(part, dtype=np.float64)) for part in sums)


def balance(rain: NDArray[np.floating]) -> Floats:
    """HKO-7's weight of each rain rate in mm/h.

    >>> balance(np.array([0.0, 2.0, 29.9, 30.0])).tolist()
    [1.0, 2.0, 10.0, 30.0]
    """
    edges, values = zip(*BALANCE, strict=True)
    return np.array([1.0, *values])[np.searchsorted(edges, rain, side="right")]
