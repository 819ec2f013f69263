"""`nowcast train` as a user types it: one command trains, goes on, publishes and refuses."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import nowcast
from model.recipe import described
from radar.errors import BadInput
from tests.model.samples import blob, event_file

SETTINGS = "width=8 patch=1 past=4 future=2 crop=16 batch=2 steps=3 held_out=apart moving=false bf16=false"
RECIPE = SETTINGS.split(" ")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one", "two", "apart"):
        event_file(tmp_path / "data" / f"{name}.nc", blob(40, 16, 16))
    return tmp_path / "data"


def train(*words: object) -> Result:
    return CliRunner().invoke(nowcast, ["train", *map(str, words)])


def refusal(*words: object) -> str:
    """What is said of a mistake: main() shows it as one line and ends with 2 (tests/cli/test_commands.py)."""
    error = train(*words).exception
    assert isinstance(error, BadInput)
    return str(error)


def test_a_run_ends_as_a_checkpoint_with_scores(tmp_path: Path, folder: Path) -> None:
    out = tmp_path / "out"
    said = train(folder, "-o", out, *RECIPE)
    assert said.exit_code == 0, said.output
    card = json.loads((out / "card.json").read_text())
    assert f"{out}: ms-convlstm version {card['version']}, {len(card['scores'])} scores in its card" in said.output
    assert card["training"]["events"] == ["one", "two"]
    assert card["scores"]
    assert {path.name for path in out.iterdir()} == {"card.json", "weights.safetensors", "state.pt", "log.jsonl"}


def test_the_same_command_again_publishes_the_same_network(tmp_path: Path, folder: Path) -> None:
    out = tmp_path / "out"
    assert train(folder, "-o", out, *RECIPE).exit_code == 0
    weights = (out / "weights.safetensors").read_bytes()
    (out / "weights.safetensors").unlink()
    (out / "card.json").unlink()
    assert train(folder, "-o", out, *RECIPE).exit_code == 0
    assert (out / "weights.safetensors").read_bytes() == weights
    assert len((out / "log.jsonl").read_text().splitlines()) == 3


def test_another_recipe_in_the_folder_is_refused(tmp_path: Path, folder: Path) -> None:
    out = tmp_path / "out"
    assert train(folder, "-o", out, *RECIPE).exit_code == 0
    assert refusal(folder, "-o", out, *RECIPE, "rate=0.5") == (
        f"{out} holds a run with rate=0.001, not rate=0.5; give another folder, or that recipe."
    )


def test_a_recipe_may_be_a_file(tmp_path: Path, folder: Path) -> None:
    lines = [f'{key} = "{value}"' for key, value in (word.split("=") for word in RECIPE)]
    (tmp_path / "mine.toml").write_text("\n".join(lines))
    said = train(folder, tmp_path / "mine.toml", "steps=1", "-o", tmp_path / "out")
    assert said.exit_code == 0, said.output
    assert json.loads((tmp_path / "out/card.json").read_text())["training"]["steps"] == 1


def test_help_lists_every_setting_with_its_default() -> None:
    said = train("--help").output
    for name, default, about in described():
        assert f"{name}={default}" in said
        assert about.split()[0] in said


def test_wrong_settings_are_refused_before_anything_is_written(tmp_path: Path, folder: Path) -> None:
    assert refusal(folder, "-o", tmp_path / "out", "stepz=1").startswith("'stepz=1' is no recipe setting")
    assert refusal(folder, "-o", tmp_path / "out", *RECIPE, "held_out=typo").startswith("There is no event typo")
    assert not (tmp_path / "out" / "state.pt").exists()
