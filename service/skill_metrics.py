"""Sums of verification as Prometheus reads them, at each scrape, from where they are kept: no restart loses one."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from jobs.counted import KINDS, Counted
from jobs.errors import DamagedBlob
from jobs.regions import Regions
from jobs.skill import Skill
from jobs.store import Store

log = logging.getLogger(__name__)

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


@dataclass(frozen=True, eq=False)
class Verified(Collector):
    """By region and method, what was counted."""

    counts: Mapping[tuple[str, str], list[Counted]]

    def collect(self) -> Iterator[Metric]:
        """A counter for each kind of sum."""
        for kind, (about, labels) in FAMILIES.items():
            family = CounterMetricFamily(f"nowcast_verification_{kind}", about, labels=["region", "method", *labels])
            for names, cells in self.counts.items():
                for cell in (cell for cell in cells if cell.kind == kind):
                    family.add_metric([*names, *values(cell, labels)], cell.amount)
            yield family


def values(cell: Counted, labels: list[str]) -> list[str]:
    """The labels of a cell."""
    said = {
        "lead": f"{cell.lead_minutes:g}",
        "threshold": f"{cell.threshold:g}",
        "scale": cell.part,
        "chance": cell.part,
    }
    return [said[label] for label in labels]


def verified(store: Store) -> Verified:
    """What there is of every region; nothing while Redis is away."""
    skill, counts = Skill(store.redis), dict[tuple[str, str], list[Counted]]()
    try:
        for region in Regions(store.redis).all():
            counts.update({(region.id, method): cells for method, cells in readable(skill, region.id).items()})
    except RedisError:
        return Verified({})
    return Verified(counts)


def readable(skill: Skill, region_id: str) -> dict[str, list[Counted]]:
    """The counters of a region by method; none where they are damaged, which is no reason to hide those of others."""
    try:
        return skill.counters(region_id)
    except DamagedBlob as error:
        log.error("region %s: %s", region_id, error)
        return {}
