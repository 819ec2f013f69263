"""Contingency counts that can be gathered piece by piece, merged, and turned into scores."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import attrgetter
from typing import Any

import numpy as np

from radar.frames import Rain
from radar.sums import Floats, Integers, Sums, check_pair, ratio


@dataclass(frozen=True, eq=False)
class Counts(Sums):
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
        if len(set(self.shapes)) != 1 or self.hits.ndim < 2:
            raise ValueError(f"Counts are four arrays of (leads, thresholds), not {sorted(set(self.shapes))}.")

    @classmethod
    def zero(cls, leads: int, thresholds: int) -> "Counts":
        """Nothing compared yet: where a sum starts."""
        return cls(*np.zeros((4, leads, thresholds), np.int64))

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

    @property
    def hss(self) -> Floats:
        """Heidke skill score: 2 (hits x correct negatives - misses x false alarms) / what chance leaves over."""
        a, b, c, d = (array.astype(np.float64) for array in self.arrays)  # products of counts outgrow an integer
        return ratio(2 * (a * d - b * c), (a + b) * (b + d) + (a + c) * (c + d))


SCORES: dict[str, Callable[[Counts], Floats]] = {
    name: attrgetter(name) for name in ("csi", "pod", "far", "bias", "hss")
}  # fmt: skip


def count(forecast: Rain, observed: Rain, thresholds: Sequence[float]) -> Counts:
    """Counts of a forecast against what came; both (T, Y, X) mm/h, one lead per frame.

    The event is rain >= threshold. Pixels count where the observation is finite; there a forecast of NaN says no
    rain, so that every method answers for the same pixels. ValueError where the shapes differ.
    """
    check_pair(forecast, observed)
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
