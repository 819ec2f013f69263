"""Data freshness and feeds: what comes from the radar, and what has become of it."""

from deploy.dashboards.expressions import now, or_none, quantile, rate
from deploy.dashboards.frame import Board
from deploy.dashboards.overview import HERE, REGION
from deploy.dashboards.panels import Query, lines

FEEDS = Board(
    "nowcast-feeds",
    "Data freshness and feeds",
    "Radar on its way: pulls, frames, their age, and whether nowcasts and verification keep up.",
    [
        (
            "Fresh",
            [
                lines(
                    "Age of the newest frame",
                    "By region. It grows from one frame to the next: teeth are healthy, a ramp is not.",
                    "s",
                    Query(now("nowcast_radar_frame_age_seconds", "region", HERE), "{{region}}"),
                ),
                lines(
                    "Age of the latest nowcast",
                    "Time since it was made, by region.",
                    "s",
                    Query(now("nowcast_latest_age_seconds", "region", HERE), "{{region}}"),
                ),
                lines(
                    "Late regions",
                    "1 while a region's radar is late.",
                    "none",
                    Query(now("nowcast_region_stale", "region", HERE), "{{region}}"),
                ),
                lines(
                    "Observed",
                    "Share of the newest frame's pixels that were observed: less than usual is a radar that fails.",
                    "percentunit",
                    Query(now("nowcast_radar_observed_ratio", "region", HERE), "{{region}}"),
                ),
            ],
        ),
        (
            "Feeds",
            [
                lines(
                    "Pulls by outcome",
                    "Times a source was asked, per second: fresh, nothing new, unusable, failed.",
                    "ops",
                    Query(rate("nowcast_pulls_total", "outcome", HERE), "{{outcome}}"),
                    stacked=True,
                ),
                lines(
                    "Pulls that failed",
                    "By region, per second.",
                    "ops",
                    Query(
                        or_none(rate("nowcast_pulls_total", "region", HERE + ', outcome=~"failed|unusable"')),
                        "{{region}}",
                    ),
                ),
                lines(
                    "Duration of a pull",
                    "To fetch, decode, keep and order; half and 95 of 100 are faster.",
                    "s",
                    *(
                        Query(quantile(share, "nowcast_pull_duration_seconds"), f"p{share * 100:g}")
                        for share in (0.5, 0.95)
                    ),
                ),
                lines(
                    "Frames by result",
                    "Frames pulled or pushed, per second, and what became of them: added, replaced, known, left out.",
                    "ops",
                    Query(rate("nowcast_radar_frames_total", "result", HERE), "{{result}}"),
                    stacked=True,
                ),
            ],
        ),
        (
            "Verification",
            [
                lines(
                    "To be verified",
                    "Times of a region whose frame came and that are still to be compared with what was said.",
                    "none",
                    Query(now("nowcast_verification_pending", "region", HERE), "{{region}}"),
                ),
                lines(
                    "Duration of a verification",
                    "To compare all that was said of one time of a region with its frame; 95 of 100 are faster.",
                    "s",
                    Query(quantile(0.95, "nowcast_verification_duration_seconds"), "p95"),
                ),
                lines(
                    "Lost before they could be verified",
                    "Nowcasts per second whose job or result was gone. Nothing is good.",
                    "ops",
                    Query(or_none(rate("nowcast_unverified_total", "region", HERE)), "{{region}}"),
                ),
            ],
        ),
    ],
    [REGION],
)
