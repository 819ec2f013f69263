"""What live verification keeps of nowcasts that have come true or not: sums that merge, by lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar.deviations import RULES as DEVIATION_RULES
from radar.deviations import Deviations, deviations
from radar.fractions import RULES as FRACTION_RULES
from radar.fractions import Fractions, fractions
from radar.frames import Rain
from radar.reliability import RULES as RELIABILITY_RULES
from radar.reliability import Reliability, reliability, yes_or_no
from radar.scores import Counts, count
from radar.sums import Integers, Sums

FAMILIES: dict[str, type[Sums]] = {
    "counts": Counts,
    "fractions": Fractions,
    "deviations": Deviations,
    "reliability": Reliability,
}
RULES: dict[str, dict[str, Any]] = {
    "fractions": FRACTION_RULES,
    "deviations": DEVIATION_RULES,
    "reliability": {**RELIABILITY_RULES, "a threshold without chances": "the rain itself is taken as sure"},
}
"""What changes these scores beside leads, thresholds and pixels: part of their protocol id."""


@dataclass(frozen=True, eq=False)
class Tally:
    """Sums over pairs of a forecast frame and the frame that came, merged by `+`.

    frames: pairs by lead, (leads,). The others are as their classes say, with as many leads.
    """

    frames: Integers
    counts: Counts
    fractions: Fractions
    deviations: Deviations
    reliability: Reliability

    @classmethod
    def of(cls, arrays: Sequence[NDArray[Any]]) -> "Tally":
        """The inverse of `arrays`; ValueError for counts of unequal shapes."""
        rest, parts = list(arrays[1:]), []
        for family in FAMILIES.values():
            parts.append(family(*(rest.pop(0) for _ in family.parts())))
        return cls(arrays[0], *parts)  # type: ignore[arg-type]

    @classmethod
    def zero(cls, leads: int, thresholds: int) -> "Tally":
        """Nothing compared yet."""
        return over_leads({}, leads, thresholds)

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """All of them, always in the same order."""
        sums = (getattr(self, family) for family in FAMILIES)
        return (self.frames, *(array for one in sums for array in one.arrays))

    @property
    def names(self) -> tuple[str, ...]:
        """What each of the arrays is."""
        parts = [f"{family}.{part}" for family, kind in FAMILIES.items() for part in kind.parts()]
        return ("frames", *parts)

    def __add__(self, other: "Tally") -> "Tally":
        sums = (getattr(self, family) + getattr(other, family) for family in FAMILIES)
        return Tally(self.frames + other.frames, *sums)

    def pooled(self, leads: slice = slice(None)) -> "Tally":
        """The sums over some leads (all by default), as those of a single one."""
        return Tally.of([array[leads].sum(axis=0, keepdims=True) for array in self.arrays])

    def at(self, lead: int) -> "Tally":
        """That of one lead, counted from 1."""
        return self.pooled(slice(lead - 1, lead))

    def difference(self, other: "Tally") -> str | None:
        """Where the first difference to another tally is, in words; None when every number is the same."""
        for name, one, two in zip(self.names, self.arrays, other.arrays, strict=True):
            if one.shape != two.shape:
                return f"{name} has the shape {one.shape} and {two.shape}"
            if (apart := np.argwhere(one != two)).size:
                lead, *rest = at = tuple(apart[0])
                place = f"[{', '.join(map(str, rest))}]" if rest else ""
                return f"{name}{place} at lead {lead + 1} is {one[at].item()} and {two[at].item()}"
        return None


def tally(
    rain: Rain,
    chances: Mapping[float, NDArray[np.float32]],
    observed: Rain,
    thresholds: Sequence[float],
    pixel_km: float,
) -> Tally:
    """The sums of one forecast frame against what came, as those of a single lead; all (Y, X), rain in mm/h.

    chances: by threshold, as many as are known; for the other thresholds the rain itself is taken as sure. Pixels
    count where the observation is finite; a forecast of NaN says no rain. ValueError where the shapes differ.
    """
    said, came = rain[None], observed[None]
    return Tally(
        np.ones(1, np.int64),
        count(said, came, thresholds),
        fractions(said, came, thresholds, pixel_km),
        deviations(said, came),
        worth(rain, chances, observed, thresholds),
    )


def worth(
    rain: Rain, chances: Mapping[float, NDArray[np.float32]], observed: Rain, thresholds: Sequence[float]
) -> Reliability:
    """What its chances were worth: that part of a `tally`."""
    sure = yes_or_no(rain[None], thresholds)
    for at, threshold in enumerate(thresholds):
        if threshold in chances:
            sure[at, 0] = chances[threshold]
    return reliability(sure, observed[None], thresholds)


def over_leads(tallies: Mapping[int, Tally], leads: int, thresholds: int) -> Tally:
    """Tallies of single leads, by lead from 1 on, as one over all leads: zero where there is none."""
    rows = [tallies[lead] if lead in tallies else silent(thresholds) for lead in range(1, leads + 1)]
    return Tally.of([np.concatenate(parts) for parts in zip(*(row.arrays for row in rows), strict=True)])


@cache
def silent(thresholds: int) -> Tally:
    """The tally of a lead at which nothing was said."""
    nothing = np.full((1, 1), np.nan, np.float32)
    empty = tally(nothing, {}, nothing, range(1, thresholds + 1), 1.0)
    return Tally.of([np.zeros_like(array) for array in empty.arrays])
