"""What all dashboards have around their panels: name, variables, links to each other, annotations."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

from deploy.dashboards.panels import SOURCE

TAG = "nowcast"
ANNOTATIONS = {
    "Fallbacks": (
        "sum by (asked_for, reason) (increase(nowcast_fallbacks_total[1m]) > 0 or "
        "(nowcast_fallbacks_total unless nowcast_fallbacks_total offset 1m))",
        "orange",
        "{{asked_for}} fell back: {{reason}}",
    ),
    "Deployments": (
        "count by (version) (nowcast_build_info) unless count by (version) (nowcast_build_info offset 5m)",
        "blue",
        "version {{version}}",
    ),
}
"""Name to expression, colour, and what is written beside the mark."""


@dataclass(frozen=True)
class Choice:
    """A variable: the values that a label has, of which one or several are chosen."""

    name: str
    about: str
    query: str
    several: bool = True
    first: str = ""

    def build(self) -> build.QueryVariable:
        """As Grafana has it."""
        found = build.QueryVariable(self.name).label(self.name.capitalize()).description(self.about)
        found = found.datasource(SOURCE).query({"query": self.query, "refId": self.name, "qryType": 1})
        found = found.refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(model.VariableSort.NUMERICAL_ASC)
        if self.several:
            return found.multi(True).include_all(True).all_value(".*").current(option("All", "$__all"))
        return found.current(option(self.first, self.first))


@dataclass(frozen=True)
class Board:
    """A dashboard: sections of panels under a title each."""

    uid: str
    title: str
    about: str
    sections: Sequence[tuple[str, Sequence[Any]]]
    choices: Sequence[Choice] = ()
    since: str = "now-6h"

    def build(self) -> model.Dashboard:
        """As Grafana has it; panels are numbered in their order."""
        board = build.Dashboard(f"Nowcast: {self.title}").uid(self.uid).description(self.about).tags([TAG]).readonly()
        board = (
            board.time(self.since, "now").refresh("30s").timezone("utc").tooltip(model.DashboardCursorSync.CROSSHAIR)
        )
        board = board.link(menu()).timepicker(build.TimePicker().refresh_intervals(["10s", "30s", "1m", "5m", "1h"]))
        for choice in self.choices:
            board = board.with_variable(choice.build())
        for name, (expr, colour, _) in ANNOTATIONS.items():
            board = board.annotation(mark(name, expr, colour))
        number = 0
        for title, panels in self.sections:
            board, number = board.with_row(build.Row(title).id(number + 1)), number + 1
            for panel in panels:
                board, number = board.with_panel(panel.id(number + 1)), number + 1
        return board.build()

    def panels(self) -> list[Any]:
        """Its panels as JSON has them."""
        return [panel for _, found in self.sections for panel in map(as_json, found)]


def as_json(built: Any) -> Any:
    """What a builder makes, as JSON has it."""
    return json.loads(json.dumps(built.build(), cls=JSONEncoder))


def mark(name: str, expr: str, colour: str) -> Any:
    """A mark in every panel of the time at which something happened."""
    found = build.AnnotationQuery().name(name).datasource(SOURCE).expr(expr).icon_color(colour)
    return found.enable(True)


def menu() -> build.DashboardLink:
    """The way from each dashboard to the others, with the time that is looked at and what was chosen."""
    link = build.DashboardLink("Nowcast").type(model.DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.as_dropdown(False).include_vars(True).keep_time(True)


def option(text: str, value: str) -> model.VariableOption:
    """What is chosen at first."""
    return model.VariableOption(selected=True, text=text, value=value)
