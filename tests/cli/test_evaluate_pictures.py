"""`nowcast evaluate --data` of what is no rain, as a user types it, on archives in their real layouts."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from cli.evaluate import command
from model import checkpoint
from radar.errors import BadInput, NowcastError
from tests.model.data.archives import H5PY, kth_film, taxibj_day, taxibj_file
from tests.model.samples import card, lively

SMALL = {"width": 2, "depth": 2, "scales": [1, 1]}


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six standard sequences."""
    folder = tmp_path_factory.mktemp("digits")
    np.save(folder / "mnist_test_seq.npy", np.random.default_rng(0).integers(0, 256, (20, 6, 64, 64)).astype(np.uint8))
    return folder


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two films of the test split, of one window each."""
    folder = tmp_path_factory.mktemp("kth")
    for name in ("person17_boxing_d1", "person18_boxing_d1"):
        kth_film(folder, name, range(1, 6))
    return folder


def network(folder: Path, name: str = "tiny", **fields: object) -> str:
    """The folder of a checkpoint."""
    about = {**SMALL, **fields}
    checkpoint.write(folder / name, lively(**about), card(network={**about, "model": "ms-convlstm"}))  # type: ignore[arg-type]
    return str(folder / name)


def run(data: str, folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, [str(folder), "--data", data, *arguments])


def found(done: Result) -> dict[str, object]:
    assert done.exit_code == 0, done.output
    scores: dict[str, object] = json.loads(done.stdout)
    return scores


def test_a_network_and_persistence_on_moving_mnist(digits: Path, tmp_path: Path) -> None:
    said = ("--method", network(tmp_path), "--baseline", "persistence", "-o", str(tmp_path / "out"))
    done = run("moving-mnist", digits, *said, "--past", "3", "--leads", "2", "--json")
    report = json.loads(done.stdout)
    assert report == json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["protocol"]["windows"], report["blocks"], list(report["versions"])) == (
        6,
        1,
        ["tiny", "persistence"],
    )
    still = np.load(digits / "mnist_test_seq.npy")[:5].astype(np.float64) / 255
    apart = still[2:3] - still[3:5]
    mse = report["scores"]["persistence"]["mse"]
    assert mse["forecast frames"]["value"] == pytest.approx((apart**2).sum((2, 3)).mean(), rel=1e-4)
    assert len(mse["steps"]) == 4
    assert mse["forecast frames"]["low"] is None  # a single block has no interval
    text = (tmp_path / "out" / "report.md").read_text()
    assert "moving-mnist, its test split: 6 windows in 1 blocks" in text
    assert report["id"] in text
    assert "| tiny - persistence |" in text
    compared = CliRunner().invoke(
        command, ["--compare", *[str(tmp_path / "out" / "report.json")] * 2, "-o", str(tmp_path)]
    )
    assert "report.json is of a data set that is no rain" in str(compared.exception)


def test_both_averages_and_intervals_on_kth(films: Path) -> None:
    done = run("kth", films, "--method", "persistence", "--past", "3", "--leads", "2", "--json")
    report = json.loads(done.stdout)
    assert report["protocol"]["events"] == ["person17_boxing_d1", "person18_boxing_d1"]
    mae = report["scores"]["persistence"]["mae a pixel"]  # frames of one grey, one more each time
    assert mae["forecast frames"]["value"] == pytest.approx(1.5 / 255)
    assert mae["all in + out - 1 steps"]["value"] == pytest.approx((1 + 1 + 1 + 2) / 4 / 255)
    assert mae["forecast frames"]["low"] == pytest.approx(mae["forecast frames"]["high"])  # both films are alike


def test_taxis_are_told_in_taxis(tmp_path: Path) -> None:
    pytest.importorskip("h5py", reason=H5PY)
    for year, count in ((13, 1), (14, 1), (15, 1), (16, 28)):
        days = [datetime(2000 + year, 7, 1, tzinfo=UTC) + n * timedelta(days=1) for n in range(count)]
        stamps = [stamp for day in days for stamp in taxibj_day(day)]
        level = np.arange(len(stamps), dtype=np.float64) % 48  # one taxi more each half hour
        flows = np.broadcast_to(level[:, None, None, None], (len(stamps), 2, 32, 32))
        taxibj_file(tmp_path / f"BJ{year}_M32x32_T30_InOut.h5", stamps, flows)
    said = ("--method", network(tmp_path, channels=2), "--baseline", "persistence", "--events", "20160701")
    done = run("taxibj", tmp_path, *said, "--every", "24")
    assert done.exit_code == 0, done.output
    line = next(line for line in done.stdout.splitlines() if line.startswith("| persistence | forecast"))
    assert [float(cell) for cell in line.strip("| ").split(" | ")[-2:]] == pytest.approx([7.5**0.5, 2.5], rel=1e-3)
    assert "MAE, taxis in half an hour" in done.stdout
    refused = run("taxibj", tmp_path, "--method", network(tmp_path, "grey"), "--every", "24")
    assert "grey has learnt frames of 1 channels, and those of taxibj have 2" in str(refused.exception)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Name the folder of a checkpoint"),
        (("--method", "persistence", "--thresholds", "1"), "moving-mnist is no rain: leave out --thresholds"),
        (("--method", "extrapolation"), "There is no method 'extrapolation' for moving-mnist, which is no rain"),
        (("--method", "ms-convlstm"), "ms-convlstm has learnt rain, and moving-mnist is none"),
        (("--method", "persistence", "--events", "standard-7"), "standard-7"),
        (("--method", "persistence", "--leads", "30"), "too few for 40"),
    ],
)
def test_bad_input_is_one_sentence(digits: Path, arguments: tuple[str, ...], sentence: str) -> None:
    done = run("moving-mnist", digits, *arguments)
    assert isinstance(done.exception, NowcastError)
    assert sentence in str(done.exception)
    assert "\n" not in str(done.exception)


def test_frames_must_suit_the_network(digits: Path, tmp_path: Path) -> None:
    odd = network(tmp_path, patch=3)
    done = run("moving-mnist", digits, "--method", odd)
    assert "Frames are 64 x 64, but tiny wants multiples of 3" in str(done.exception)


def test_two_of_one_name_are_refused(digits: Path, tmp_path: Path) -> None:
    folders = [network(tmp_path / place) for place in ("one", "two")]
    done = run("moving-mnist", digits, "--method", folders[0], "--method", folders[1])
    assert isinstance(done.exception, BadInput)
    assert "Two methods are called tiny" in str(done.exception)
