"""Are chances worth what they say: Brier score, reliability, ROC and CRPS of chances of rain."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radar.frames import Rain
from radar.sums import Floats, Integers, Sums, product, ratio

BINS = 10
RULES = {
    "bins": BINS,
    "without chances": "rain at or above the threshold is a chance of 1, else 0",
    "climatology": "the share of events in the same pixels, for each lead and threshold",
    "crps": "the Brier score integrated over the thresholds by trapezoids, in mm/h",
}


@dataclass(frozen=True, eq=False)
class Reliability(Sums):
    """Sums over pixels of chances against what came.

    pixels, said, came: pixels, chances and events by chance, (leads, thresholds, bins), a tenth a bin.
    squared: of (chance - event)², (leads, thresholds). integrated: that, integrated over thresholds (mm/h), (leads,).
    """

    pixels: Integers
    said: Floats
    came: Integers
    squared: Floats
    integrated: Floats

    @property
    def brier(self) -> Floats:
        """Mean of (chance - event)², (leads, thresholds) (Brier 1950)."""
        return ratio(self.squared, self.pixels.sum(axis=-1))

    @property
    def bss(self) -> Floats:
        """Brier skill score: 1 - Brier / that of always saying the share of events, NaN where that is never wrong."""
        share = ratio(self.came.sum(axis=-1), self.pixels.sum(axis=-1))
        return 1 - ratio(self.brier, share * (1 - share))

    @property
    def crps(self) -> Floats:
        """Continuous ranked probability score between the lowest and highest threshold, in mm/h, (leads,).

        The integral of the Brier score over the threshold (Matheson and Winkler 1976) by trapezoids: a CRPS weighted 1
        from the lowest to the highest threshold and 0 outside (Gneiting and Ranjan 2011). Zero for one threshold.
        """
        return ratio(self.integrated, self.pixels[..., 0, :].sum(axis=-1))

    @property
    def roc_area(self) -> Floats:
        """Area under POD against the false alarm rate, from the bins, (leads, thresholds); NaN without both kinds."""
        events, others = (falling(array) for array in (self.came, self.pixels - self.came))
        pod, rate = ratio(events, events[..., -1:]), ratio(others, others[..., -1:])
        return np.asarray(np.trapezoid(pod, rate, axis=-1))

    @property
    def curve(self) -> tuple[Floats, Floats]:
        """Mean chance and share of events of each bin, (leads, thresholds, bins), NaN where nothing was said."""
        return ratio(self.said, self.pixels), ratio(self.came, self.pixels)


RELIABILITY: dict[str, Callable[[Reliability], Floats]] = {
    "brier": lambda sums: sums.brier,
    "bss": lambda sums: sums.bss,
    "roc area": lambda sums: sums.roc_area,
    "crps": lambda sums: sums.crps,
}


def reliability(chances: NDArray[np.float32], observed: Rain, thresholds: Sequence[float]) -> Reliability:
    """Chances (thresholds, T, Y, X) against what came (T, Y, X) in mm/h, one lead per frame.

    Only observed pixels count; a chance of NaN says no rain. ValueError where the shapes do not fit.
    """
    if chances.shape != (len(thresholds), *observed.shape) or observed.ndim != 3:
        raise ValueError(f"Chances of {chances.shape} cannot be compared with {observed.shape}.")
    leads, seen = len(observed), np.isfinite(observed)
    binned, squared = np.zeros((3, leads, len(thresholds), BINS)), np.zeros((leads, len(thresholds)))
    for at, level in enumerate(np.asarray(thresholds, np.float32)):
        for lead in range(leads):
            chance = np.nan_to_num(chances[at, lead][seen[lead]]).astype(np.float64)
            event = observed[lead][seen[lead]] >= level
            squared[lead, at] = product(chance - event, chance - event)
            binned[:, lead, at] = by_chance(chance, event)
    counted, said, came = binned
    integrated = np.asarray(np.trapezoid(squared, thresholds, axis=1))
    return Reliability(counted.astype(np.int64), said, came.astype(np.int64), squared, integrated)


def by_chance(chance: Floats, event: NDArray[np.bool_]) -> Floats:
    """(3, bins) pixels, summed chances and events; a bin holds its lower end, the last one also 1."""
    which = np.minimum((BINS * chance + 1e-4).astype(np.int64), BINS - 1)  # a float32 of 0.7 lies below 0.7
    pixels, came = np.bincount(which, minlength=BINS), np.bincount(which[event], minlength=BINS)
    return np.stack([pixels, np.bincount(which, chance, BINS), came]).astype(np.float64)


def yes_or_no(rain: Rain, thresholds: Sequence[float]) -> NDArray[np.float32]:
    """Rain (T, Y, X) as chances (thresholds, T, Y, X) of one who is always sure."""
    return np.stack([rain >= np.float32(threshold) for threshold in thresholds]).astype(np.float32)


def falling(array: Integers) -> Integers:
    """(..., bins + 1) sums over the bins from the highest chance down, beginning with none of them."""
    sums = np.cumsum(array[..., ::-1], axis=-1)
    return np.concatenate([np.zeros_like(sums[..., :1]), sums], axis=-1)
