"""Skill: how good the nowcasts of any window were, beside persistence and extrapolation."""

from deploy.dashboards.expressions import chances, fss, or_none, score, verified
from deploy.dashboards.frame import Board, Choice
from deploy.dashboards.overview import HERE, LEAD, METHOD, REGION, THRESHOLD
from deploy.dashboards.panels import Query, bars, curve, lines, number

SCALE = Choice(
    "scale",
    "Side in km of the squares of the FSS.",
    "label_values(nowcast_verification_fss_most_total, scale)",
    False,
    "16",
)
BINS = "method, chance"
MADE = f'{HERE}, method=~"$method"'
AT_THRESHOLD, AT_LEAD = f'{MADE}, threshold="$threshold"', f'{MADE}, lead="$lead"'
AT = f'{AT_THRESHOLD}, lead="$lead"'
AT_SCALE = f'{AT_THRESHOLD}, scale="$scale"'
SAYS = {
    "csi": "Critical success index: hits / (hits + misses + false alarms). 1 is perfect.",
    "pod": "Probability of detection: hits / (hits + misses). 1 is perfect.",
    "far": "False alarm ratio: false alarms / (hits + false alarms). 0 is perfect.",
    "bias": "Frequency bias: (hits + false alarms) / (hits + misses). 1 is as often as it rained.",
}
YARDSTICK = f'{HERE}, threshold="$threshold", method="persistence"'
GAIN = f"({score('csi', 'method, lead', AT_THRESHOLD)}) - on (lead) group_left () ({score('csi', 'lead', YARDSTICK)})"


VERDICTS = ("hit", "false_alarm", "miss", "late", "unseen")


def alerts(kind: str) -> str:
    """How many of a kind there were within an hour."""
    return f"sum (max by (region, alert) (increase(nowcast_alert_{kind}_total{{{HERE}}}[1h])))"


def by_lead(name: str) -> object:
    """A score over the lead."""
    unit = "short" if name == "bias" else "percentunit"
    query = Query(score(name, "method, lead", AT_THRESHOLD))
    return curve(
        f"{name.upper()} by lead", f"{SAYS[name]} At the chosen threshold, over the chosen time.", unit, query, "lead"
    )


SKILL = Board(
    "nowcast-skill",
    "Skill",
    "Each nowcast against the radar that came, pooled over the chosen time, for every method side by side. Counts are "
    "of pixels, by lead in minutes and threshold in mm/h; none is shown without how much was compared.",
    [
        (
            "By lead, over the chosen time",
            [
                *(by_lead(name) for name in SAYS),
                curve(
                    "FSS by lead",
                    "Fractions skill score on the chosen scale: rain at the right place within some km. 1 is perfect.",
                    "percentunit",
                    Query(fss("method, lead", AT_SCALE)),
                    "lead",
                ),
                curve(
                    "CSI above persistence, by lead",
                    "What a method gains over saying that nothing changes. Below zero it does harm.",
                    "percentunit",
                    Query(GAIN),
                    "lead",
                ),
            ],
        ),
        (
            "By threshold, over the chosen time",
            [
                bars(
                    "CSI by threshold",
                    f"{SAYS['csi']} At the chosen lead.",
                    "percentunit",
                    Query(score("csi", "method, threshold", AT_LEAD)),
                    "threshold",
                ),
                bars(
                    "FSS by threshold",
                    "On the chosen scale and at the chosen lead.",
                    "percentunit",
                    Query(fss("method, threshold", f'{AT_LEAD}, scale="$scale"')),
                    "threshold",
                ),
            ],
        ),
        (
            "Chances",
            [
                curve(
                    "Reliability",
                    "Of the pixels for which a chance was said, by its tenth: how often it came true. Right is what "
                    "lies on the diagonal. All leads together, at the chosen threshold.",
                    "percentunit",
                    Query(f"{chances('events', BINS, AT_THRESHOLD)} / {chances('pixels', BINS, AT_THRESHOLD)}"),
                    "chance",
                ),
                curve(
                    "Mean chance said",
                    "In each tenth, to compare with: the diagonal as it was really said.",
                    "percentunit",
                    Query(f"{chances('said', BINS, AT_THRESHOLD)} / {chances('pixels', BINS, AT_THRESHOLD)}"),
                    "chance",
                ),
            ],
        ),
        (
            "Alerts",
            [
                lines(
                    "Alerts by verdict",
                    "Events and misses of all alerts within the last hour of each moment, by what the radar saw "
                    "afterwards. Late: it rained already when the event began.",
                    "short",
                    *(Query(or_none(alerts(kind)), kind.replace("_", " ")) for kind in VERDICTS),
                ),
                lines(
                    "Messages",
                    "Messages of alerts that were taken, and that were given up, within the last hour of each moment.",
                    "short",
                    *(Query(or_none(alerts(kind)), kind) for kind in ("delivered", "dead")),
                ),
            ],
        ),
        (
            "Over time, and how much was compared",
            [
                lines(
                    "CSI over time",
                    f"{SAYS['csi']} At the chosen threshold and lead, over the last hour of each moment.",
                    "percentunit",
                    Query(score("csi", "method", AT, "1h"), "{{method}}"),
                ),
                lines(
                    "Bias over time",
                    f"{SAYS['bias']} At the chosen threshold and lead, over the last hour of each moment.",
                    "short",
                    Query(score("bias", "method", AT, "1h"), "{{method}}"),
                ),
                lines(
                    "Events compared",
                    "Pixels with rain at or above the threshold that were compared within the last hour, at the chosen "
                    "lead: with few of them scores jump.",
                    "short",
                    Query(
                        f"{verified('hits', 'method', AT, '1h')} + {verified('misses', 'method', AT, '1h')}",
                        "{{method}}",
                    ),
                ),
                number(
                    "Counters told",
                    "Share of what is counted that fits into a scrape (NOWCAST_METRICS_SERIES). With many regions "
                    "chances, FSS and some leads are left out, and their panels are empty.",
                    "percentunit",
                    Query("min(nowcast_verification_told_ratio)", "told"),
                    width=12,
                ),
            ],
        ),
    ],
    [REGION, METHOD, THRESHOLD, LEAD, SCALE],
    since="now-24h",
)
