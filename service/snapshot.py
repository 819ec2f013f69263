"""What is true of the service at the moment of a scrape: read from the store, so that every gateway says the same."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis import Redis
from redis.exceptions import RedisError

from jobs import keys
from jobs.queue import Queue
from jobs.signs import warm_workers
from jobs.standing import Standing, dead_letters, standing
from jobs.store import Store
from jobs.weather import Weather, weather
from radar.card import Card
from radar.errors import NowcastError
from service.region_schemas import FreshnessView

Samples = Mapping[tuple[str, ...], float]


@dataclass(frozen=True)
class Situation:
    """A region: its radar, its nowcast (seconds since it was made), its weather, the times that are to be verified."""

    radar: FreshnessView
    nowcast: float | None = None
    weather: Weather | None = None
    to_verify: int = 0


@dataclass(frozen=True, eq=False)
class Snapshot(Collector):
    """Queues by method, regions by id, and what serves them; nothing of it while Redis is away, but the version."""

    version: str
    queues: Mapping[str, Standing] = field(default_factory=dict)
    dead: int | None = None
    warm: int | None = None
    cards: Mapping[str, Card] = field(default_factory=dict)
    regions: Mapping[str, Situation] = field(default_factory=dict)

    def collect(self) -> Iterator[Metric]:
        """Every family, also one that has no sample now."""
        yield gauge("nowcast_build_info", "1, with the version that answers.", ["version"], {(self.version,): 1})
        yield from self._service()
        yield from self._queues()
        yield from self._regions()

    def _service(self) -> Iterator[Metric]:
        warm: Samples = {} if self.warm is None else {(): float(self.warm)}
        yield gauge("nowcast_workers_warm", "Pool children that have loaded and warmed up every method.", [], warm)
        known: Samples = {(name, card.version): 1.0 for name, card in self.cards.items()}
        yield gauge("nowcast_method_info", "1 for each method that workers have loaded.", ["method", "version"], known)
        dead = CounterMetricFamily("nowcast_dead_letters", "Jobs that were given up and kept as dead letters.")
        if self.dead is not None:
            dead.add_metric([], self.dead)
        yield dead

    def _queues(self) -> Iterator[Metric]:
        for name, about, values in (
            ("depth", "Jobs of a method that wait or run.", {m: one.depth for m, one in self.queues.items()}),
            ("lag", "Jobs of a method that no worker has taken yet.", {m: one.lag for m, one in self.queues.items()}),
            (
                "oldest_age_seconds",
                "Age of the oldest job that waits or runs, 0 when there is none.",
                {m: one.oldest for m, one in self.queues.items()},
            ),
        ):
            yield gauge(f"nowcast_queue_{name}", about, ["method"], {(m,): value for m, value in values.items()})

    def _regions(self) -> Iterator[Metric]:
        for name, (about, read) in REGIONAL.items():
            found = {(region,): read(one) for region, one in self.regions.items()}
            yield gauge(name, about, ["region"], {at: value for at, value in found.items() if value is not None})


REGIONAL: dict[str, tuple[str, Any]] = {
    "nowcast_radar_frame_age_seconds": ("Age of a region's newest frame.", lambda one: one.radar.data_age_seconds),
    "nowcast_region_stale": ("1 when a region's radar is late.", lambda one: one.radar.stale),
    "nowcast_latest_age_seconds": ("Time since a region's latest nowcast was made.", lambda one: one.nowcast),
    "nowcast_radar_wet_ratio": (
        "Share of the observed pixels of a region's newest frame with 0.1 mm/h or more.",
        lambda one: one.weather and one.weather.wet,
    ),
    "nowcast_radar_observed_ratio": (
        "Share of the pixels of a region's newest frame that were observed.",
        lambda one: one.weather and one.weather.observed,
    ),
    "nowcast_radar_highest_mm_per_hour": (
        "Highest rain rate in a region's newest frame.",
        lambda one: one.weather and one.weather.highest,
    ),
    "nowcast_verification_pending": ("Times of a region that are to be verified.", lambda one: one.to_verify),
}


def gauge(name: str, about: str, labels: list[str], samples: Samples) -> Metric:
    """A gauge with its samples."""
    family = GaugeMetricFamily(name, about, labels=labels)
    for labelled, value in samples.items():
        family.add_metric(labelled, value)
    return family


def snapshot(version: str, store: Store, queue: Queue, ages: Mapping[str, FreshnessView]) -> Snapshot:
    """Everything, as the store has it now."""
    redis = store.redis
    try:
        cards = store.cards()
        queues = standing(redis, sorted({*cards, *queue.busy()}))
        return Snapshot(version, queues, dead_letters(redis), len(warm_workers(redis)), cards, situations(redis, ages))
    except (RedisError, NowcastError):
        return Snapshot(version)


def situations(redis: Redis, ages: Mapping[str, FreshnessView]) -> dict[str, Situation]:
    """Each region, whose ages are known; in one trip, as there may be a thousand."""
    pipe, skies = redis.pipeline(transaction=False), weather(redis)
    for region in ages:
        pipe.hget(keys.latest(region)[1], "finished")
        pipe.hlen(keys.unverified(region))
    said = cast(Any, pipe.execute())
    found = zip(ages.items(), said[::2], said[1::2], strict=True)
    return {name: Situation(age, since(made), skies.get(name), left) for (name, age), made, left in found}


def since(made: bytes | None) -> float | None:
    """Seconds since a moment of a record."""
    if made is None:
        return None
    return (datetime.now(UTC) - datetime.fromisoformat(made.decode())).total_seconds()
