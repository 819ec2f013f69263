"""Which methods there are, and what a worker does not start with."""

from pathlib import Path

import pytest

from jobs.settings import Settings
from model import checkpoint
from model.checkpoint import CARD, SHIPPED, WEIGHTS
from radar.baselines import BASELINES
from radar.errors import BadCheckpoint, BadInput
from tests.model.samples import card, lively
from workers import methods


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_a_worker_starts_on_a_device_that_is_there(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setitem(methods.GPUS, kind, lambda: False)
    with pytest.raises(BadInput, match=f"'{kind}', but torch sees no GPU here"):
        methods.check(Settings(device=kind))
    monkeypatch.setitem(methods.GPUS, kind, lambda: True)
    methods.check(Settings(device=kind))


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A network whose card is damaged, one whose weights are, and one that is whole."""
    for name in ("card", "weights", "whole"):
        checkpoint.write(tmp_path / name, lively(), card(method=name, network={"model": "ms-convlstm", "width": 8}))
    (tmp_path / "card" / CARD).write_text("{")
    (tmp_path / "weights" / WEIGHTS).write_bytes(b"\0" * 100)
    return tmp_path


def test_a_damaged_network_does_not_take_the_others_with_it(damaged: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(checkpoints=damaged, method="whole", threads=1)
    methods.check(settings)
    assert set(methods.load(settings)) == {*BASELINES, *(path.name for path in SHIPPED.iterdir()), "whole"}
    assert "card is left out" in caplog.text
    assert "weights is not served" in caplog.text


@pytest.mark.parametrize(("name", "sentence"), [("card", "is not a card"), ("weights", "are not those its card")])
def test_a_damaged_network_that_is_named_is_told(damaged: Path, name: str, sentence: str) -> None:
    with pytest.raises(BadCheckpoint, match=sentence):
        methods.check(Settings(checkpoints=damaged, method=name))
