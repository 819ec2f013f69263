"""What workers count, for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)

BATCH_SIZE = Histogram("nowcast_batch_size", "Jobs run at once.", ["method"], buckets=(1, 2, 4, 8, 16, 32))
QUEUE_WAIT = Histogram(
    "nowcast_queue_wait_seconds", "Time from a job's order to a worker that begins it.", ["method"], buckets=SECONDS
)
INFERENCE = Histogram(
    "nowcast_inference_duration_seconds",
    "Time to fetch and decode the frames of a job, to run a batch (forward), to encode and keep a nowcast.",
    ["method", "phase"],
    buckets=SECONDS,
)
JOBS = Counter("nowcast_jobs_total", "Jobs that ended.", ["method", "outcome"])
FALLBACKS = Counter("nowcast_fallbacks_total", "Nowcasts by another method than asked for.", ["asked_for", "reason"])
REDELIVERIES = Counter("nowcast_redeliveries_total", "Jobs taken over from a silent worker.", ["method"])
PULLS = Counter("nowcast_pulls_total", "Times a region's source was asked.", ["region", "outcome"])
PULL_DURATION = Histogram(
    "nowcast_pull_duration_seconds", "Time of a pull: to fetch, decode, keep and order.", ["outcome"], buckets=SECONDS
)
VERIFY_DURATION = Histogram(
    "nowcast_verification_duration_seconds",
    "Time to verify all that was said of one time of a region.",
    buckets=SECONDS,
)
UNVERIFIED = Counter("nowcast_unverified_total", "Nowcasts that were lost before they could be verified.", ["region"])
DEVICE_MEMORY = Gauge(
    "nowcast_device_memory_bytes", "Memory of a device that workers have.", ["device"], multiprocess_mode="livesum"
)
DEVICE_TOTAL = Gauge(
    "nowcast_device_memory_total_bytes", "Memory of a device.", ["device"], multiprocess_mode="livemax"
)
DEVICE_UTILIZATION = Gauge(
    "nowcast_device_utilization_ratio",
    "Share of the time that a worker's device computed of late; of a CPU, that of the worker's threads.",
    ["device"],
    multiprocess_mode="livemax",
)
