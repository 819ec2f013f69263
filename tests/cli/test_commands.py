"""The command as a user types it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cli.main import main
from radar.formats import netcdf
from radar.synthetic import storm


def nowcast(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)


def test_storm_writes_what_predict_reads(tmp_path: Path) -> None:
    made = nowcast("storm", tmp_path / "storm.nc", "--size", "32")
    assert made.returncode == 0, made.stderr
    done = nowcast("predict", tmp_path / "storm.nc", "-o", tmp_path / "out.nc", "--horizon", "3")
    assert done.returncode == 0, done.stderr
    answer = netcdf.read_nowcast((tmp_path / "out.nc").read_bytes())
    assert (answer.method, answer.frames.rain.shape) == ("ms-convlstm", (3, 32, 32))


def test_predict_reads_frames_from_several_files(tmp_path: Path) -> None:
    whole = storm(shape=(16, 16), frames=6, seed=3)
    (tmp_path / "a.nc").write_bytes(netcdf.write(whole.last(3)))
    earlier = type(whole)(whole.rain[:3], whole.times[:3], whole.grid)
    (tmp_path / "b.nc").write_bytes(netcdf.write(earlier))
    files = (tmp_path / "a.nc", tmp_path / "b.nc")
    done = nowcast("predict", *files, "-o", tmp_path / "out.nc", "--method", "persistence", "--horizon", "2")
    assert done.returncode == 0, done.stderr
    answer = netcdf.read_nowcast((tmp_path / "out.nc").read_bytes())
    np.testing.assert_array_equal(answer.frames.rain[1], whole.rain[-1])


def test_methods_lists_networks_and_baselines() -> None:
    cards = json.loads(nowcast("methods", "--json").stdout)
    assert {"ms-convlstm", "extrapolation", "persistence"} <= {card["method"] for card in cards}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("predict", "{tmp}/none.nc", "-o", "{tmp}/o.nc"), "cannot be read"),
        (("predict", "{tmp}/page.nc", "-o", "{tmp}/o.nc"), "page.nc"),
        (("predict", "{tmp}/dry.nc", "-o", "{tmp}/o.nc", "--method", "dice"), "There is no method 'dice'"),
        (("predict", "{tmp}/dry.nc", "-o", "{tmp}/o.nc", "--horizon", "99"), "not 99"),
        (("train", "{tmp}", "steps=many", "-o", "{tmp}/run"), "steps is a whole number"),
        (("train", "{tmp}", "stepz=1", "-o", "{tmp}/run"), "no recipe setting"),
        (("evaluate", "{tmp}", "--events", "nothing"), "nothing"),
        (("storm", "/dev/full", "--size", "8"), "No space left"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_two(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    (tmp_path / "page.nc").write_bytes(b"<html>not found</html>")
    (tmp_path / "dry.nc").write_bytes(netcdf.write(storm(shape=(16, 16), frames=12)))
    monkeypatch.setattr(sys, "argv", ["nowcast", *(argument.format(tmp=tmp_path) for argument in arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert sentence in said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) == 1


def test_a_command_that_needs_what_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "cli.storm", raising=False)
    monkeypatch.setitem(sys.modules, "radar.synthetic", None)
    for arguments, code in (["--help"], 0), (["storm", "here.nc", "--size", "8"], 2), (["storm", "--help"], 2):
        monkeypatch.setattr(sys, "argv", ["nowcast", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == code
    said = capsys.readouterr()
    assert "(needs radar, which is not installed here)" in said.out
    assert said.err.count("\n") == said.err.count("nowcast: storm needs radar, which is not installed here") == 2


def test_a_process_that_refuses_says_no_more_than_that(tmp_path: Path) -> None:
    said = nowcast("predict", tmp_path / "none.nc", "-o", tmp_path / "o.nc")
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
