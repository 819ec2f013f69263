import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.evaluate import cases
from model.verification import report, strip
from model.verification.results import read
from model.verification.run import Plan
from radar.errors import BadInput
from radar.frames import stamp
from tests.model.verification.bars import METHODS, PROTOCOL, barred, moody, plan, results, truth, verified


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report; nothing below changes it."""
    pytest.importorskip("matplotlib", reason="pip install 'nowcast[report]'")
    made = tmp_path_factory.mktemp("report")
    wanted = Plan(METHODS, dict.fromkeys(METHODS, "1"), [PROTOCOL], frozenset({"truth"}))
    (whole,) = wanted.nothing()
    for name, count in (("one", 12), ("two", 15)):
        whole += verified(barred(made, count, name=name), wanted)[0]
    report.write(whole, made / "out", ["truth"], ["persistence"])
    return made / "out"


def test_the_json_holds_sums_scores_and_differences(folder: Path) -> None:
    whole = json.loads((folder / "report.json").read_bytes())
    assert {"protocol", "ids", "versions", "failed", "sheets", "scores", "differences"} <= set(whole)
    scores = whole["scores"]["2 km"]["truth"]
    assert scores["windows"] == 7
    assert scores["csi"] == {"leads": [[1.0, 1.0]] * 4, "pooled": [[1.0, 1.0]]}
    assert read(folder / "report.json").versions == {"truth": "1", "persistence": "1"}


def test_the_tables_name_their_counts_and_protocol(folder: Path) -> None:
    text = (folder / "report.md").read_text()
    assert f"counts `{PROTOCOL.id}`" in text
    assert "## 2 km: 7 windows in 2 blocks" in text
    assert "| truth | 1.000 | 1.000 | 1.000 | 1.000 |" in text
    assert "| pixels with the event | 1,120 |" in text  # 7 windows, 4 leads, 8 columns of 5 rows
    assert "truth - persistence" in text
    assert "No window was left out" in text


def test_both_averages_of_a_rollout_are_there(folder: Path) -> None:
    text = (folder / "report.md").read_text()
    assert "| rollout | score | forecast frames | all in + out - 1 steps |" in text
    assert "| truth | CSI | 1.000 / 1.000 | 1.000 / 1.000 |" in text
    assert "does not apply" in text


def test_every_table_is_as_wide_as_its_head(folder: Path) -> None:
    for block in (folder / "report.md").read_text().split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        assert len({line.count(" | ") for line in lines[:1] + lines[2:]}) <= 1, lines[:1]


@pytest.mark.parametrize("name", ["csi-2-km", "fss-2-km", "performance-2-km", "spectra-2-km"])
def test_charts_show_something(folder: Path, name: str) -> None:
    picture = np.asarray(Image.open(folder / f"{name}.png").convert("RGB"))
    assert min(picture.shape[:2]) > 300
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 10


def test_there_is_no_reliability_without_chances(folder: Path) -> None:
    assert not (folder / "reliability-2-km.png").exists()


def test_what_was_left_out_is_said(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pip install 'nowcast[report]'")
    report.write(results(tmp_path, truth=truth, moody=moody), tmp_path / "out", ["truth"], ["moody"])
    text = (tmp_path / "out" / "report.md").read_text()
    assert "1 windows were left out" in text
    assert "- bar 2016-09-28T15:20:00Z: moody failed: not today." in text


def test_the_strip_shows_the_wettest_window(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pip install 'nowcast[report]'")
    path = barred(tmp_path)
    (found,) = verified(path, plan())
    assert found.wettest is not None
    case = strip.found(found.wettest, cases(path, PROTOCOL))
    assert stamp(case.past.times[-1]) == found.wettest.time
    strip.draw(case, METHODS, PROTOCOL, tmp_path / "strip.png")
    assert len(np.unique(np.asarray(Image.open(tmp_path / "strip.png").convert("RGB")).reshape(-1, 3), axis=0)) > 10


def test_without_matplotlib_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(BadInput, match=r"Charts need matplotlib: pip install 'nowcast\[report\]'"):
        report.write(results(tmp_path), tmp_path / "out", ["truth"], ["persistence"])
