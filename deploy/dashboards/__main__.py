"""Write every dashboard, and the rules as the Prometheus operator takes them: `python -m deploy.dashboards`."""

import json
from pathlib import Path

import yaml

from deploy.dashboards.device import DEVICE
from deploy.dashboards.feeds import FEEDS
from deploy.dashboards.frame import ANNOTATIONS, Board, as_json
from deploy.dashboards.overview import OVERVIEW
from deploy.dashboards.queue import QUEUE
from deploy.dashboards.service import SERVICE
from deploy.dashboards.skill import SKILL

DEPLOY = Path(__file__).parents[1]
RULES = DEPLOY / "prometheus/rules"
BOARDS = (OVERVIEW, SERVICE, QUEUE, DEVICE, FEEDS, SKILL)
HEAD = "# Made of deploy/prometheus/rules by `python -m deploy.dashboards`.\n"


def written() -> dict[Path, str]:
    """Each file with its text."""
    boards = {DEPLOY / "grafana/dashboards" / f"{board.uid}.json": text(board) for board in BOARDS}
    return {**boards, DEPLOY / "k8s/components/monitoring/rules.yaml": operator()}


def text(board: Board) -> str:
    """A dashboard as JSON. What an annotation is called is not in the types of Grafana's SDK, and is added here."""
    found = as_json(board)
    for one in found["annotations"]["list"]:
        one["titleFormat"] = ANNOTATIONS[one["name"]][2]
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def operator() -> str:
    """The rules as a PrometheusRule."""
    groups = [group for path in sorted(RULES.glob("*.yml")) for group in yaml.safe_load(path.read_text())["groups"]]
    manifest = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "nowcast", "namespace": "nowcast"},
        "spec": {"groups": groups},
    }
    return HEAD + yaml.safe_dump(manifest, sort_keys=False, width=120)


if __name__ == "__main__":
    for path, content in written().items():
        path.write_text(content)
