"""Every expression of every panel and rule, asked of the real Prometheus that watched a storm."""

import math
import re
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.dashboards.__main__ import BOARDS
from deploy.dashboards.frame import ANNOTATIONS
from tests.deploy.observed import Observed, observed
from tests.deploy.written import ROOT
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

CHOSEN = {
    "region": ".*",
    "method": ".*",
    "route": ".*",
    "threshold": "0.5",
    "lead": "5",
    "scale": "16",
    "__rate_interval": "1h",
    "__range": "1h",
}
METRIC = re.compile(r"\b(?:nowcast_\w+|up)\b(?=[{\[ )]|$)")
UNHEARD = {"nowcast_unverified_total"}
"""What rules name and a service that is well never says: nowcasts that were lost."""
PATIENCE = 120.0
EXPRESSIONS = [
    pytest.param(target["expr"], id=f"{board.uid}-{panel['title']}-{target['refId']}")
    for board in BOARDS
    for panel in board.panels()
    for target in panel.get("targets", [])
]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    """One for all tests: it takes a while until it has rained."""
    with observed(tmp_path_factory.mktemp("observed")) as said:
        yield said


def chosen(expr: str) -> str:
    """An expression with a choice for each variable."""
    return re.sub(r"\$(\w+)", lambda found: CHOSEN[found[1]], expr)


def test_every_process_group_is_scraped(watched: Observed) -> None:
    until(lambda: watched.up() == {"gateway": "1", "worker": "1"}, PATIENCE, pause=1)


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_every_panel_has_data(watched: Observed, expr: str) -> None:
    """A scrape that took too long leaves a gap, so a moment later is soon enough."""
    until(lambda: finite(watched, chosen(expr)), PATIENCE, pause=1)


def finite(watched: Observed, expr: str) -> bool:
    """True when an expression gives a number."""
    return any(math.isfinite(float(one["value"][1])) for one in watched.query(expr))


@pytest.mark.parametrize("expr", [expr for expr, _, _ in ANNOTATIONS.values()], ids=list(ANNOTATIONS))
def test_every_annotation_has_data(watched: Observed, expr: str) -> None:
    until(lambda: watched.query(f"max_over_time(({expr})[1h:1s])"), PATIENCE, pause=1)


def test_no_rule_fails_and_every_one_is_evaluated(watched: Observed) -> None:
    until(lambda: "unknown" not in [rule["health"] for rule in rules(watched)], PATIENCE, pause=1)
    assert {rule["name"]: rule.get("lastError") for rule in rules(watched) if rule["health"] != "ok"} == {}
    assert len(rules(watched)) >= 20


def rules(watched: Observed) -> list[dict[str, Any]]:
    """All that Prometheus has, and how each does."""
    return [rule for group in watched.ask("rules")["groups"] for rule in group["rules"]]


def test_every_recorded_series_is_there(watched: Observed) -> None:
    recorded = [rule["name"] for rule in rules(watched) if rule["type"] == "recording"]
    until(lambda: all(map(watched.query, recorded)), PATIENCE, pause=1)


def test_rules_ask_for_nothing_that_nobody_says(watched: Observed) -> None:
    texts = "\n".join(path.read_text() for path in (ROOT / "deploy/prometheus/rules").glob("*.yml"))
    exprs = "\n".join(line for line in texts.splitlines() if not line.strip().startswith(("#", "- record", "- alert")))
    named = set(METRIC.findall(exprs))
    assert "nowcast_radar_frame_age_seconds" in named
    until(lambda: {name for name in named if not watched.query(name)} == UNHEARD, PATIENCE, pause=1)


def test_an_alert_waits_where_the_radar_is_late(watched: Observed) -> None:
    """The storm is of the past."""
    until(lambda: ("NowcastRadarLate", "storm") in pending(watched), PATIENCE, pause=1)
    down = {("NowcastGatewayDown", ""), ("NowcastNoWorker", "")}
    until(lambda: not pending(watched) & down, PATIENCE, pause=1)


def pending(watched: Observed) -> set[tuple[str, str]]:
    """The alerts that wait or fire, each with its region."""
    labels = [one["labels"] for one in watched.ask("alerts")["alerts"]]
    return {(one["alertname"], one.get("region", "")) for one in labels}


def test_skill_is_what_the_service_says(watched: Observed) -> None:
    """Prometheus has the same pixels as the skill record."""
    cell = 'region="storm", method="persistence", lead="5", threshold="0.5"'
    hits = watched.skill("persistence")["thresholds"][0]["hits"]
    assert hits > 0
    until(lambda: values(watched, f"nowcast_verification_hits_total{{{cell}}}") == [hits], PATIENCE, pause=1)


def values(watched: Observed, expr: str) -> list[float]:
    """What an expression gives now, without its labels."""
    return [float(one["value"][1]) for one in watched.query(expr)]
