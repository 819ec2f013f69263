"""What Prometheus reads from the gateway. The names are part of the interface: dashboards and alerts stand on them."""

import os
from collections.abc import Iterator, Mapping

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

REQUESTS = Counter("nowcast_http_requests_total", "HTTP requests answered.", ["route", "method", "code"])
DURATION = Histogram(
    "nowcast_http_request_duration_seconds", "Time from a request to its answer.", ["route", "method"], buckets=SECONDS
)
IN_FLIGHT = Gauge(
    "nowcast_http_requests_in_flight", "HTTP requests that are being answered.", multiprocess_mode="livesum"
)


class Depths(Collector):
    """Queue depths as they were read for this one scrape."""

    def __init__(self, depths: Mapping[str, int]) -> None:
        self.depths = depths

    def collect(self) -> Iterator[Metric]:
        """One gauge with a sample per method."""
        family = GaugeMetricFamily("nowcast_queue_depth", "Jobs of a method that wait or run.", labels=["method"])
        for method, depth in self.depths.items():
            family.add_metric([method], depth)
        yield family


def count(route: str, method: str, code: int, seconds: float) -> None:
    """Note a request that was answered."""
    known = method if method in METHODS else "other"
    REQUESTS.labels(route, known, str(code)).inc()
    DURATION.labels(route, known).observe(seconds)


def exposition(depths: Mapping[str, int]) -> bytes:
    """Everything in the text format: of all processes when they share PROMETHEUS_MULTIPROC_DIR, else of this one."""
    queues = CollectorRegistry(auto_describe=False)
    queues.register(Depths(depths))
    return generate_latest(processes()) + generate_latest(queues)


def processes() -> CollectorRegistry:
    """The registry to read from."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
