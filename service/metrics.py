"""What the gateway counts, for Prometheus. The names are part of the interface: dashboards and alerts stand on them."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.registry import Collector

from jobs import exposition

BYTES = tuple(4.0**power for power in range(4, 15))
"""256 B to 256 MiB."""
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

REQUESTS = Counter("nowcast_http_requests_total", "HTTP requests answered.", ["route", "method", "code"])
DURATION = Histogram(
    "nowcast_http_request_duration_seconds", "Time from a request to its answer.", ["route", "method"], buckets=SECONDS
)
RECEIVED = Histogram(
    "nowcast_http_request_size_bytes", "Bytes of the body of a request.", ["route", "method"], buckets=BYTES
)
SENT = Histogram(
    "nowcast_http_response_size_bytes", "Bytes of the body of an answer.", ["route", "method"], buckets=BYTES
)
IN_FLIGHT = Gauge(
    "nowcast_http_requests_in_flight", "HTTP requests that are being answered.", multiprocess_mode="livesum"
)
PROBLEMS = Counter("nowcast_problems_total", "Requests answered with a problem, by its type.", ["type"])


def count(route: str, method: str, code: int, *, seconds: float, received: int, sent: int) -> None:
    """Note a request that was answered, with the bytes of both bodies."""
    known = method if method in METHODS else "other"
    REQUESTS.labels(route, known, str(code)).inc()
    DURATION.labels(route, known).observe(seconds)
    RECEIVED.labels(route, known).observe(received)
    SENT.labels(route, known).observe(sent)


def text(*read: Collector) -> bytes:
    """The text format: what all processes here count, and what was read from the store for this one scrape."""
    found = CollectorRegistry(auto_describe=False)
    for collector in read:
        found.register(collector)
    return generate_latest(exposition.registry()) + generate_latest(found)
