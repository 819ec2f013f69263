"""The state of a run on disk: whole, safe to read, and of one recipe."""

import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from model.recipe import FREE, Recipe
from model.training.state import FILE, difference, load, save
from radar.errors import BadInput
from tests.model.training.tiny import TINY, tuned

STATE = {"run": {"step": 3, "weights": {"a": torch.arange(3.0)}, "batches": {"drawn": 7}}, "check": None}


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    save(tmp_path, TINY, STATE)
    kept = load(tmp_path, TINY)
    assert kept is not None
    assert kept["check"] is None
    assert kept["run"]["batches"] == {"drawn": 7}
    assert torch.equal(kept["run"]["weights"]["a"], torch.arange(3.0))


def test_there_may_be_none(tmp_path: Path) -> None:
    assert load(tmp_path, TINY) is None


def test_a_file_half_written_is_not_the_state(tmp_path: Path) -> None:
    save(tmp_path, TINY, STATE)
    (tmp_path / "state.part").write_bytes(b"half")  # what is left when the process is killed while it writes
    assert load(tmp_path, TINY) is not None
    save(tmp_path, TINY, STATE)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("key", sorted(set(vars(TINY)) - set(FREE)))
def test_another_recipe_is_refused_by_the_key_that_differs(tmp_path: Path, key: str) -> None:
    save(tmp_path, TINY, STATE)
    with pytest.raises(
        BadInput, match=rf"holds a run with {key}=.*, not {key}=.*; give another folder, or that recipe"
    ):
        load(tmp_path, tuned(**{key: other(getattr(TINY, key))}))


def other(value: Any) -> Any:
    """Another value of the same kind."""
    return not value if isinstance(value, bool) else value + 1 if isinstance(value, int | float) else f"{value}x"


def test_where_it_runs_may_change(tmp_path: Path) -> None:
    save(tmp_path, TINY, STATE)
    changed = {key: other(getattr(TINY, key)) for key in FREE}
    assert load(tmp_path, tuned(**changed)) is not None


def test_a_setting_that_did_not_exist_yet_is_named() -> None:
    began = {**vars(Recipe())}
    del began["kernel"]
    assert difference(began, vars(Recipe())) == "kernel=None, not kernel=3"


class Harmful:
    """What runs code when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("touched"),)


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"PK\x03\x04", pickle.dumps(Harmful()), pickle.dumps({"recipe": 3})], ids=len
)
def test_what_is_no_state_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(BadInput, match=r"state\.pt is not the state of a run; remove it to begin again\.") as caught:
        load(tmp_path, TINY)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "touched").exists()


def test_code_in_a_state_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"recipe": vars(TINY), "run": Harmful()}, tmp_path / FILE)
    with pytest.raises(BadInput, match="is not the state of a run"):
        load(tmp_path, TINY)
    assert not (tmp_path / "touched").exists()
