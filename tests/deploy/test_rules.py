"""Each rule is one that Prometheus takes, each alert has a case that fires it and a page that says what to do."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.observed import binary
from tests.deploy.written import ROOT

PROMETHEUS = ROOT / "deploy/prometheus"
PAGES = sorted((ROOT / "docs/runbooks").glob("*.md"))


def alerts() -> dict[str, dict[str, Any]]:
    """Every alert by its name."""
    groups = yaml.safe_load((PROMETHEUS / "rules/alerts.yml").read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def recorded() -> set[str]:
    """The names of what is recorded."""
    groups = yaml.safe_load((PROMETHEUS / "rules/recording.yml").read_text())["groups"]
    return {rule["record"] for group in groups for rule in group["rules"]}


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((PROMETHEUS / "tests" / name).read_text())["tests"]
    return found


def test_prometheus_takes_the_rules() -> None:
    subprocess.run([binary("promtool"), "check", "rules", "--lint-fatal", *PROMETHEUS.glob("rules/*.yml")], check=True)


@pytest.mark.parametrize("path", sorted(PROMETHEUS.glob("tests/*.yml")), ids=lambda path: path.stem)
def test_rules_do_what_their_cases_say(path: Path) -> None:
    said = subprocess.run([binary("promtool"), "test", "rules", path], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    fired = {
        found["alertname"]: {bool(one["exp_alerts"]) for one in case["alert_rule_test"]}
        for case in cases("alerts.yml")
        for found in case["alert_rule_test"]
    }
    assert fired == {name: {True, False} for name in alerts()}


def test_everything_recorded_has_a_case() -> None:
    assert {one["expr"] for case in cases("recording.yml") for one in case["promql_expr_test"]} == recorded()


def test_every_alert_has_a_page_and_every_page_an_alert() -> None:
    named = {ROOT / rule["annotations"]["runbook"] for rule in alerts().values()}
    assert named == set(PAGES)
    assert len(named) == len(alerts())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_says_what_it_means_and_what_to_do(path: Path) -> None:
    text = path.read_text()
    (name,) = (name for name, rule in alerts().items() if rule["annotations"]["runbook"].endswith(f"/{path.name}"))
    assert text.startswith(f"# {name}\n")
    assert re.findall(r"^\*\*([^*]+)\*\*", text, re.MULTILINE) == ["What it means.", "Look at.", "Do."]
