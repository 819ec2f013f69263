"""`nowcast export` as a user types it."""

from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from cli.export import command
from model import checkpoint
from radar.errors import BadCheckpoint, BadInput
from tests.model.samples import card, lively


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkpoint of a tiny network."""
    fields = {"model": "ms-convlstm", "width": 4, "depth": 3}
    checkpoint.write(tmp_path / "tiny", lively(**fields), card(network=fields))  # type: ignore[arg-type]
    return tmp_path / "tiny"


@pytest.mark.slow
def test_it_writes_the_file_and_says_how_near_it_is(folder: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(command, [str(folder), "-o", str(tmp_path / "tiny.pt2"), "--as", "torch"])
    assert done.exit_code == 0, done.output
    assert "tiny version" in done.output
    assert "from torch" in done.output
    assert isinstance(torch.export.load(tmp_path / "tiny.pt2"), torch.export.ExportedProgram)
    assert not list(tmp_path.glob("*.part"))


def test_an_unknown_folder_is_one_sentence(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, [str(tmp_path / "none"), "-o", str(tmp_path / "out")])
    assert isinstance(done.exception, BadCheckpoint)
    assert "There is no checkpoint file" in str(done.exception)


def test_a_place_that_is_not_there_is_found_before_the_work(folder: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(command, [str(folder), "-o", str(tmp_path / "no" / "out.onnx")])
    assert isinstance(done.exception, BadInput)
    assert "There is no folder" in str(done.exception)


def test_a_folder_is_no_file_to_write(folder: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(command, [str(folder), "-o", str(tmp_path)])
    assert done.exit_code == 2
    assert "is a directory" in done.output


def test_an_unknown_kind_names_the_known(folder: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(command, [str(folder), "-o", str(tmp_path / "out"), "--as", "tflite"])
    assert done.exit_code == 2
    assert "'onnx', 'torch'" in done.output
