"""Contingency counts that can be gathered piece by piece, merged, and turned into scores."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar.frames import Rain

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Counts:
    """Pixels of a yes/no forecast by what was said and what came; each array is (leads, thresholds) int64.

    Counts of the same leads and thresholds are merged by `+`, in any order. Scores are pooled: they are computed
    from the sums, never averaged. They are float arrays of the same shape, NaN where the divisor is zero
    (definitions: Wilks, Statistical Methods in the Atmospheric Sciences, ch. 9). ValueError for unequal shapes.
    """

    hits: Integers
    misses: Integers
    false_alarms: Integers
    correct_negatives: Integers

    def __post_init__(self) -> None:
        shapes = {array.shape for array in self._arrays}
        if len(shapes) != 1 or self.hits.ndim != 2:
            raise ValueError(f"Counts are four arrays of (leads, thresholds), not {sorted(shapes)}.")

    def __add__(self, other: "Counts") -> "Counts":
        if self.hits.shape != other.hits.shape:
            raise ValueError(f"Counts of {self.hits.shape} and {other.hits.shape} leads and thresholds do not merge.")
        return Counts(*(one + two for one, two in zip(self._arrays, other._arrays, strict=True)))

    @classmethod
    def zero(cls, leads: int, thresholds: int) -> "Counts":
        """Nothing compared yet: where a sum starts."""
        return cls(*np.zeros((4, leads, thresholds), np.int64))

    def pooled(self, leads: slice = slice(None)) -> "Counts":
        """The sums over some leads (all by default), as counts of a single lead."""
        return Counts(*(array[leads].sum(axis=0, keepdims=True) for array in self._arrays))

    @property
    def _arrays(self) -> tuple[Integers, Integers, Integers, Integers]:
        return self.hits, self.misses, self.false_alarms, self.correct_negatives

    @property
    def count(self) -> Integers:
        """Pixels compared, (leads, thresholds)."""
        return self.hits + self.misses + self.false_alarms + self.correct_negatives

    @property
    def csi(self) -> Floats:
        """Critical success index: hits / (hits + misses + false alarms)."""
        return ratio(self.hits, self.hits + self.misses + self.false_alarms)

    @property
    def pod(self) -> Floats:
        """Probability of detection: hits / (hits + misses)."""
        return ratio(self.hits, self.hits + self.misses)

    @property
    def far(self) -> Floats:
        """False alarm ratio (not rate): false alarms / (hits + false alarms)."""
        return ratio(self.false_alarms, self.hits + self.false_alarms)

    @property
    def bias(self) -> Floats:
        """Frequency bias: (hits + false alarms) / (hits + misses)."""
        return ratio(self.hits + self.false_alarms, self.hits + self.misses)


SCORES: dict[str, Callable[[Counts], Floats]] = {
    name: attrgetter(name) for name in ("csi", "pod", "far", "bias")
}  # fmt: skip


def ratio(part: Integers, whole: Integers) -> Floats:
    """part / whole, NaN where whole is zero."""
    quotient = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=quotient, where=whole > 0)
    return quotient


def count(forecast: Rain, observed: Rain, thresholds: Sequence[float]) -> Counts:
    """Counts of a forecast against what came; both (T, Y, X) mm/h, one lead per frame.

    The event is rain >= threshold. Pixels count where the observation is finite; there a forecast of NaN says no
    rain, so that every method answers for the same pixels. ValueError where the shapes differ.
    """
    if forecast.shape != observed.shape or observed.ndim != 3:
        raise ValueError(f"A forecast of {forecast.shape} cannot be compared with {observed.shape}.")
    pairs = list(zip(forecast, observed, strict=True))
    tables = [[_table(*pair, threshold) for threshold in thresholds] for pair in pairs]
    shape = (len(pairs), len(thresholds), 4)
    return Counts(*np.moveaxis(np.reshape(np.array(tables, np.int64), shape), -1, 0))


def _table(forecast: Rain, observed: Rain, threshold: float) -> tuple[int, int, int, int]:
    """Hits, misses, false alarms and correct negatives of one frame."""
    level = np.float32(threshold)  # a float32 of 0.7 lies below a float64 of 0.7
    said, came, seen = forecast >= level, observed >= level, np.isfinite(observed)
    hits = int(np.count_nonzero(said & came))
    misses = int(np.count_nonzero(came)) - hits
    false_alarms = int(np.count_nonzero(said & seen)) - hits
    return hits, misses, false_alarms, int(np.count_nonzero(seen)) - hits - misses - false_alarms


def protocol_id(**everything: Any) -> str:
    """12 hex digits that name everything which changes a score: data, leads, thresholds, pixel and mask rules.

    It is the SHA-256 of canonical JSON: order of names, tuple or list and 1 or 1.0 make no difference. TypeError
    or ValueError for what JSON has no word for.

    >>> protocol_id(thresholds=(1, 2.0), event=">=") == protocol_id(event=">=", thresholds=[1.0, 2])
    True
    """
    text = json.dumps(_canonical(everything), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).hexdigest()[:12]


def _canonical(value: Any) -> Any:
    """The value with whole floats as integers, deep down."""
    if isinstance(value, dict):
        return {str(name): _canonical(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
