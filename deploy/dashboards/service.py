"""Service: rate, errors and duration of requests."""

from deploy.dashboards.expressions import quantile, rate, share
from deploy.dashboards.frame import Board, Choice
from deploy.dashboards.panels import Query, lines

REQUESTS, DURATION = "nowcast_http_requests_total", "nowcast_http_request_duration_seconds"
RECEIVED, SENT = "nowcast_http_request_size_bytes", "nowcast_http_response_size_bytes"
HERE = 'route=~"$route"'

SERVICE = Board(
    "nowcast-service",
    "Service",
    "Rate, errors and duration of what the gateways answer, by route as it is declared.",
    [
        (
            "Rate",
            [
                lines(
                    "Requests by status",
                    "Requests answered per second. 499 is a caller who hung up.",
                    "reqps",
                    Query(rate(REQUESTS, "code", HERE), "{{code}}"),
                    stacked=True,
                ),
                lines(
                    "Requests by route",
                    "Requests answered per second.",
                    "reqps",
                    Query(rate(REQUESTS, "route", HERE), "{{route}}"),
                ),
            ],
        ),
        (
            "Errors",
            [
                lines(
                    "Share of errors",
                    "Requests answered with a 5xx of all that were answered.",
                    "percentunit",
                    Query(
                        share(REQUESTS, 'code=~"5.."', HERE),
                        "5xx",
                    ),
                ),
                lines(
                    "Problems by type",
                    "Problems answered per second: refusals of the queue, bad input, and bugs (internal-error).",
                    "reqps",
                    Query(rate("nowcast_problems_total", "type"), "{{type}}"),
                ),
            ],
        ),
        (
            "Size",
            [
                lines(
                    "Bytes in",
                    "Bodies of requests, bytes per second.",
                    "Bps",
                    Query(rate(f"{RECEIVED}_sum", "route", HERE), "{{route}}"),
                    stacked=True,
                ),
                lines(
                    "Bytes out",
                    "Bodies of answers, bytes per second.",
                    "Bps",
                    Query(rate(f"{SENT}_sum", "route", HERE), "{{route}}"),
                    stacked=True,
                ),
                lines(
                    "Large requests",
                    "95 of 100 bodies of requests are smaller.",
                    "bytes",
                    Query(quantile(0.95, RECEIVED, "route", HERE), "{{route}}"),
                ),
                lines(
                    "Large answers",
                    "95 of 100 bodies of answers are smaller.",
                    "bytes",
                    Query(quantile(0.95, SENT, "route", HERE), "{{route}}"),
                ),
            ],
        ),
        (
            "Duration",
            [
                lines(
                    "Duration",
                    "Time from a request to its answer: half, 95, 99 of 100 are faster. Waiting for a nowcast counts.",
                    "s",
                    *(Query(quantile(part, DURATION, where=HERE), f"p{part * 100:g}") for part in (0.5, 0.95, 0.99)),
                ),
                lines(
                    "Slow end by route",
                    "95 of 100 are faster.",
                    "s",
                    Query(quantile(0.95, DURATION, "route", HERE), "{{route}}"),
                ),
                lines(
                    "In flight",
                    "Requests that are being answered; a gateway takes at most 1000 at once.",
                    "none",
                    Query("sum by (instance) (nowcast_http_requests_in_flight)", "{{instance}}"),
                ),
                lines(
                    "Answered by a job from before",
                    "Share of the nowcasts ordered that the same request, still running or done of late, answers.",
                    "percentunit",
                    Query(
                        share("nowcast_cache_requests_total", 'result="hit"'),
                        "hits",
                    ),
                ),
            ],
        ),
    ],
    [Choice("route", "Routes to look at.", "label_values(nowcast_http_requests_total, route)")],
)
