"""Overview: is it raining, is it fresh, is it right?"""

from deploy.dashboards.expressions import now, or_none, quantile, rate, score, share
from deploy.dashboards.frame import Board, Choice
from deploy.dashboards.panels import AMBER, RED, Query, lines, number, rows

HERE = 'region=~"$region"'
REGION = Choice("region", "Regions to look at.", "label_values(nowcast_region_stale, region)")
METHOD = Choice("method", "Methods to look at.", "label_values(nowcast_verification_hits_total, method)")
THRESHOLD = Choice(
    "threshold",
    "Rain rate in mm/h that is an event.",
    "label_values(nowcast_verification_hits_total, threshold)",
    False,
    "1",
)
LEAD = Choice("lead", "Lead time in minutes.", "label_values(nowcast_verification_hits_total, lead)", False, "30")
SAID = f'{HERE}, method=~"$method", threshold="$threshold", lead="$lead"'

OVERVIEW = Board(
    "nowcast-overview",
    "Overview",
    "Is it raining, is the radar fresh, are the nowcasts right? The other dashboards say why not.",
    [
        (
            "Is it raining?",
            [
                lines(
                    "Area with rain",
                    "Share of the observed pixels of each region's newest frame with 0.1 mm/h or more.",
                    "percentunit",
                    Query(now("nowcast_radar_wet_ratio", "region", HERE), "{{region}}"),
                ),
                lines(
                    "Highest rain rate",
                    "In each region's newest frame, in mm/h. A single bright pixel may be clutter.",
                    "short",
                    Query(now("nowcast_radar_highest_mm_per_hour", "region", HERE), "{{region}}"),
                ),
            ],
        ),
        (
            "Is it fresh?",
            [
                number(
                    "Stale regions",
                    "Regions whose radar is late by more than two cadences and what their source usually takes.",
                    "none",
                    Query(f"sum({now('nowcast_region_stale', 'region', HERE)})", "stale"),
                    steps=[(1, RED)],
                ),
                number(
                    "Oldest radar",
                    "Age of the newest frame of the region whose radar is oldest.",
                    "s",
                    Query(f"max(nowcast_radar_frame_age_seconds{{{HERE}}})", "oldest"),
                    steps=[(900, AMBER), (1800, RED)],
                ),
                number(
                    "Oldest nowcast",
                    "Time since the latest nowcast of the region that has waited longest for a new one.",
                    "s",
                    Query(f"max(nowcast_latest_age_seconds{{{HERE}}})", "oldest"),
                    steps=[(900, AMBER), (1800, RED)],
                ),
                number(
                    "Warm workers",
                    "Pool children that can compute at once. None means that no nowcast is made.",
                    "none",
                    Query("max(nowcast_workers_warm)", "warm"),
                ),
                number(
                    "Errors",
                    "Share of requests that were answered with a 5xx.",
                    "percentunit",
                    Query(
                        share("nowcast_http_requests_total", 'code=~"5.."'),
                        "errors",
                    ),
                    steps=[(0.001, AMBER), (0.01, RED)],
                ),
                number(
                    "Slow end of the answers",
                    "95 of 100 requests are answered faster than this; those that wait for a nowcast are among them.",
                    "s",
                    Query(quantile(0.95, "nowcast_http_request_duration_seconds"), "p95"),
                ),
            ],
        ),
        (
            "Is it right?",
            [
                lines(
                    "CSI",
                    "Critical success index of the chosen threshold and lead over the last hour of each moment: hits / "
                    "(hits + misses + false alarms). A method that is not above persistence is of no use.",
                    "percentunit",
                    Query(score("csi", "method", SAID, "1h"), "{{method}}"),
                ),
                lines(
                    "Nowcasts by what they fell back to",
                    "Nowcasts per second that another method made than was asked for, by the reason. Nothing is good.",
                    "ops",
                    Query(
                        or_none(rate("nowcast_fallbacks_total", "asked_for, reason")),
                        "{{asked_for}}: {{reason}}",
                    ),
                ),
            ],
        ),
        (
            "What is wrong, and what runs",
            [
                rows(
                    "Alerts that fire",
                    "Each links to its runbook in the rules. An empty table is good.",
                    "none",
                    Query(or_none('ALERTS{alertstate="firing"}'), "{{alertname}}"),
                ),
                rows(
                    "Processes",
                    "1 for each that Prometheus can ask, and the version of those that answer requests.",
                    "none",
                    Query('up{job="nowcast"}', "{{role}}"),
                    Query("nowcast_build_info", "{{version}}"),
                ),
            ],
        ),
    ],
    [REGION, METHOD, THRESHOLD, LEAD],
)
