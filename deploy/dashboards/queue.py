"""Queue and batching: what waits, for how long, and how it is run."""

from deploy.dashboards.expressions import mean, now, or_none, quantile, rate
from deploy.dashboards.frame import Board, Choice
from deploy.dashboards.panels import AMBER, RED, Query, lines, number

HERE = 'method=~"$method"'
METHOD = Choice("method", "Methods to look at.", "label_values(nowcast_queue_depth, method)")

QUEUE = Board(
    "nowcast-queue",
    "Queue and batching",
    "Jobs from their order to their end: what waits, for how long, in what batches it runs, and what is given up.",
    [
        (
            "Now",
            [
                number(
                    "Waiting or running",
                    "Jobs in the queues.",
                    "none",
                    Query(f"sum({now('nowcast_queue_depth', 'method', HERE)})", "jobs"),
                    width=6,
                ),
                number(
                    "Oldest job",
                    "Of those that wait or run. One that is older than NOWCAST_DEADLINE_SECONDS is dropped.",
                    "s",
                    Query(f"max(nowcast_queue_oldest_age_seconds{{{HERE}}})", "oldest"),
                    steps=[(60, AMBER), (150, RED)],
                    width=6,
                ),
                number(
                    "Dead letters",
                    "Jobs given up within the chosen time; the stream nowcast:dead says why.",
                    "none",
                    Query("max(increase(nowcast_dead_letters_total[$__range]))", "given up"),
                    steps=[(0.5, RED)],
                    width=6,
                ),
                number(
                    "Taken over",
                    "Jobs per second taken over from a worker that fell silent.",
                    "ops",
                    Query(or_none(rate("nowcast_redeliveries_total", where=HERE)), "taken over"),
                    steps=[(0.001, AMBER)],
                    width=6,
                ),
            ],
        ),
        (
            "Waiting",
            [
                lines(
                    "Depth and lag",
                    "Jobs that wait or run, and of these those that no worker has taken.",
                    "none",
                    Query(now("nowcast_queue_depth", "method", HERE), "{{method}}: wait or run"),
                    Query(now("nowcast_queue_lag", "method", HERE), "{{method}}: nobody has"),
                ),
                lines(
                    "Wait",
                    "Time from a job's order to a worker that begins it; half and 95 of 100 are faster.",
                    "s",
                    *(
                        Query(quantile(share, "nowcast_queue_wait_seconds", where=HERE), f"p{share * 100:g}")
                        for share in (0.5, 0.95)
                    ),
                ),
            ],
        ),
        (
            "Running",
            [
                lines(
                    "Batch size",
                    "Jobs run at once, on average.",
                    "none",
                    Query(mean("nowcast_batch_size", "method", HERE), "{{method}}"),
                ),
                lines(
                    "Time by phase",
                    "Mean time to fetch and decode frames, to run a batch (forward), to encode and keep a nowcast.",
                    "s",
                    Query(mean("nowcast_inference_duration_seconds", "phase", HERE), "{{phase}}"),
                ),
                lines(
                    "Slow end of running a batch",
                    "95 of 100 batches run faster.",
                    "s",
                    Query(
                        quantile(0.95, "nowcast_inference_duration_seconds", "method", HERE + ', phase="forward"'),
                        "{{method}}",
                    ),
                ),
                lines(
                    "Jobs by outcome",
                    "Jobs that ended, per second: done, failed, or expired past their deadline.",
                    "ops",
                    Query(rate("nowcast_jobs_total", "outcome", HERE), "{{outcome}}"),
                    stacked=True,
                ),
            ],
        ),
    ],
    [METHOD],
)
