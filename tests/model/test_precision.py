"""A faster precision is used only where it does not show."""

from pathlib import Path

import numpy as np
import pytest
import torch

from model import precision, runners
from model.engine import Engine
from model.precision import TOLERANCE, passes, relative_error, remembered
from model.zoo import Network
from radar.errors import BadInput, NowcastError
from radar.frames import Frames, Rain
from tests.model.samples import card, lively, network


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is remembered from before."""
    monkeypatch.setattr(precision, "cache_folder", lambda: tmp_path)
    return tmp_path


def exact(past: Frames, horizon: int) -> Rain:
    rain: Rain = np.tile(past.rain[-1], (horizon, 1, 1))
    return rain


@pytest.mark.parametrize(("off", "good"), [(0.0, True), (0.5 * TOLERANCE, True), (2 * TOLERANCE, False)])
def test_the_error_decides(off: float, good: bool) -> None:
    def fast(past: Frames, horizon: int) -> Rain:
        rain = exact(past, horizon)
        wrong: Rain = rain + np.float32(off) * rain.std()
        return wrong

    assert passes(exact, fast, card(), network()) == good


def test_a_network_is_tried_once_and_another_one_again(cache: Path) -> None:
    assert passes(exact, exact, card(), network())
    assert passes(exact, fails, card(), network())
    assert not passes(exact, fails, card(), network(seed=1))
    assert len(list(cache.iterdir())) == 2


def fails(past: Frames, horizon: int) -> Rain:
    raise NowcastError("Not finite.")


def test_what_fails_is_not_used() -> None:
    assert not passes(exact, fails, card(), network())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"error": null}', "{}"])
def test_a_damaged_note_is_none(cache: Path, text: str) -> None:
    (cache / "note.json").write_text(text)
    assert remembered(cache / "note.json") is None


def test_the_error_in_standard_deviations() -> None:
    rain = np.array([[[0, 2, 0, 2, np.nan]]], np.float32)
    assert relative_error(rain + np.float32(0.1), rain) == pytest.approx(0.1)


def test_an_engine_takes_the_faster_one_where_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.engine.lower", lambda *_: torch.bfloat16)
    assert Engine(network(residual=True), card()).precision == torch.bfloat16


def test_an_engine_stays_exact_where_it_would_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.engine.lower", lambda *_: torch.bfloat16)
    monkeypatch.setattr(precision, "TOLERANCE", 1e-9)
    assert Engine(lively(residual=True), card()).precision == torch.float32


def test_an_engine_stays_exact_without_the_hardware(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "has_bfloat16", lambda: False)
    assert Engine(network(residual=True), card()).precision == torch.float32


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_a_precision_that_is_asked_for_is_used(name: str) -> None:
    assert Engine(lively(), card(), precision=name).precision == getattr(torch, name)


def test_a_precision_there_is_not() -> None:
    with pytest.raises(BadInput, match="There is no precision 'float8'"):
        Engine(network(), card(), precision="float8")


@pytest.mark.parametrize(("lean", "suits"), [(True, True), (False, False)])
@pytest.mark.parametrize("model", ["ms-trajgru", "motionrnn"])
def test_flows_are_never_rounded_to_whole_pixels(
    model: str, lean: bool, suits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "has_bfloat16", lambda: True)
    monkeypatch.setattr(runners, "fits", lambda network: lean)
    made = Network(model, width=4).build()
    assert (runners.lower(made, torch.device("cpu")) is not None) == suits
