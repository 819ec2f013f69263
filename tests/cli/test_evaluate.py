"""`nowcast evaluate` as a user types it, on made-up events."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from cli.evaluate import command, trained_on
from cli.evaluate import evaluated as evaluated_events
from model.evaluate import Protocol
from model.verification.run import Plan
from radar.card import Card
from radar.errors import BadInput
from radar.frames import Frames
from radar.persistence import persistence
from tests.cli.test_commands import nowcast
from tests.model.samples import blob, event_file

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
    one, two = (data / f"{name}.nc" for name in protocol.events)
    evaluated_events([one], plan, tmp_path)
    with pytest.raises(AssertionError, match="run again"):
        evaluated_events([one, two], again, tmp_path)
    (whole,) = evaluated_events([one, two], plan, tmp_path)
    assert evaluated_events([one, two], again, tmp_path)[0].as_json() == whole.as_json()


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


def test_without_data_it_is_asked_for() -> None:
    done = nowcast("evaluate")
    assert done.returncode == 2
    assert "Name a folder" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_events_a_method_was_trained_on_are_named() -> None:
    taught = Card(method="tiny", version="1", summary="Tiny.", training={"events": ["one", "other"]})
    blank = taught.model_copy(update={"training": None})
    assert trained_on({"tiny": taught, "blank": blank}, Protocol(("one", "two"))) == {"tiny": ("one",)}
