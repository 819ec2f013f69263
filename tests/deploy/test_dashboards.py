"""The committed dashboards are what the code makes, follow Grafana's types, and explain themselves."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.dashboards.__main__ import BOARDS, written
from deploy.dashboards.panels import SOURCE
from tests.deploy.written import ROOT, service

BUILT_IN = {"__rate_interval", "__range"}
FILES = sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Those that show something."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


@pytest.mark.parametrize("path", written(), ids=lambda path: path.name)
def test_what_is_committed_is_what_the_code_makes(path: Path) -> None:
    assert path.read_text() == written()[path], "run: python -m deploy.dashboards"


def test_no_dashboard_is_left_over() -> None:
    assert {path.stem for path in FILES} == {board.uid for board in BOARDS}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_grafanas_types_know_every_field(path: Path) -> None:
    """What they do not know is lost on the way through them; of ours that is the title of an annotation alone."""
    board = read(path)
    again = json.loads(json.dumps(Dashboard.from_json(read(path)), cls=JSONEncoder))
    for one in board["annotations"]["list"]:
        assert one.pop("titleFormat")
    assert again == board


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_panel_says_what_it_shows_and_in_what_unit(path: Path) -> None:
    for panel in panels(read(path)):
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["targets"], panel["title"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_panels_lie_beside_each_other(path: Path) -> None:
    board = read(path)
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for one, two in combinations([panel["gridPos"] for panel in board["panels"]], 2):
        apart = one["x"] + one["w"] <= two["x"] or two["x"] + two["w"] <= one["x"]
        assert apart or one["y"] + one["h"] <= two["y"] or two["y"] + two["h"] <= one["y"]
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in board["panels"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_variable_that_is_used_can_be_chosen(path: Path) -> None:
    board = read(path)
    exprs = " ".join(target["expr"] for panel in panels(board) for target in panel["targets"])
    chosen = {one["name"] for one in board["templating"].get("list", [])}
    assert set(re.findall(r"\$(\w+)", exprs)) - BUILT_IN == chosen


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_leads_to_the_others_and_marks_what_happened(path: Path) -> None:
    board = read(path)
    (link,) = board["links"]
    assert (link["type"], link["tags"], link["keepTime"]) == ("dashboards", board["tags"], True)
    assert {one["name"] for one in board["annotations"]["list"]} == {"Fallbacks", "Deployments"}
    assert board["editable"] is False


def test_they_are_provisioned_where_they_lie_and_ask_the_source_that_there_is() -> None:
    (provider,) = yaml.safe_load((ROOT / "deploy/grafana/provisioning/dashboards/nowcast.yml").read_text())["providers"]
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in service("grafana")["volumes"]
    assert (provider["folder"], provider["allowUiUpdates"]) == ("Nowcast", False)
    (source,) = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    assert (source["uid"], source["type"]) == (SOURCE.uid, SOURCE.type_val)
    home = service("grafana")["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (ROOT / "deploy/grafana/dashboards" / Path(home).name).is_file()
