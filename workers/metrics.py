"""What workers count, for Prometheus."""

from prometheus_client import Counter, Histogram

BATCH_SIZE = Histogram("nowcast_batch_size", "Jobs run at once", ["method"], buckets=(1, 2, 4, 8, 16, 32))
INFERENCE = Histogram("nowcast_inference_duration_seconds", "Time to run a batch", ["method"])
JOBS = Counter("nowcast_jobs_total", "Jobs that ended", ["method", "outcome"])
FALLBACKS = Counter("nowcast_fallbacks_total", "Nowcasts by another method than asked for", ["asked_for", "reason"])
REDELIVERIES = Counter("nowcast_redeliveries_total", "Jobs taken over from a silent worker", ["method"])
PULLS = Counter("nowcast_pulls_total", "Times a region's source was asked", ["region", "outcome"])
FRAMES = Counter("nowcast_radar_frames_total", "Frames that arrived by pull", ["region", "result"])
UNVERIFIED = Counter("nowcast_unverified_total", "Nowcasts that were lost before they could be verified", ["region"])
