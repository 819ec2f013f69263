"""A run that is killed and started again ends where one ends that was left alone: real processes, real kill -9."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from model.train import train
from model.training.journal import Line
from model.training.run import Run
from radar.errors import BadInput
from tests.model.training.tiny import data, same, tuned

STEPS = 40
SETTINGS = (
    "width=8 patch=1 past=3 future=2 crop=16 batch=2 warmup=2 moving=false feed=reverse "
    f"steps={STEPS} check_every=3 check_windows=2 validation=checked save_every=4"
)


def start(folder: Path, out: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "cli", "train", str(folder), "-o", str(out), *SETTINGS.split()]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def lines(out: Path) -> list[Line]:
    """The whole lines of a log that may just be written."""
    try:
        written = (out / "log.jsonl").read_text()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in written.splitlines(keepends=True) if line.endswith("\n")]


def killed_at(step: int, folder: Path, out: Path) -> int:
    """Start, and kill -9 some moment after a step; the steps it had made."""
    process, until = start(folder, out), time.monotonic() + 300
    while process.poll() is None and time.monotonic() < until and len(lines(out)) < step:
        time.sleep(0.01)
    time.sleep(random.uniform(0, 0.1))  # within the next steps, or while it saves
    process.kill()
    _, errors = process.communicate()
    assert process.returncode == -9, errors
    return len(lines(out))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return data(tmp_path, "blob", "checked")


@pytest.mark.slow
@pytest.mark.timeout(1200)  # five starts of torch
def test_killed_again_and_again_it_ends_with_the_same_weights(tmp_path: Path, folder: Path) -> None:
    alone = start(folder, tmp_path / "alone")
    reached = [killed_at(step, folder, tmp_path / "killed") for step in (1, 8, 16)]
    assert max(reached) < STEPS  # it may get further than is seen
    last = start(folder, tmp_path / "killed")
    for process in (alone, last):
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
    one, other = ((tmp_path / name / "weights.safetensors").read_bytes() for name in ("alone", "killed"))
    assert one == other
    kept = [[{**line, "seconds": 0} for line in lines(tmp_path / name)] for name in ("alone", "killed")]
    assert kept[0] == kept[1]
    assert len(kept[0]) == STEPS


class Killed(Exception):
    """What stops a run in this process."""


def interrupted(monkeypatch: pytest.MonkeyPatch, steps: int) -> Iterator[None]:
    """Let a run make so many steps and no more."""
    advance = Run.advance

    def limited(run: Run, out: Path) -> Line:
        if run.step == steps:
            raise Killed
        return advance(run, out)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "advance", limited)
        yield


@pytest.mark.parametrize(
    "fields", [{}, {"feed": "scheduled", "model": "ms-trajgru"}, {"bf16": True, "optimizer": "adam"}]
)
@pytest.mark.parametrize("stop", [1, 2, 3])
def test_every_step_is_a_good_one_to_stop_after(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, fields: dict[str, object], stop: int
) -> None:
    recipe = tuned(steps=4, save_every=2, check_every=2, check_windows=2, validation="checked", **fields)
    whole = train(recipe, folder, tmp_path / "whole")
    for _ in interrupted(monkeypatch, stop):
        with pytest.raises(Killed):
            train(recipe, folder, tmp_path / "stopped")
    made: list[Line] = []
    assert same(train(recipe, folder, tmp_path / "stopped", made.append), whole)
    assert [line["step"] for line in made] == list(range(stop // 2 * 2 + 1, 5))
    assert [line["step"] for line in lines(tmp_path / "stopped")] == [1, 2, 3, 4]


def test_a_run_that_is_over_has_nothing_left_to_do(tmp_path: Path, folder: Path) -> None:
    recipe = tuned()
    whole = train(recipe, folder, tmp_path / "out")
    log = (tmp_path / "out" / "log.jsonl").read_text()
    made: list[Line] = []
    assert same(train(recipe, folder, tmp_path / "out", made.append), whole)
    assert made == []
    assert (tmp_path / "out" / "log.jsonl").read_text() == log


def test_memory_and_device_may_change_on_the_way(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = tuned(steps=4, save_every=2)
    whole = train(recipe, folder, tmp_path / "whole")
    for _ in interrupted(monkeypatch, 2):
        with pytest.raises(Killed):
            train(recipe, folder, tmp_path / "stopped")
    assert same(train(tuned(steps=4, recompute=True, device="cpu"), folder, tmp_path / "stopped"), whole)


def test_other_data_is_refused(tmp_path: Path, folder: Path) -> None:
    train(tuned(), folder, tmp_path / "out")
    data(tmp_path, "more")
    with pytest.raises(BadInput, match=r"The data set has .* windows, but .* when the run was saved"):
        train(tuned(), folder, tmp_path / "out")


def test_a_state_that_lost_a_part_is_refused(tmp_path: Path, folder: Path) -> None:
    train(tuned(), folder, tmp_path / "out")
    kept = torch.load(tmp_path / "out/state.pt", weights_only=True)
    del kept["run"]["optimizer"]
    torch.save(kept, tmp_path / "out/state.pt")
    with pytest.raises(BadInput, match="is not the state of a run; remove it to begin again"):
        train(tuned(), folder, tmp_path / "out")
