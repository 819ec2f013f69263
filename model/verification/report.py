"""A report on disk: report.json with all sums and scores, report.md, and the charts."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import put
from model.verification import charts
from model.verification.differences import Difference, differences
from model.verification.results import Results
from model.verification.tables import markdown
from radar.scoresheet import KINDS

JSON, MARKDOWN = "report.json", "report.md"


def write(results: Results, folder: Path, methods: Sequence[str], baselines: Sequence[str]) -> None:
    """Write results with the differences of methods from baselines; BadInput when matplotlib is not installed."""
    folder.mkdir(parents=True, exist_ok=True)
    found = list(differences(results, methods, baselines))
    whole = {**results.as_json(), "scores": scores(results), "differences": [as_json(one) for one in found]}
    put(folder / JSON, json.dumps(whole, separators=(",", ":"), allow_nan=False).encode())
    put(folder / MARKDOWN, markdown(results, found).encode())
    charts.draw(results, folder)


def scores(results: Results) -> dict[str, Any]:
    """By data, method and score: of each lead, and of all pooled; by lead, threshold and scale, null for none."""
    return {
        data: {method: method_scores(results, data, method) for method in results.versions} for data in results.data
    }


def method_scores(results: Results, data: str, method: str) -> dict[str, Any]:
    """The scores of one method by name."""
    sheet = results.total(data, method)
    made: dict[str, Any] = {"windows": sheet.windows}
    for name, (family, score) in KINDS.items():
        sums = sheet.family(family)
        made[name] = {"leads": listed(score(sums)), "pooled": listed(score(sums.pooled()))}
    return made


def listed(values: NDArray[np.floating]) -> list[Any]:
    """An array as lists, rounded, with None for NaN."""
    rounded = np.round(values.astype(np.float64), 6)
    lists: list[Any] = np.where(np.isfinite(rounded), rounded, np.array(None, object)).tolist()
    return lists


def as_json(one: Difference) -> dict[str, Any]:
    """A difference with None for NaN."""
    fields = asdict(one)
    return {
        name: None if isinstance(value, float) and not np.isfinite(value) else value for name, value in fields.items()
    }
