"""Chances of rain: how likely each threshold is reached, beside the rain rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radar.errors import BadInput, TooLarge
from radar.frames import Frames

THRESHOLDS = (0.5, 1.0, 2.0, 5.0, 10.0)
"""mm/h for which chances are given when nobody asks for others."""
MOST_THRESHOLDS = 16
HIGHEST_THRESHOLD = 300.0
"""mm/h; it hardly ever rains harder, for a minute or two."""
STEPS = 200
"""Of a chance from 0 to 1: half a per cent, finer than any forecast is known, so that a chance is one byte."""
UNKNOWN = 255
"""The byte where nothing is known."""
MAX_CODES = 2**29
"""The most chances of one nowcast: half a GiB."""

Codes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Numbers = TypeVar("Numbers", Floats, Codes)


class Chances:
    """How likely the rain rate is at or above each threshold (mm/h, rising); immutable.

    Made of values (thresholds, T, Y, X) in [0, 1], NaN where nothing is known, or of their bytes as `coded` gives
    them; kept as bytes, so that a chance comes back to half a per cent.
    made_by: what they come from, a word for the reader of a nowcast: network, neighbourhood, ensemble. calibration: the
    version of the curves they went through since; None where they did not.
    BadInput when thresholds and values disagree, TooLarge for more than MAX_CODES.
    """

    def __init__(
        self, thresholds: Sequence[float], values: ArrayLike, made_by: str, calibration: str | None = None
    ) -> None:
        self.thresholds, self.made_by, self.calibration = tuple(thresholds), made_by, calibration
        array = np.asarray(values)
        if array.ndim != 4 or len(self.thresholds) != len(array):
            raise BadInput(f"Chances of {len(self.thresholds)} thresholds cannot have the shape {array.shape}.")
        if array.size > MAX_CODES:
            raise TooLarge(f"{array.size} chances are more than {MAX_CODES}; ask for fewer thresholds or frames.")
        if self.thresholds != rising(self.thresholds):
            raise BadInput(f"The thresholds {self.thresholds} do not rise.")
        self.codes: Codes = checked(array) if array.dtype == np.uint8 else coded(array)

    @property
    def values(self) -> Floats:
        """All of them as float32 (thresholds, T, Y, X) in [0, 1], NaN where nothing is known: four times as large."""
        return decoded(self.codes)

    def of(self, threshold: float) -> Floats:
        """The chances (T, Y, X) of one threshold; BadInput names those there are."""
        if threshold not in self.thresholds:
            known = ", ".join(f"{known:g}" for known in self.thresholds)
            raise BadInput(f"There is no chance of {threshold:g} mm/h here; there are {known}.")
        return decoded(self.codes[self.thresholds.index(threshold)])

    def at(self, row: int, column: int) -> Floats:
        """The chances (thresholds, T) of one pixel."""
        return decoded(self.codes[:, :, row, column])


@dataclass(frozen=True, eq=False)
class Outlook:
    """What a method says of the future: frames and, where it knows them, chances on the same grid and times."""

    frames: Frames
    chances: Chances | None = None


def coded(values: ArrayLike) -> Codes:
    """Chances as bytes: floor(200 chance + 0.5), clipped to 0..200, and 255 for NaN; read-only.

    >>> coded([0.0, 0.5, 1.0, float("nan")]).tolist()
    [0, 100, 200, 255]
    """
    chances = np.asarray(values, np.float32)
    codes = (np.fmin(np.fmax(chances, 0), 1) * np.float32(STEPS) + np.float32(0.5)).astype(np.uint8)
    codes[np.isnan(chances)] = UNKNOWN
    codes.setflags(write=False)
    return codes


def decoded(codes: Codes) -> Floats:
    """The inverse of `coded`: byte / 200, NaN for 255."""
    table = np.full(UNKNOWN + 1, np.nan, np.float32)
    table[: STEPS + 1] = np.arange(STEPS + 1, dtype=np.float32) / STEPS
    return np.asarray(table[codes], np.float32)


def checked(codes: Codes) -> Codes:
    """The bytes, read-only; BadInput where one of them stands for no chance."""
    if any(np.any(row - np.uint8(STEPS + 1) < UNKNOWN - STEPS - 1) for row in codes):  # below zero wraps to 255
        raise BadInput(f"A chance is a byte from 0 to {STEPS}, or {UNKNOWN}.")
    view = codes.view()
    view.setflags(write=False)
    return view


def falling(values: Numbers) -> Numbers:
    """Chances (thresholds, ...), or their bytes, made to never rise with the threshold; unknown in all or in none."""
    lowered = values.copy()
    for higher, lower in pairwise(lowered):  # many times as fast as numpy's accumulate along the first axis
        np.minimum(higher, lower, out=lower)
    return lowered


def rising(thresholds: Sequence[float]) -> tuple[float, ...]:
    """Thresholds as asked for, rising and each once; BadInput for none, too many, or what is no rain rate."""
    kept = tuple(sorted(set(thresholds)))
    if not 1 <= len(kept) <= MOST_THRESHOLDS or not all(0 < threshold <= HIGHEST_THRESHOLD for threshold in kept):
        raise BadInput(
            f"Thresholds are 1 to {MOST_THRESHOLDS} rain rates above 0 and up to {HIGHEST_THRESHOLD:g} mm/h."
        )
    return kept
