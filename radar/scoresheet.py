"""Everything a forecast is scored by, gathered at once: one sheet for each method and block of windows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from radar.chances import Outlook
from radar.deviations import DEVIATIONS, Deviations, deviations
from radar.deviations import RULES as DEVIATION_RULES
from radar.fractions import RULES as FRACTION_RULES
from radar.fractions import Fractions, fractions
from radar.frames import Rain
from radar.reliability import RELIABILITY, Reliability, reliability, yes_or_no
from radar.reliability import RULES as RELIABILITY_RULES
from radar.scores import SCORES, Counts, count
from radar.similarity import RULES as SIMILARITY_RULES
from radar.similarity import SIMILARITY, Similarity, similarity
from radar.spectra import RULES as SPECTRA_RULES
from radar.spectra import Spectra, spectra
from radar.sums import Floats, Sums


@dataclass(frozen=True, eq=False)
class Scoresheet:
    """The sums behind every score, of `windows` windows; sheets of the same protocol are merged by `+`."""

    windows: int
    counts: Counts
    fractions: Fractions
    deviations: Deviations
    similarity: Similarity
    spectra: Spectra
    reliability: Reliability

    def __add__(self, other: "Scoresheet") -> "Scoresheet":
        return Scoresheet(
            self.windows + other.windows,
            self.counts + other.counts,
            self.fractions + other.fractions,
            self.deviations + other.deviations,
            self.similarity + other.similarity,
            self.spectra + other.spectra,
            self.reliability + other.reliability,
        )

    def family(self, name: str) -> Sums:
        """The sums of a family, by its name in RULES."""
        sums: Sums = getattr(self, name)
        return sums

    def as_json(self) -> dict[str, Any]:
        """The sums by their names."""
        return {"windows": self.windows, **{name: self.family(name).as_json() for name in RULES}}

    @classmethod
    def of(cls, sums: dict[str, Any]) -> "Scoresheet":
        """The inverse of `as_json`; ValueError, KeyError or TypeError for what is none."""
        return cls(
            int(sums["windows"]),
            Counts.of(sums["counts"]),
            Fractions.of(sums["fractions"]),
            Deviations.of(sums["deviations"]),
            Similarity.of(sums["similarity"]),
            Spectra.of(sums["spectra"]),
            Reliability.of(sums["reliability"]),
        )


RULES: dict[str, dict[str, Any]] = {
    "counts": {},  # what there is to say of them is in the protocol itself
    "fractions": FRACTION_RULES,
    "deviations": DEVIATION_RULES,
    "similarity": SIMILARITY_RULES,
    "spectra": SPECTRA_RULES,
    "reliability": RELIABILITY_RULES,
}
"""What beside the protocol changes the scores of a family: part of their protocol id."""


class Kind(NamedTuple):
    """A score: the family of sums it is computed from, and how: an array (leads[, thresholds[, scales]])."""

    family: str
    score: Callable[[Any], Floats]


KINDS: dict[str, Kind] = {
    **{name: Kind("counts", score) for name, score in SCORES.items()},
    "fss": Kind("fractions", lambda sums: sums.fss),
    **{name: Kind("deviations", score) for name, score in DEVIATIONS.items()},
    **{name: Kind("similarity", score) for name, score in SIMILARITY.items()},
    **{name: Kind("reliability", score) for name, score in RELIABILITY.items()},
}


def scoresheet(said: Outlook, observed: Rain, thresholds: Sequence[float], pixel_km: float) -> Scoresheet:
    """The sums of one window: what was said against what came (T, Y, X) in mm/h.

    At a threshold without chances the rain itself is taken as sure.
    """
    rain, chances = said.frames.rain, said.chances
    sure = yes_or_no(rain, thresholds)
    for at, threshold in enumerate(thresholds):
        if chances is not None and threshold in chances.thresholds:
            sure[at] = chances.of(threshold)
    return Scoresheet(
        1,
        count(rain, observed, thresholds),
        fractions(rain, observed, thresholds, pixel_km),
        deviations(rain, observed),
        similarity(rain, observed),
        spectra(rain, observed, pixel_km),
        reliability(sure, observed, thresholds),
    )
