"""Draws the curves of the Skill dashboard from what a Prometheus answers to their queries, where there is no Grafana.

    python docs/skill_dashboard.py http://127.0.0.1:9090 docs/skill-dashboard.png region=storm threshold=0.5 scale=4

What is not chosen: every region and method, 1 mm/h, a lead of 30 minutes, a scale of 16 km, the last day.
"""

import re
import sys
from collections import defaultdict
from typing import Any

import httpx
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deploy.dashboards.skill import SKILL

CHOSEN = {"region": ".*", "method": ".*", "threshold": "1", "lead": "30", "scale": "16", "__range": "1d"}
COLUMNS = 2
Curves = dict[str, list[tuple[float, float]]]


def main(prometheus: str, out: str, *choices: str) -> None:
    """Ask, draw, write."""
    chosen = {**CHOSEN, **dict(choice.split("=", 1) for choice in choices)}
    panels = [panel for panel in SKILL.panels() if panel["type"] in ("trend", "barchart")]
    figure = Figure(figsize=(11, 2.6 * len(panels) / COLUMNS), layout="constrained")
    for axes, panel in zip(figure.subplots(len(panels) // COLUMNS, COLUMNS).flat, panels, strict=True):
        label = panel["options"]["xField"]
        draw(axes, panel, label, curves(prometheus, panel["targets"][0]["expr"], label, chosen))
    figure.axes[0].legend(fontsize=8)
    figure.savefig(out, dpi=90)


def curves(prometheus: str, expr: str, label: str, chosen: dict[str, str]) -> Curves:
    """By method, the values over a label."""
    query = re.sub(r"\$(\w+)", lambda found: chosen[found[1]], expr)
    answer = httpx.get(f"{prometheus}/api/v1/query", params={"query": query}, timeout=60).raise_for_status().json()
    found: Curves = defaultdict(list)
    for one in answer["data"]["result"]:
        found[one["metric"]["method"]].append((float(one["metric"][label]), float(one["value"][1])))
    return {method: sorted(points) for method, points in sorted(found.items())}


def draw(axes: Axes, panel: dict[str, Any], label: str, found: Curves) -> None:
    """A panel."""
    axes.set_title(panel["title"], fontsize=10)
    axes.set_xlabel({"lead": "lead (min)", "threshold": "threshold (mm/h)", "chance": "chance"}[label], fontsize=8)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)
    for method, points in found.items():
        axes.plot(*zip(*points, strict=True), marker=".", label=method)
    if label == "chance":
        axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)


if __name__ == "__main__":
    main(*sys.argv[1:])
