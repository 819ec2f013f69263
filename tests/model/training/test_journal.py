"""What a run writes down, and what it forgets when it goes on."""

import builtins
import json
from pathlib import Path
from typing import Any

import pytest

from model.training.journal import FILE, journal
from radar.errors import BadInput


def write(folder: Path, steps: range, after: int, tensorboard: bool = False) -> list[dict[str, float]]:
    with journal(folder, after, tensorboard) as kept:
        for step in steps:
            kept.write({"step": step, "loss": step / 2})
    return [json.loads(line) for line in (folder / FILE).read_text().splitlines()]


def test_a_line_a_step(tmp_path: Path) -> None:
    assert write(tmp_path, range(1, 3), after=0) == [{"step": 1, "loss": 0.5}, {"step": 2, "loss": 1.0}]


def test_steps_that_are_made_again_are_forgotten(tmp_path: Path) -> None:
    write(tmp_path, range(1, 5), after=0)
    assert [line["step"] for line in write(tmp_path, range(3, 6), after=2)] == [1, 2, 3, 4, 5]


def test_a_torn_line_is_forgotten(tmp_path: Path) -> None:
    write(tmp_path, range(1, 3), after=0)
    with (tmp_path / FILE).open("a") as file:
        file.write('{"step": 3, "lo')
    assert [line["step"] for line in write(tmp_path, range(3, 4), after=2)] == [1, 2, 3]


def test_a_new_run_forgets_the_old_one(tmp_path: Path) -> None:
    write(tmp_path, range(1, 5), after=0)
    assert [line["step"] for line in write(tmp_path, range(1, 2), after=0)] == [1]


def test_tensorboard_gets_the_same(tmp_path: Path) -> None:
    reading = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="pip install 'nowcast[tensorboard]'"
    )
    write(tmp_path, range(1, 4), after=0, tensorboard=True)
    found = reading.EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [(event.step, event.value) for event in found.Scalars("loss")] == [(1, 0.5), (2, 1.0), (3, 1.5)]
    assert found.Tags()["scalars"] == ["loss"]


def test_without_tensorboard_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *given: Any) -> Any:
        if name.startswith("torch.utils.tensorboard"):
            raise ImportError(name)
        return real(name, *given)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(BadInput, match=r"^TensorBoard is not installed: pip install 'nowcast\[tensorboard\]'\.$"):
        write(tmp_path, range(1), after=0, tensorboard=True)
