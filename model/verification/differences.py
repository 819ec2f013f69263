"""How sure a score and a difference of scores is: paired bootstrap over blocks of windows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.verification.results import Results
from radar.bootstrap import drawn, interval, resampled
from radar.fractions import SCALES
from radar.scoresheet import KINDS
from radar.sums import Floats, Sums

NEARBY_KM = 16.0
"""The scale whose FSS stands for the others where one number must do."""
Score = Callable[[Any], Floats]


def nearby(sums: Any) -> Floats:
    """FSS at NEARBY_KM, (leads, thresholds)."""
    return np.asarray(KINDS["fss"].score(sums)[..., SCALES.index(NEARBY_KM)])


COMPARED: dict[str, tuple[str, Score]] = {
    "csi": KINDS["csi"],
    f"fss {NEARBY_KM:g} km": ("fractions", nearby),
    "bss": KINDS["bss"],
    "crps": KINDS["crps"],
}
"""The scores whose differences get intervals: family and function."""


@dataclass(frozen=True)
class Difference:
    """How much more a method scores than another; low and high bound 95 % of the resamples, None for a single block."""

    data: str
    method: str
    baseline: str
    score: str
    threshold: float | None
    lead: str
    value: float
    low: float | None
    high: float | None
    blocks: int


def differences(results: Results, methods: Sequence[str], baselines: Sequence[str]) -> Iterator[Difference]:
    """Every method against every baseline, for the scores of COMPARED, pooled over all leads and at the last."""
    for data in results.data:
        for kind in COMPARED:
            for lead, which in results.protocol.lead_minutes.items():
                scored = {name: Resampled.of(results, data, name, kind, which) for name in {*methods, *baselines}}
                for method in methods:
                    for baseline in baselines:
                        if method != baseline:
                            yield from apart(results, (data, method, baseline, kind, lead), scored)


@dataclass(frozen=True, eq=False)
class Resampled:
    """A score, an array of (1[, thresholds]), and that of each resample; the draws are the same for all methods."""

    value: Floats
    draws: Floats | None
    blocks: int

    @classmethod
    def of(cls, results: Results, data: str, method: str, kind: str, leads: slice) -> "Resampled":
        """The score of a method over some leads, pooled; no draws of a single block, which has no spread."""
        family, score = COMPARED[kind]
        blocks = [sheet.family(family).pooled(leads) for sheet in results.blocks(data, method)]
        whole = score(results.total(data, method).family(family).pooled(leads))
        draws = resampled(blocks, drawn(len(blocks)), score) if len(blocks) > 1 else None
        return cls(whole, draws, len(blocks))


def apart(results: Results, what: tuple[str, str, str, str, str], scored: dict[str, Resampled]) -> Iterator[Difference]:
    """The difference of two methods, for each threshold."""
    data, method, baseline, kind, lead = what
    one, two = scored[method], scored[baseline]
    value = np.ravel(one.value - two.value)
    bounds: list[tuple[float | None, float | None]] = [(None, None)] * value.size
    if one.draws is not None and two.draws is not None:
        low, high = (np.ravel(ends).tolist() for ends in interval(one.draws - two.draws))
        bounds = list(zip(low, high, strict=True))
    thresholds = results.protocol.thresholds if one.value.ndim > 1 else (None,)
    for at, threshold in enumerate(thresholds):
        if np.isfinite(value[at]):
            yield Difference(data, method, baseline, kind, threshold, lead, float(value[at]), *bounds[at], one.blocks)


def band(blocks: Sequence[Sums], score: Score) -> tuple[Floats, Floats] | None:
    """Lower and upper bound of a score by lead, or None for a single block."""
    return interval(resampled(blocks, drawn(len(blocks)), score)) if len(blocks) > 1 else None
