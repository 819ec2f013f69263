"""Sums of verification as Prometheus reads them, at each scrape, from where they are kept: no restart loses one."""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from jobs.counted import CHANCES, KINDS, Counted
from jobs.counters import counters, sums
from jobs.errors import DamagedBlob
from jobs.skill import Skill
from jobs.store import Store

log = logging.getLogger(__name__)

Named = tuple[str, str]
"""A region and a method."""
Stored = Mapping[bytes, bytes]
"""Counters as they are kept."""
BY_LEAD, BY_SCALE, BY_CHANCE = ["lead", "threshold"], ["lead", "threshold", "scale"], ["threshold", "chance"]
"""Leads are in minutes, thresholds in mm/h, scales in km; a chance is the lower end of its tenth."""
FAMILIES: dict[str, tuple[str, list[str]]] = {
    **{kind: (f"Pixels that were {kind.replace('_', ' ')} of a nowcast.", BY_LEAD) for kind in KINDS},
    "fss_apart": ("Fractions skill score: the sum of (said - came)\u00b2 over pixels.", BY_SCALE),
    "fss_most": ("Fractions skill score: the sum of said\u00b2 + came\u00b2 over pixels.", BY_SCALE),
    "chance_pixels": ("Pixels for which a chance in this tenth was said, at any lead.", BY_CHANCE),
    "chance_said": ("The sum of those chances.", BY_CHANCE),
    "chance_events": ("Those of the pixels where it came true.", BY_CHANCE),
}
SCORED = {"hits", "misses", "false_alarms"}
"""What CSI, POD, FAR and bias are made of."""
DETAILS: tuple[tuple[set[str], float], ...] = (
    ({*FAMILIES}, 0),
    ({*SCORED, *CHANCES}, 0),
    (SCORED, 0),
    (SCORED, 15),
    (SCORED, 30),
    (SCORED, 60),
)
"""Kinds, and the minutes that leads are multiples of (0: all), from the fullest on; each is part of the one before."""


@dataclass(frozen=True, eq=False)
class Verified(Collector):
    """By region and method, what was counted."""

    counts: Mapping[Named, list[Counted]]

    def collect(self) -> Iterator[Metric]:
        """A counter for each kind of sum."""
        for kind, (about, labels) in FAMILIES.items():
            family = CounterMetricFamily(f"nowcast_verification_{kind}", about, labels=["region", "method", *labels])
            for names, cells in self.counts.items():
                for cell in (cell for cell in cells if cell.kind == kind):
                    family.add_metric([*names, *values(cell, labels)], cell.amount)
            yield family


@dataclass(frozen=True, eq=False)
class Share(Collector):
    """How much of it is told; None while Redis is away."""

    told: float | None = None

    def collect(self) -> Iterator[Metric]:
        """A gauge."""
        about = "Share of the series of verification that are told; the others are more than a scrape may have."
        family = GaugeMetricFamily("nowcast_verification_told_ratio", about, labels=[])
        if self.told is not None:
            family.add_metric([], self.told)
        yield family


@dataclass(frozen=True)
class Part:
    """The counters of a region and method. series: how many there are at each detail. text: of one, by its heads."""

    stored: Stored
    series: tuple[int, ...]
    level: int | None = None
    text: Mapping[bytes, bytes] = field(default_factory=dict)


class Told:
    """All of it as text, made anew only where it has changed, in as much detail as a scrape may have series."""

    def __init__(self) -> None:
        self.parts: dict[Named, Part] = {}
        self.level = 0

    def tell(self, stored: Mapping[Named, Stored], most: int) -> tuple[bytes, Share]:
        """The text of all counters, and how much of them it is."""
        parts = {named: self._part(named, kept) for named, kept in stored.items()}
        series = [sum(part.series[level] for part in parts.values()) for level in range(len(DETAILS))] + [0]
        level = next(level for level, count in enumerate(series) if count <= most)
        if level != self.level:
            log.warning("Prometheus is told %d of %d series of verification", series[level], series[0])
        self.level, self.parts = level, {named: detailed(named, part, level) for named, part in parts.items()}
        return joined(part.text for part in self.parts.values()), Share(series[level] / series[0] if series[0] else 1.0)

    def _part(self, named: Named, stored: Stored) -> Part:
        """That of the scrape before, if it is still true; nothing where it is damaged: no reason to hide others."""
        before = self.parts.get(named)
        if before is not None and before.stored == stored:
            return before
        try:
            depths = Counter(map(depth, sums(stored)))
        except DamagedBlob as error:
            log.error("region %s: %s", named[0], error)
            return Part({}, (0,) * len(DETAILS))
        return Part(
            stored, tuple(sum(n for deep, n in depths.items() if deep > level) for level in range(len(DETAILS)))
        )


TOLD = Told()
"""Of this process: what it holds follows from what is kept alone."""


@lru_cache(maxsize=2**14)
def depth(field: str) -> int:
    """How many of the details, from the fullest on, tell a cell; DamagedBlob."""
    cell = Counted.of(field.encode(), b"0")
    return sum(cell.kind in kinds and not (every and cell.lead_minutes % every) for kinds, every in DETAILS)


def detailed(named: Named, part: Part, level: int) -> Part:
    """A part with its text."""
    if part.level == level:
        return part
    cells = counters(part.stored, lambda field: depth(field) > level)
    return replace(part, level=level, text=headed(Verified({named: cells})))


def headed(counted: Collector) -> dict[bytes, bytes]:
    """The samples of each family in the text format, by the two lines above them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(counted)
    texts = re.split(rb"^# HELP ", generate_latest(registry), flags=re.MULTILINE)[1:]
    families = (text.split(b"\n", 2) for text in texts)
    return {b"# HELP %b\n%b\n" % (about, kind): samples for about, kind, samples in families}


def joined(texts: Iterable[Mapping[bytes, bytes]]) -> bytes:
    """One text, with each head once."""
    found: dict[bytes, list[bytes]] = {}
    for text in texts:
        for head, samples in text.items():
            found.setdefault(head, [head]).append(samples)
    return b"".join(piece for pieces in found.values() for piece in pieces)


def values(cell: Counted, labels: list[str]) -> list[str]:
    """The labels of a cell."""
    said = {
        "lead": f"{cell.lead_minutes:g}",
        "threshold": f"{cell.threshold:g}",
        "scale": cell.part,
        "chance": cell.part,
    }
    return [said[label] for label in labels]


def verified(store: Store, region_ids: Sequence[str]) -> tuple[bytes, Share]:
    """What there is of every region, as text, and how much of it; nothing while Redis is away."""
    try:
        return TOLD.tell(Skill(store.redis).counters(region_ids), store.settings.metrics_series)
    except RedisError:
        return b"", Share()
