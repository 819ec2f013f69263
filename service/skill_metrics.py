"""Counts of verification as Prometheus reads them, at each scrape, from where they are kept: no restart loses one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from jobs.counted import KINDS, Counted
from jobs.regions import Regions
from jobs.skill import Skill
from jobs.store import Store
from radar.errors import NowcastError

LABELS = ["region", "method", "lead", "threshold"]


@dataclass(frozen=True, eq=False)
class Verified(Collector):
    """By region and method, what was counted."""

    counts: Mapping[tuple[str, str], list[Counted]]

    def collect(self) -> Iterator[Metric]:
        """A counter for each kind of pixel."""
        for kind in KINDS:
            about = f"Pixels that were {kind.replace('_', ' ')} of a nowcast, by lead (min) and threshold (mm/h)."
            family = CounterMetricFamily(f"nowcast_verification_{kind}", about, labels=LABELS)
            for (region, method), cells in self.counts.items():
                for cell in (cell for cell in cells if cell.kind == kind):
                    family.add_metric([region, method, f"{cell.lead_minutes:g}", f"{cell.threshold:g}"], cell.count)
            yield family


def exposition(store: Store) -> bytes:
    """The text format; nothing while Redis is away."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Verified(counts(store)))
    return generate_latest(registry)


def counts(store: Store) -> dict[tuple[str, str], list[Counted]]:
    """What there is of every region."""
    skill = Skill(store.redis)
    try:
        regions = [region.id for region in Regions(store.redis).all()]
        return {(name, method): cells for name in regions for method, cells in skill.counters(name).items()}
    except (RedisError, NowcastError):
        return {}
