"""What answers look like: the examples of OpenAPI, by the names of their schemas."""

import json
from pathlib import Path
from typing import Any

LISTS = {
    "RegionsView": ("regions", "RegionView"),
    "AlertsView": ("alerts", "AlertView"),
    "ReplaysView": ("replays", "ReplayView"),
    "Collections": ("collections", "Collection"),
    "Instances": ("instances", "Instance"),
}
"""Answers that are a list of another: its name, and of what."""
BESIDE: dict[str, dict[str, Any]] = {
    "AlertsView": {"region": "alps"},
    "Collections": {"links": [{"href": "http://localhost:8000/edr/collections", "rel": "self"}]},
    "Instances": {"links": [{"href": "http://localhost:8000/edr/collections/alps/instances", "rel": "self"}]},
}
"""What else such an answer says."""
SHOWN: dict[str, Any] = json.loads(Path(__file__).with_name("examples.json").read_text(encoding="utf-8"))


def show(schemas: dict[str, Any]) -> None:
    """Give each schema its example, where it has none of its own."""
    for name, schema in schemas.items():
        if name in SHOWN:
            schema.setdefault("example", SHOWN[name])
    for name, (field, one) in LISTS.items():
        schemas[name]["example"] = {**BESIDE.get(name, {}), field: [schemas[one]["example"]]}
    report = {field: SHOWN["SkillView"][field] for field in ("protocol", "methods")}
    schemas["ReplayReportView"]["example"] = schemas["ReplayView"]["example"] | report
