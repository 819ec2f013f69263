"""Training learns, repeats itself, goes on where it was stopped, and stops when it goes wrong."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.recipe import Recipe
from model.train import drawn, train
from model.training.journal import Line
from model.training.parallel import ALONE
from model.training.rollout import Rollout
from model.training.run import Run
from model.training.windows import training
from radar.errors import BadInput
from tests.model.data.archives import digit_images, hko7_archive, idx_file, taxibj_day, taxibj_file
from tests.model.training.tiny import TINY, data, rollout, same, tuned


def at_start(recipe: Recipe, folder: Path) -> Run:
    """A run before its first step."""
    return Run(recipe, drawn(recipe, folder, ALONE), ALONE)


def test_it_learns_to_move_a_blob(tmp_path: Path) -> None:
    recipe = tuned(steps=60, rate=1e-2, warmup=5, batch=1, moving=False, thresholds="")
    folder = data(tmp_path)
    batch = training(recipe, folder, ALONE).batch(1)
    lines: list[Line] = []
    network = train(recipe, folder, tmp_path / "out", lines.append)
    with torch.no_grad():
        persistence, learnt = rollout(recipe)(*batch).item(), rollout(recipe, network)(*batch).item()
    assert lines[0]["loss"] == pytest.approx(persistence)
    assert np.mean([line["loss"] for line in lines[-5:]]) < 0.8 * persistence
    assert learnt < 0.8 * persistence


@pytest.mark.parametrize("fields", [{}, {"bf16": True}, {"feed": "reverse"}])
def test_the_same_seed_gives_the_same_weights(tmp_path: Path, fields: dict[str, Any]) -> None:
    folder = data(tmp_path)
    one, again, other = (
        train(tuned(seed=seed, **fields), folder, tmp_path / name) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert same(one, again)
    assert not same(one, other)


@pytest.mark.parametrize(
    "fields",
    [
        {"feed": "scheduled"},
        {"loss": "reference", "thresholds": "", "optimizer": "adam", "decay": 0.0, "floor": 1.0, "clip": 0.0},
        {"recompute": True, "model": "ms-motionrnn", "crop": 16, "steps": 1},
        {"moving": False, "matched": False, "thresholds": "", "residual": False, "init": "torch", "depth": 2},
    ],
)
def test_every_way_to_train_changes_the_weights(tmp_path: Path, fields: dict[str, Any]) -> None:
    recipe, lines = tuned(average=0.0, **fields), list[Line]()
    network = train(recipe, data(tmp_path), tmp_path / "out", lines.append)
    assert all(np.isfinite([line["loss"], line["gradient"]]).all() for line in lines)
    assert not same(network, train(tuned(**{**fields, "rate": 1e-9}), data(tmp_path), tmp_path / "still"))


def test_every_step_is_logged_and_reported(tmp_path: Path) -> None:
    lines: list[Line] = []
    train(TINY, data(tmp_path), tmp_path / "out", lines.append)
    log = (tmp_path / "out" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in log] == lines
    assert [line["step"] for line in lines] == [1, 2, 3]
    assert [line["rate"] for line in lines] == pytest.approx([0.0005, 0.001, 0.001])
    assert all(line["loss"] > 0 and line["gradient"] > 0 and line["seconds"] > 0 for line in lines)


def test_the_weights_are_averaged_over_the_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[torch.Tensor] = []
    advance = Run.advance

    def watched(run: Run, folder: Path) -> Line:
        line = advance(run, folder)
        seen.append(run.network.get_parameter("head.bias").detach().clone())
        return line

    monkeypatch.setattr(Run, "advance", watched)
    trained = train(tuned(average=0.75), data(tmp_path), tmp_path / "out")
    first, second, third = seen
    wanted = 0.75 * (0.75 * first + 0.25 * second) + 0.25 * third
    torch.testing.assert_close(trained.get_parameter("head.bias").detach(), wanted)


@pytest.mark.parametrize("accumulate", [2, 4])
def test_a_batch_in_parts_is_the_same_batch(tmp_path: Path, accumulate: int) -> None:
    whole, parts = list[Line](), list[Line]()
    one = train(tuned(batch=4), data(tmp_path), tmp_path / "whole", whole.append)
    other = train(tuned(batch=4, accumulate=accumulate), data(tmp_path), tmp_path / "parts", parts.append)
    for key in ("loss", "gradient"):
        assert [line[key] for line in parts] == pytest.approx([line[key] for line in whole], rel=1e-4)
    for name, value in one.state_dict().items():
        torch.testing.assert_close(other.state_dict()[name], value, rtol=0, atol=5e-5)


def test_parts_count_by_what_was_observed_in_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = tuned(batch=2, accumulate=2)
    run = at_start(recipe, data(tmp_path))
    pixels, observed = run.batches.batch()
    observed[0, :, :, 2:] = False
    monkeypatch.setattr(run.batches, "batch", lambda: (pixels, observed))
    whole = rollout(recipe, run.network)(pixels, observed).item()
    assert run.advance(tmp_path)["loss"] == pytest.approx(whole, rel=1e-5)


@pytest.mark.parametrize("wrong", [torch.nan, torch.inf])
def test_a_loss_that_is_not_finite_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: float) -> None:
    factors, forward = iter([1.0, wrong]), Rollout.forward
    monkeypatch.setattr(Rollout, "forward", lambda *given: forward(*given) * next(factors))
    with pytest.raises(BadInput, match=r"The loss is not finite at step 2; the batch is saved in .*bad-batch\.pt\."):
        train(TINY, data(tmp_path), tmp_path / "out")
    kept, observed = torch.load(tmp_path / "out" / "bad-batch.pt", weights_only=True)
    assert kept.shape == observed.shape == (2, 5, 1, 16, 16)
    assert len((tmp_path / "out" / "log.jsonl").read_text().splitlines()) == 1


def test_a_gradient_that_is_not_finite_leaves_the_weights_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = at_start(TINY, data(tmp_path))
    before = {name: value.clone() for name, value in run.network.state_dict().items()}
    forward = Rollout.forward
    # the square root of nothing: the loss is what it was, its slope is infinite
    monkeypatch.setattr(
        Rollout, "forward", lambda it, *given: forward(it, *given) + (0 * it.network.head.bias).sqrt().sum()
    )
    with pytest.raises(BadInput, match="The gradient is not finite at step 1; the batch is saved"):
        run.advance(tmp_path)
    assert all(torch.equal(before[name], value) for name, value in run.network.state_dict().items())


def test_a_rate_that_is_too_high_is_such_a_case(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not finite at step"):
        train(tuned(rate=1e30, steps=20), data(tmp_path), tmp_path / "out")


def test_the_best_weights_on_validation_are_kept(tmp_path: Path) -> None:
    recipe = tuned(steps=2, rate=0.5, warmup=0, average=0.0, check_every=1, check_windows=2, validation="seen")
    lines: list[Line] = []
    folder = data(tmp_path, "blob", "seen")
    network = train(recipe, folder, tmp_path / "out", lines.append)
    checks = [line["check"] for line in lines]
    assert np.argmin(checks) < 1  # with such a rate the last is not the best: else this test shows nothing
    best = at_start(recipe, folder)
    for _ in range(int(np.argmin(checks)) + 1):
        best.advance(tmp_path)
    assert same(network, best.network)


def hko7(folder: Path) -> None:
    hko7_archive(folder, {"train": ["20150506"]}, {"20150506": range(6)})


def moving_mnist(folder: Path) -> None:
    idx_file(folder / "train-images-idx3-ubyte", digit_images(100))


def taxibj(folder: Path) -> None:
    for year in (13, 14, 15, 16):
        days = [datetime(2000 + year, 7, day, tzinfo=UTC) for day in range(1, 16)]
        stamps = [stamp for day in days for stamp in taxibj_day(day)]
        flows = np.random.default_rng(year).integers(0, 1000, (len(stamps), 2, 32, 32)).astype(np.float64)
        taxibj_file(folder / f"BJ{year}_M32x32_T30_InOut.h5", stamps, flows)


NO_RAIN = {"moving": False, "matched": False, "thresholds": "", "coarsen": "1", "loss": "mse+mae"}


@pytest.mark.parametrize(
    ("lay", "fields"),
    [
        (hko7, {"data": "hko7", "coarsen": "1", "moving": False}),
        (moving_mnist, {"data": "moving-mnist", "crop": 0, **NO_RAIN}),
        (taxibj, {"data": "taxibj", "crop": 0, "past": 4, "future": 4, **NO_RAIN}),
    ],
)
def test_every_data_set_trains_by_the_same_recipe(
    tmp_path: Path, lay: Callable[[Path], None], fields: dict[str, Any]
) -> None:
    lay(tmp_path)
    recipe, lines = tuned(steps=2, feed="reverse", **fields), list[Line]()
    network = train(recipe, tmp_path, tmp_path / "out", lines.append)
    assert [line["step"] for line in lines] == [1, 2]
    assert network.embed.in_channels == (2 if recipe.data == "taxibj" else 1)
    assert same(network, train(recipe, tmp_path, tmp_path / "out"))


def test_whole_frames_must_suit_the_network(tmp_path: Path) -> None:
    moving_mnist(tmp_path)
    recipe = tuned(data="moving-mnist", model="ms-motionrnn", crop=0, patch=3, **NO_RAIN)
    with pytest.raises(BadInput, match="Frames are 64 x 64, but this network wants multiples of 24; set crop"):
        train(recipe, tmp_path, tmp_path / "out")


def test_no_data_no_training(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no radar event"):
        train(TINY, tmp_path, tmp_path / "out")


def test_processes_and_parts_share_a_batch_evenly(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"batch is 2, which 1 processes with 4 parts \(accumulate\) do not share evenly"
    ):
        train(Recipe(batch=2, accumulate=4), tmp_path, tmp_path / "out")
