"""docs/metrics.md has a row for every metric, and the row says what the code says."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from deploy.dashboards.__main__ import BOARDS
from jobs.exposition import Processes
from service.alert_metrics import Alerted
from service.skill_metrics import Share, Verified
from service.snapshot import Snapshot

ROOT = Path(__file__).parents[1]
PACKAGES = ("jobs", "workers", "service")
READ: dict[type[Collector], Collector] = {
    Snapshot: Snapshot("1"),
    Verified: Verified({}),
    Share: Share(),
    Alerted: Alerted({}),
}
"""What is read from the store at a scrape: each family even when it has no sample."""
ROW = re.compile(r"^\| `(nowcast_\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \|", re.MULTILINE)


def modules() -> Iterator[Any]:
    """Every module that has to do with metrics."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "prometheus_client" in path.read_text(encoding="utf-8"):
                yield import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def counted() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Name, type, labels and meaning of what processes count."""
    for module in modules():
        for one in vars(module).values():
            if isinstance(one, MetricWrapperBase):
                suffix = "_total" if one._type == "counter" else ""
                yield one._name + suffix, str(one._type), tuple(one._labelnames), one._documentation


def read() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """The same of what is read from the store."""
    families: Iterator[Metric] = (family for collector in READ.values() for family in collector.collect())
    for family in families:
        suffix = "_total" if family.type == "counter" else ""
        labels = tuple(getattr(family, "_labelnames", ()))
        yield family.name + suffix, family.type, labels, family.documentation


def told() -> dict[str, str]:
    """The row of each metric."""
    return {
        name: f"| `{name}` | {kind} | {', '.join(labels) or 'none'} | {about} |"
        for name, kind, labels, about in sorted({*counted(), *read()})
    }


def documented() -> dict[str, str]:
    text = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    return {found[1]: found[0] for found in ROW.finditer(text)}


def test_every_metric_has_its_row_and_no_row_is_left_over() -> None:
    assert documented() == told()


def test_no_collector_is_forgotten() -> None:
    classes = {one for module in modules() for one in vars(module).values() if isinstance(one, type)}
    ours = {one for one in classes if Collector in one.__mro__ and one.__module__.split(".")[0] in PACKAGES}
    assert ours == {*READ, Processes}


def test_no_label_holds_what_a_caller_types() -> None:
    """Ids of jobs and requests, paths and places would make a series each."""
    labels = {label for _, _, found, _ in (*counted(), *read()) for label in found}
    assert labels & {"job", "job_id", "id", "path", "url", "key", "lat", "lon", "client", "user", "instance"} == set()


def test_dashboards_and_rules_ask_for_metrics_that_there_are() -> None:
    texts = [target["expr"] for board in BOARDS for panel in board.panels() for target in panel["targets"]]
    texts += [path.read_text() for path in (ROOT / "deploy/prometheus/rules").glob("*.yml")]
    named = set(re.findall(r"(?<![:\w])nowcast_\w+", "\n".join(texts)))
    known = {name + part for name in told() for part in ("", "_bucket", "_sum", "_count")}
    assert named - known == set()
