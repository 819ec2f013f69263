"""The notebook of the docs: it was executed, and its cells still run against the real service."""

import ast
import base64
import inspect
import io
import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from PIL import Image

from tests import loops
from tests.processes import served

NOTEBOOK = Path(__file__).parents[2] / "docs/client.ipynb"
LARGEST = 500_000


def cells() -> list[dict[str, Any]]:
    """The cells with code."""
    found = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if cell["cell_type"] == "code"]


def shown(kind: str) -> list[str]:
    """What the cells gave of one kind."""
    outputs = [output.get("data", {}) for cell in cells() for output in cell["outputs"]]
    return ["".join(output[kind]) for output in outputs if kind in output]


def test_it_was_executed_from_top_to_bottom_without_an_error() -> None:
    assert [cell["execution_count"] for cell in cells()] == list(range(1, len(cells()) + 1))
    assert [output for cell in cells() for output in cell["outputs"] if output["output_type"] == "error"] == []


def test_it_shows_a_dataset_and_pictures_and_is_small() -> None:
    assert any("rain_rate" in text for text in shown("text/html"))
    pictures = [Image.open(io.BytesIO(base64.b64decode(text))) for text in shown("image/png")]
    assert len(pictures) >= 2
    assert min(picture.width for picture in pictures) > 300
    assert NOTEBOOK.stat().st_size < LARGEST


def test_its_cells_run_against_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mpl.use("agg")
    with served(tmp_path, threads=1) as service:
        monkeypatch.setenv("NOWCAST_URL", service.url)
        names = loops.run(executed())
    assert names["said"].rain_rate.shape == (6, 128, 128)
    assert names["nowcast"].summary["fallback_reason"] is None
    assert [one.sizes["time"] for one in names["datasets"]] == [1, 3, 6]


async def executed() -> dict[str, Any]:
    """All that is defined once the cells have run, in one event loop as Jupyter has it."""
    names: dict[str, Any] = {}
    for number, cell in enumerate(cells()):
        code = compile("".join(cell["source"]), f"cell {number}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        waiting = eval(code, names)
        if inspect.isawaitable(waiting):
            await waiting
    return names
