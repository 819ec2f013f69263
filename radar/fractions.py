"""Fractions skill score: is as much rain as was said somewhere near, on scales of some km?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radar.frames import Rain
from radar.sums import Floats, Integers, Sums, check_pair, product, ratio

SCALES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Sides in km of the squares in which fractions are taken."""
RULES = {
    "scales_km": SCALES,
    "square": "round(km / pixel) pixels wide, at least one",
    "fraction": "of the observed pixels in a square around an observed pixel; outside the grid is not observed",
}


@dataclass(frozen=True, eq=False)
class Fractions(Sums):
    """Sums over pixels of the fractions of wet pixels around them; each array is (leads, thresholds, scales).

    apart: of (said - came)². most: of said² + came², which `apart` is when the two never overlap.
    squares: how many squares were compared.
    """

    apart: Floats
    most: Floats
    squares: Integers

    @property
    def fss(self) -> Floats:
        """1 - apart / most (Roberts and Lean 2008), NaN where it was dry in both."""
        return 1 - ratio(self.apart, self.most)


def fractions(forecast: Rain, observed: Rain, thresholds: Sequence[float], pixel_km: float) -> Fractions:
    """Fractions of a forecast and of what came; both (T, Y, X) mm/h, one lead per frame.

    The event is rain >= threshold. Only observed pixels count, also within the squares; a forecast of NaN says no
    rain. ValueError where the shapes differ.
    """
    check_pair(forecast, observed)
    whole = 2 * max(observed.shape[1:])  # around any pixel this holds all of the frame, and wider ones only cost room
    sides = [min(pixels(scale, pixel_km), whole) for scale in SCALES]
    frames = [_frame(said, came, thresholds, sides) for said, came in zip(forecast, observed, strict=True)]
    apart, most, squares = np.moveaxis(np.reshape(frames, (len(frames), len(thresholds), len(sides), 3)), -1, 0)
    return Fractions(apart, most, squares.astype(np.int64))


def pixels(scale: float, pixel_km: float) -> int:
    """How many pixels wide a square of `scale` km is."""
    return max(1, round(scale / pixel_km))


def _frame(said: Rain, came: Rain, thresholds: Sequence[float], sides: Sequence[int]) -> Floats:
    """(thresholds, scales, 3) apart, most and squares of one frame."""
    seen, widest = np.isfinite(came), max(sides)
    known = integral(seen, widest)
    levels = np.asarray(thresholds, np.float32)
    events = [(integral((said >= level) & seen, widest), integral(came >= level, widest)) for level in levels]
    sums = np.zeros((len(thresholds), len(sides), 3))
    for at, side in enumerate(sides):
        share = seen / np.maximum(square_sums(known, side, seen.shape), 1)
        for threshold, pair in enumerate(events):
            forecast, truth = (np.ravel(square_sums(part, side, seen.shape) * share) for part in pair)
            most = product(forecast, forecast) + product(truth, truth)
            apart = max(most - 2 * product(forecast, truth), 0.0)  # rounding may leave less than nothing
            sums[threshold, at] = apart, most, np.count_nonzero(seen)
    return sums


def integral(mask: NDArray[np.bool_], margin: int) -> NDArray[np.int32]:
    """How many pixels of a mask (Y, X) lie above and left of each corner (Crow 1984), also of those in a margin."""
    corners = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), np.int32)
    np.cumsum(np.cumsum(mask, axis=0, dtype=np.int32), axis=1, out=corners[1:, 1:])
    return np.pad(corners, margin, "edge")


def square_sums(corners: NDArray[np.int32], side: int, shape: tuple[int, ...]) -> NDArray[np.int32]:
    """(Y, X) how many pixels of the mask are in the square around each; an even side reaches further up and left."""
    height, width = shape
    first = (corners.shape[0] - 1 - height) // 2 - side // 2
    strips = corners[first + side :][:height] - corners[first:][:height]
    return np.asarray(strips[:, first + side :][:, :width] - strips[:, first:][:, :width], np.int32)
