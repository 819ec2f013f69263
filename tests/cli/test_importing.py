"""`nowcast import`: from a reference checkpoint to a method that is served."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from cli.main import main
from model import checkpoint
from model.engine import Engine
from model.zoo import MODELS, Network
from radar.synthetic import storm
from tests.model.golden_files import foreign_weights
from tests.model.samples import lively, network, pixels


def reference_file(path: Path, model: str = "ms-convlstm", **fields: int) -> Path:
    """A state dict as the reference's trainer saves it."""
    described = Network(model, **{"width": 4, **fields}, reference=True)  # type: ignore[arg-type]
    torch.save(foreign_weights(described, lively(**described.fields())), path)
    return path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int | str | None:
    """The exit code of `nowcast import ...` in this process."""
    monkeypatch.setattr(sys, "argv", ["nowcast", "import", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        main()
    return left.value.code


@pytest.mark.parametrize("model", MODELS)
def test_imported_weights_make_a_nowcast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str) -> None:
    path = reference_file(tmp_path / "best.pth", model, links=3 if "trajgru" in model else 10)
    assert run(monkeypatch, path, "--model", model, "-o", tmp_path / "out") == 0
    made, card = checkpoint.read(tmp_path / "out")
    (said,) = Engine(made, card).forecast([storm(shape=(12, 20), frames=4, seed=1)], 3)
    assert said.rain.shape == (3, 12, 20)
    assert np.isfinite(said.rain).all()


@torch.no_grad()
def test_the_weights_are_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = reference_file(tmp_path / "best.pth", "mim")
    assert run(monkeypatch, path, "--model", "mim", "-o", tmp_path / "out") == 0
    made, _ = checkpoint.read(tmp_path / "out")
    past = pixels(1, 3, 1, 8, 8)
    torch.testing.assert_close(made(past, 2), lively("mim", width=4, reference=True)(past, 2), rtol=0, atol=1e-5)


def test_the_card_says_whose_weights_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = reference_file(tmp_path / "best.pth")
    sizes = ("--width", "4", "--kernel", "3", "--channels", "1", "--links", "10")
    limits = ("--min-frames", "3", "--max-frames", "8", "--cadence", "6", "6", "--pixel-km", "0.9", "1.2")
    about = ("--name", "hko-7", "--by", "Ma et al.")
    assert run(monkeypatch, path, "--model", "ms-convlstm", "-o", tmp_path / "out", *sizes, *limits, *about) == 0
    card = checkpoint.read_card(tmp_path / "out")
    assert card.method == "hko-7"
    assert "Ma et al." in card.summary
    assert "HKO-7's pixel encoding is assumed" in card.summary
    assert (card.min_frames, card.max_frames, card.cadence_minutes, card.pixel_km) == (3, 8, (6, 6), (0.9, 1.2))
    assert (card.scores, card.data) == ((), ())
    assert Network.of(card.network or {}) == Network("ms-convlstm", width=4, reference=True)


def test_nothing_is_claimed_that_was_not_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, reference_file(tmp_path / "a"), "--model", "ms-convlstm", "-o", tmp_path / "out") == 0
    card = checkpoint.read_card(tmp_path / "out")
    assert card.cadence_minutes is card.pixel_km is None
    assert "trained by others" in card.summary
    assert card.training is not None
    assert card.training["imported"] == "a"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("none.pth", "--model", "mim"), "There is no checkpoint file"),
        (("text", "--model", "mim"), "neither a safetensors file nor a torch file"),
        (("ours", "--model", "ms-convlstm"), "has no embed.conv_embed.weight"),
        (("good", "--model", "mim"), "is it of another model?"),
        (("good", "--model", "gpt"), "There is no network 'gpt'"),
        (("good", "--model", "ms-convlstm", "--width", "8"), "fewer weights"),
        (("good", "--model", "ms-convlstm", "--width", "9999"), "out of range"),
        (("colour", "--model", "ms-convlstm"), "3 channels, and radar rain is one"),
        (("good", "--model", "ms-convlstm", "--min-frames", "11"), "11 to 10 does not"),
        (("good", "--model", "ms-convlstm", "--cadence", "6", "nan"), "6 to nan does not"),
        (("good", "--model", "ms-convlstm", "--cadence", "-6", "6"), "-6 to 6 does not"),
        (("good", "--model", "ms-convlstm", "--name", "n" * 65), "A method's name is up to 64 letters"),
        (("good", "--model", "ms-convlstm", "--name", "../there"), "and '../there' is none"),
        (("good", "--model", "ms-convlstm", "--name", "persistence"), "persistence is a method that needs no weights"),
    ],
)
def test_what_cannot_be_imported_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    reference_file(tmp_path / "good")
    reference_file(tmp_path / "colour", channels=3)
    torch.save(network().state_dict(), tmp_path / "ours")
    (tmp_path / "text").write_text("<html>not found</html>")
    assert run(monkeypatch, tmp_path / arguments[0], *arguments[1:], "-o", tmp_path / "out") == 2
    said = capsys.readouterr().err
    assert said.startswith("nowcast: ")
    assert sentence in said
    assert len(said.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()
