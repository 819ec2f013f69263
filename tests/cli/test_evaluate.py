"""`nowcast evaluate` as a user types it, on made-up events."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from cli.evaluate import RAIN, command
from cli.evaluate import evaluated as evaluated_events
from cli.evaluate_plan import trained_on
from model import checkpoint
from model.data.table import DATASETS
from model.evaluate import Protocol, cases
from model.verification.events import Events
from model.verification.run import Plan
from radar.card import Card
from radar.errors import BadInput
from radar.frames import Frames
from radar.persistence import persistence
from tests.cli.test_commands import nowcast
from tests.model.data.archives import hko7_archive
from tests.model.samples import blob, card, event_file, lively

SMALL = ("--past", "2", "--leads", "3", "--every", "4")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two events of a shower that moves."""
    folder = tmp_path_factory.mktemp("data")
    for name, count in (("one", 12), ("two", 9)):
        event_file(folder / f"{name}.nc", blob(count, 24, 32))
    return folder


def evaluated(data: Path, *arguments: str | Path) -> Result:
    """Extrapolation against persistence, in this process: a new one would spend its time on importing torch."""
    methods = ("--method", "extrapolation", "--baseline", "persistence")
    return run(str(data), *methods, *SMALL, *map(str, arguments))


def run(*arguments: str) -> Result:
    """The command; what it refuses is in `exception`, as cli.main turns it into exit code 2."""
    return CliRunner().invoke(command, arguments)


def test_scores_are_printed_as_json(data: Path) -> None:
    done = evaluated(data, "--json", "--events", "one")
    assert done.exit_code == 0, done.output
    scores = json.loads(done.stdout)
    assert {score["method"] for score in scores} == {"extrapolation", "persistence"}
    assert {score["windows"] for score in scores} == {2}
    assert len({score["protocol"] for score in scores}) == 1


def test_tables_name_what_they_rest_on(data: Path) -> None:
    done = evaluated(data)
    assert done.exit_code == 0, done.output
    words = " ".join(done.stdout.split())
    assert "csi over 5-15 min, 2 km: 4 windows, 9216 pixels, protocol" in words
    assert "extrapolation" in words


def test_a_report_is_written(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pip install 'nowcast[report]'")
    done = evaluated(data, "-o", tmp_path, "--common", "--every-step", "--events", "two")
    assert done.exit_code == 0, done.output
    for folder in (tmp_path, tmp_path / "common"):
        assert {"report.json", "report.md", "csi-2-km.png"} <= {path.name for path in folder.iterdir()}
    assert (tmp_path / "strip.png").exists()
    assert not (tmp_path / "parts").exists()


def test_an_evaluation_that_was_stopped_goes_on(data: Path, tmp_path: Path) -> None:
    def broken(past: Frames, horizon: int) -> Frames:
        raise AssertionError("An event that was done is run again.")

    protocol = Protocol(("one", "two"), 2, 3, every=4)
    plan, again = (Plan({"still": method}, {"still": "1"}, [protocol]) for method in (persistence, broken))
    both: Events = {name: partial(cases, data / f"{name}.nc", protocol) for name in protocol.events}
    evaluated_events({"one": both["one"]}, plan, tmp_path)
    with pytest.raises(AssertionError, match="run again"):
        evaluated_events(both, again, tmp_path)
    (whole,) = evaluated_events(both, plan, tmp_path)
    assert evaluated_events(both, again, tmp_path)[0].as_json() == whole.as_json()


def test_reports_of_one_protocol_are_compared_and_others_refused(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pip install 'nowcast[report]'")
    one, other = (str(tmp_path / name / "report.json") for name in ("one", "other"))
    evaluated(data, "-o", tmp_path / "one", "--events", "two")
    evaluated(data, "-o", tmp_path / "other", "--events", "two", "--thresholds", "1,5")
    done = run("--compare", one, one, "-o", str(tmp_path / "both"))
    assert done.exit_code == 0, done.output
    assert "| extrapolation - persistence |" in (tmp_path / "both" / "report.md").read_text()
    refused = run("--compare", one, other, "-o", str(tmp_path / "no"))
    assert "differ in thresholds" in str(refused.exception)
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--thresholds", "much"), "Thresholds are rain rates"),
        (("--thresholds", "0"), "Thresholds are"),
        (("--events", "one,three"), "three"),
        (("--method", "dice"), "There is no method 'dice'"),
        (("--leads", "12"), "No window of these events is wet enough"),
    ],
)
def test_bad_input_is_one_sentence(data: Path, arguments: tuple[str, ...], sentence: str) -> None:
    done = evaluated(data, *arguments)
    assert isinstance(done.exception, BadInput)
    assert sentence in str(done.exception)


def test_events_of_any_cadence_are_scored_but_not_of_two(tmp_path: Path) -> None:
    event_file(tmp_path / "slow.nc", blob(12, 24, 32), minutes=range(0, 120, 10), cadence_minutes=np.int32(10))
    assert "csi over 10-30 min" in " ".join(evaluated(tmp_path).stdout.split())
    event_file(tmp_path / "usual.nc", blob(12, 24, 32))
    assert "usual.nc has a frame every 5 minutes, and the protocol wants one every 10" in str(
        evaluated(tmp_path).exception
    )


def test_a_checkpoint_folder_on_hko7(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pip install 'nowcast[report]'")
    archive = tmp_path / "hko7"
    archive.mkdir()
    hko7_archive(archive, {"test": ["20150506"]}, {"20150506": range(3)})
    about = {"model": "ms-convlstm", "width": 2, "depth": 2, "scales": [1, 1]}
    learnt = card(network=about, training={"data": "hko7"})
    checkpoint.write(tmp_path / "mine", lively(**{**about, "scales": (1, 1)}), learnt)  # type: ignore[arg-type]
    said = ("--data", "hko7", "--method", str(tmp_path / "mine"), "--baseline", "persistence", "--every-step")
    done = run(str(archive), *said, "--past", "2", "--leads", "1", "-o", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    text = (tmp_path / "out" / "report.md").read_text()
    assert "## hko7 1.07 km: 1 windows in 1 blocks" in text
    assert "| mean over leads, as the benchmark has it | CSI 0.5 mm/h |" in text
    assert "| difference in CSI [95 %] |" in text
    assert "| mine - persistence |" in text
    assert {"strip.png", "csi-hko7-1.07-km.png"} <= {path.name for path in (tmp_path / "out").iterdir()}


def test_every_data_set_of_rain_has_what_finds_its_events() -> None:
    assert set(RAIN) == {name for name, kind in DATASETS.items() if kind.rain}


def test_a_network_that_learnt_no_rain_is_refused(data: Path, tmp_path: Path) -> None:
    about = {"model": "convlstm", "width": 2, "depth": 1}
    checkpoint.write(tmp_path / "taxis", lively(**about), card(network=about, training={"data": "taxibj"}))  # type: ignore[arg-type]
    done = evaluated(data, "--method", tmp_path / "taxis")
    assert isinstance(done.exception, BadInput)
    assert "was trained on taxibj, which is no rain" in str(done.exception)


def test_two_events_of_one_name_are_refused(data: Path, tmp_path: Path) -> None:
    for folder in ("here", "there"):
        event_file(tmp_path / folder / "one.nc", blob(12, 24, 32))
    assert "are called one" in str(evaluated(tmp_path).exception)


def test_without_data_it_is_asked_for() -> None:
    done = nowcast("evaluate")
    assert done.returncode == 2
    assert "Name a folder" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_events_a_method_was_trained_on_are_named() -> None:
    taught = Card(method="tiny", version="1", summary="Tiny.", training={"events": ["one", "other"]})
    blank = taught.model_copy(update={"training": None})
    assert trained_on({"tiny": taught, "blank": blank}, Protocol(("one", "two"))) == {"tiny": ("one",)}
