"""What Prometheus reads from the gateway. The names are part of the interface: dashboards and alerts stand on them."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from service.region_schemas import FreshnessView

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

REQUESTS = Counter("nowcast_http_requests_total", "HTTP requests answered.", ["route", "method", "code"])
DURATION = Histogram(
    "nowcast_http_request_duration_seconds", "Time from a request to its answer.", ["route", "method"], buckets=SECONDS
)
IN_FLIGHT = Gauge(
    "nowcast_http_requests_in_flight", "HTTP requests that are being answered.", multiprocess_mode="livesum"
)


@dataclass(frozen=True, eq=False)
class Moment(Collector):
    """What is true at this moment, as it was read for this one scrape: queue depths by method, regions by id."""

    depths: Mapping[str, int]
    regions: Mapping[str, FreshnessView]

    def collect(self) -> Iterator[Metric]:
        """A gauge with a sample per method, and two with a sample per region."""
        yield gauge("nowcast_queue_depth", "Jobs of a method that wait or run.", "method", self.depths)
        ages = {name: age for name, region in self.regions.items() if (age := region.data_age_seconds) is not None}
        yield gauge("nowcast_radar_frame_age_seconds", "Age of a region's newest frame.", "region", ages)
        stale = {name: region.stale for name, region in self.regions.items()}
        yield gauge("nowcast_region_stale", "1 when a region's radar is late.", "region", stale)


def gauge(name: str, about: str, label: str, samples: Mapping[str, float]) -> Metric:
    """A gauge with one label."""
    family = GaugeMetricFamily(name, about, labels=[label])
    for labelled, value in samples.items():
        family.add_metric([labelled], value)
    return family


def count(route: str, method: str, code: int, seconds: float) -> None:
    """Note a request that was answered."""
    known = method if method in METHODS else "other"
    REQUESTS.labels(route, known, str(code)).inc()
    DURATION.labels(route, known).observe(seconds)


def exposition(now: Moment) -> bytes:
    """Everything in the text format: of all processes when they share PROMETHEUS_MULTIPROC_DIR, else of this one."""
    moment = CollectorRegistry(auto_describe=False)
    moment.register(now)
    return generate_latest(processes()) + generate_latest(moment)


def processes() -> CollectorRegistry:
    """The registry to read from."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
