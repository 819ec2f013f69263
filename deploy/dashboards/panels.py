"""How our panels and dashboards look: each panel with a title, a sentence on what it says, a unit and its queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import barchart, stat, table, timeseries, trend
from grafana_foundation_sdk.builders import common as parts
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = model.DataSourceRef(type_val="prometheus", uid="prometheus")
REFS = "ABCDEFGH"
GREEN, AMBER, RED = "green", "orange", "red"


@dataclass(frozen=True)
class Query:
    """An expression, and the name of what it gives."""

    expr: str
    legend: str = ""


def lines(title: str, about: str, unit: str, *queries: Query, width: int = 12, stacked: bool = False) -> Any:
    """Values over time."""
    panel = timeseries.Panel().fill_opacity(30 if stacked else 0).span_nulls(True).min(0)
    panel = panel.show_points(common.VisibilityMode.NEVER).legend(legend("mean", "max"))
    if stacked:
        panel = panel.stacking(parts.StackingConfig().mode(common.StackingMode.NORMAL))
    return asked(panel, title, about, unit, queries, width=width)


def number(
    title: str, about: str, unit: str, query: Query, *, steps: Sequence[tuple[float, str]] = (), width: int = 4
) -> Any:
    """The last value, coloured: green, then each colour from its value on."""
    panel = (
        stat.Panel()
        .graph_mode(common.BigValueGraphMode.AREA)
        .reduce_options(parts.ReduceDataOptions().calcs(["lastNotNull"]))
        .no_value("none")
    )
    panel = panel.color_mode(common.BigValueColorMode.VALUE).thresholds(coloured(steps))
    return asked(panel, title, about, unit, [query], width=width).height(4)


def curve(title: str, about: str, unit: str, query: Query, row: str) -> Any:
    """Values over a label whose values are numbers, a line for each method; over the chosen time."""
    panel = trend.Panel().x_field(row).show_points(common.VisibilityMode.ALWAYS).legend(legend())
    panel = asked(panel, title, about, unit, [query], instant=True)
    for transformation in matrix(row):
        panel = panel.with_transformation(transformation)
    return panel


def bars(title: str, about: str, unit: str, query: Query, row: str) -> Any:
    """Likewise as bars."""
    panel = asked(barchart.Panel().x_field(row).legend(legend()), title, about, unit, [query], instant=True)
    for transformation in matrix(row):
        panel = panel.with_transformation(transformation)
    return panel


def rows(title: str, about: str, unit: str, *queries: Query, width: int = 12) -> Any:
    """A table of what is true now."""
    panel = asked(table.Panel(), title, about, unit, queries, width=width, instant=True)
    hidden = {"Time": True, "__name__": True, "instance": True, "job": True}
    tidy = model.DataTransformerConfig(id_val="organize", options={"excludeByName": hidden})
    return panel.with_transformation(model.DataTransformerConfig(id_val="merge", options={})).with_transformation(tidy)


def asked(
    panel: Any, title: str, about: str, unit: str, queries: Sequence[Query], *, width: int = 12, instant: bool = False
) -> Any:
    """What all panels have."""
    panel = panel.title(title).description(about).unit(unit).datasource(SOURCE).span(width).height(8)
    for ref, query in zip(REFS, queries, strict=False):
        target = Dataquery().expr(query.expr).ref_id(ref).datasource(SOURCE).legend_format(query.legend or "__auto")
        target = target.instant().format(PromQueryFormat.TABLE) if instant else target.range()
        panel = panel.with_target(target)
    return panel


def matrix(row: str) -> list[model.DataTransformerConfig]:
    """A table with a row for each value of a label, in order, and a column for each method."""
    grouping = {"rowField": row, "columnField": "method", "valueField": "Value"}
    crossed = f"{row}\\method"
    steps: list[tuple[str, dict[str, Any]]] = [
        ("groupingToMatrix", grouping),
        ("convertFieldType", {"conversions": [{"targetField": crossed, "destinationType": "number"}], "fields": {}}),
        ("sortBy", {"fields": {}, "sort": [{"field": crossed}]}),
        ("organize", {"renameByName": {crossed: row}}),
    ]
    return [model.DataTransformerConfig(id_val=name, options=options) for name, options in steps]


def coloured(steps: Sequence[tuple[float, str]]) -> build.ThresholdsConfig:
    """Green, then other colours."""
    found = [model.Threshold(value=None, color=GREEN), *(model.Threshold(value, colour) for value, colour in steps)]
    return build.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(found)


def legend(*calculated: str) -> parts.VizLegendOptions:
    """The names below, with what is computed of each."""
    found = parts.VizLegendOptions().calcs(list(calculated)).placement(common.LegendPlacement.BOTTOM)
    return found.show_legend(True).display_mode(common.LegendDisplayMode.LIST)
