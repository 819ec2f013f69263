"""What gateway and workers both count, for Prometheus."""

from collections.abc import Iterable

from prometheus_client import Counter

FRAMES = Counter(
    "nowcast_radar_frames_total", "Frames that came to a region, and what became of them.", ["region", "result"]
)
ORDERS = Counter(
    "nowcast_cache_requests_total",
    "Nowcasts ordered: a hit when a job from before answers the same request.",
    ["result"],
)
DAMAGED = Counter(
    "nowcast_damaged_records_total", "Records of verification in the store that did not decode and were set aside."
)


def count_frames(region_id: str, results: Iterable[str]) -> None:
    """Note what became of frames that came; those of replays, whose regions come and go, are not counted."""
    for result in results:
        FRAMES.labels(region_id, result).inc()
