"""Two processes that share every batch learn what one learns that has all of it: real processes, gloo."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from model.training.journal import Line
from model.training.parallel import ALONE, TORCHRUN, gathered, leads
from tests.model.training.tiny import data

SETTINGS = (
    "width=8 patch=1 past=3 future=2 crop=16 batch=4 warmup=2 moving=false matched=false bf16=false feed=scheduled "
    "steps=6 accumulate=2 check_every=3 check_windows=4 validation=checked save_every=3"
)


def command(processes: int, folder: Path, out: Path, *more: str) -> list[str]:
    together = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", f"{processes}"]
    run = ["-m", "cli", "train", str(folder), "-o", str(out), *SETTINGS.split(), *more]
    return [sys.executable, *(together if processes > 1 else ()), *run]


def run(processes: int, folder: Path, out: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    said = subprocess.run(
        command(processes, folder, out, *more), capture_output=True, text=True, timeout=600, check=False
    )
    assert said.returncode == 0, said.stderr
    return said


def log(out: Path) -> list[Line]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


@pytest.mark.slow
@pytest.mark.timeout(1200)  # four starts of torch
def test_two_processes_learn_what_one_learns(tmp_path: Path) -> None:
    folder = data(tmp_path, "blob", "bar", "checked")
    run(1, folder, tmp_path / "one")
    said = run(2, folder, tmp_path / "two")
    assert said.stdout.count("scores in its card") == 1  # only one of them publishes
    one, two = log(tmp_path / "one"), log(tmp_path / "two")
    for key in ("loss", "gradient", "rate"):
        assert [line[key] for line in two] == pytest.approx([line[key] for line in one], rel=1e-3)
    assert [line["check"] for line in two if "check" in line] == pytest.approx(
        [line["check"] for line in one if "check" in line], rel=1e-3
    )
    weights = [load_file(tmp_path / name / "weights.safetensors") for name in ("one", "two")]
    for name, value in weights[0].items():
        torch.testing.assert_close(weights[1][name], value, rtol=0, atol=2e-4)


def test_alone_without_torchrun(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TORCHRUN:
        monkeypatch.delenv(name, raising=False)
    assert leads()
    with gathered("cpu") as crew:
        assert crew == ALONE
        assert crew.leads
        assert crew.total(torch.tensor(3.0)) == 3
        module = torch.nn.Linear(1, 1)
        assert crew.joined(module) is module


def test_only_the_first_of_a_crew_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    assert not leads()
