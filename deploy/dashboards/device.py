"""Device: what workers have to compute with, and how full it is."""

from deploy.dashboards.expressions import mean, now, rate
from deploy.dashboards.frame import Board
from deploy.dashboards.panels import Query, lines, number, rows

FORWARD = 'phase="forward"'

DEVICE = Board(
    "nowcast-device",
    "Device",
    "What workers compute on. Of a CPU it is what the worker's process and its threads have of it.",
    [
        (
            "Load",
            [
                lines(
                    "Utilization",
                    "Share of the time in which the device computed of late; of a CPU, that of the worker's threads.",
                    "percentunit",
                    Query("max by (instance, device) (nowcast_device_utilization_ratio)", "{{instance}} {{device}}"),
                ),
                lines(
                    "Memory",
                    "What workers have of the device's memory, and all there is.",
                    "bytes",
                    Query("sum by (instance, device) (nowcast_device_memory_bytes)", "{{instance}} {{device}}: used"),
                    Query(
                        "max by (instance, device) (nowcast_device_memory_total_bytes)",
                        "{{instance}} {{device}}: total",
                    ),
                ),
                lines(
                    "Time of a job",
                    "Time to run a batch, shared among its jobs, on average.",
                    "s",
                    Query(
                        f"{rate('nowcast_inference_duration_seconds_sum', 'method', FORWARD)} / "
                        f"{rate('nowcast_batch_size_sum', 'method')}",
                        "{{method}}",
                    ),
                ),
                lines(
                    "Batch size",
                    "Jobs run at once, on average.",
                    "none",
                    Query(mean("nowcast_batch_size", "method"), "{{method}}"),
                ),
            ],
        ),
        (
            "Workers",
            [
                number(
                    "Warm",
                    "Pool children that have loaded and warmed up every method.",
                    "none",
                    Query("max(nowcast_workers_warm)", "warm"),
                ),
                rows(
                    "Methods",
                    "What workers have loaded.",
                    "none",
                    Query(now("nowcast_method_info", "method, version"), "{{method}}"),
                    width=20,
                ),
            ],
        ),
    ],
)
