"""Training learns, repeats itself, and stops when it goes wrong."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from model import checkpoint
from model import train as training
from model.publish import blank_card
from model.recipe import Recipe
from model.train import begin_from, events_of, network_of, rate_factor, rollout_loss, train
from model.windows import Windows
from radar.errors import BadInput, UnknownMethod
from tests.model.samples import blob, event_file, pixels

TINY = Recipe(width=8, patch=1, past=3, future=2, crop=16, batch=2, steps=3, warmup=2, average=0.9, bf16=False)


def data(folder: Path) -> Path:
    """A folder with one event: a blob that moves."""
    event_file(folder / "data" / "blob.nc", blob(12, 16, 16))
    return folder / "data"


def tuned(**fields: object) -> Recipe:
    return Recipe(**{**vars(TINY), **fields})


def test_it_learns_to_move_a_blob(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = tuned(steps=60, rate=2e-2, warmup=5, batch=1)
    same = Windows(events_of(recipe, data(tmp_path)), 5, 16, seed=1).batch(1)
    monkeypatch.setattr(Windows, "batch", lambda *_: same)
    lines: list[dict[str, float]] = []
    network = train(recipe, tmp_path / "data", tmp_path / "out", lines.append)
    persistence = rollout_loss(recipe, network_of(recipe).build(), *same).item()
    assert lines[0]["loss"] == pytest.approx(persistence)
    assert np.mean([line["loss"] for line in lines[-5:]]) < 0.6 * persistence
    assert rollout_loss(recipe, network, *same).item() < 0.6 * persistence


@pytest.mark.parametrize("bf16", [False, True])
def test_the_same_seed_gives_the_same_weights(tmp_path: Path, bf16: bool) -> None:
    def weights(seed: int) -> list[torch.Tensor]:
        made = train(tuned(seed=seed, bf16=bf16, steps=2), data(tmp_path), tmp_path / f"{seed}")
        return list(made.state_dict().values())

    one, again, other = weights(1), weights(1), weights(2)
    assert all(torch.equal(left, right) for left, right in zip(one, again, strict=True))
    assert not all(torch.equal(left, right) for left, right in zip(one, other, strict=True))


def test_every_step_is_logged_and_reported(tmp_path: Path) -> None:
    lines: list[dict[str, float]] = []
    train(TINY, data(tmp_path), tmp_path / "out", lines.append)
    log = (tmp_path / "out" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in log] == lines
    assert [line["step"] for line in lines] == [1, 2, 3]
    assert all(line["loss"] > 0 and line["gradient"] > 0 and line["seconds"] > 0 for line in lines)


def test_the_weights_are_averaged_over_the_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[torch.Tensor] = []
    real = training.steps

    def watched(*given: object) -> object:
        for line in real(*given):  # type: ignore[arg-type]
            yield line
            seen.append(given[2].head.bias.detach().clone())  # type: ignore[attr-defined]

    monkeypatch.setattr(training, "steps", watched)
    trained = train(tuned(average=0.75), data(tmp_path), tmp_path / "out")
    first, second, third = seen
    wanted = 0.75 * (0.75 * first + 0.25 * second) + 0.25 * third
    torch.testing.assert_close(trained.get_parameter("head.bias").detach(), wanted)


@pytest.mark.parametrize("loss", [torch.nan, torch.inf])
def test_a_loss_that_is_not_finite_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loss: float) -> None:
    losses = iter([1.0, loss])
    real = training.rollout_loss
    monkeypatch.setattr(training, "rollout_loss", lambda *given: real(*given) * next(losses))
    with pytest.raises(BadInput, match=r"not finite at step 2; the batch is saved in .*bad-batch\.pt"):
        train(TINY, data(tmp_path), tmp_path / "out")
    kept, observed = torch.load(tmp_path / "out" / "bad-batch.pt", weights_only=True)
    assert kept.shape == observed.shape == (2, 5, 1, 16, 16)
    assert len((tmp_path / "out" / "log.jsonl").read_text().splitlines()) == 1


def test_a_rate_that_is_too_high_is_such_a_case(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="The loss is not finite at step"):
        train(tuned(rate=1e30, steps=20), data(tmp_path), tmp_path / "out")


def test_the_loss_does_not_see_what_was_not_observed() -> None:
    network, true = network_of(TINY).build(), pixels(1, 5, 1, 16, 16)
    seen = torch.ones_like(true).bool()
    seen[:, 3:, :, :8] = False
    other = true.clone()
    other[:, 3:, :, :8] = 0.5
    assert rollout_loss(TINY, network, true, seen).item() == rollout_loss(TINY, network, other, seen).item()
    assert rollout_loss(TINY, network, true, seen).item() != rollout_loss(TINY, network, true, ~seen).item()


def test_the_loss_of_persistence_by_hand() -> None:
    true = torch.zeros(1, 5, 1, 16, 16)  # encodes no rain: every weight is 1
    true[:, :3] = 0.1
    by_hand = (0.1 + 0.1**2) * 2 / 4  # two of the four predictions say 0.1 where 0 comes
    recipe = tuned(thresholds="")
    loss = rollout_loss(recipe, network_of(recipe).build(), true, torch.ones_like(true).bool())
    assert loss.item() == pytest.approx(by_hand, rel=1e-5)


def test_chances_that_know_nothing_cost_one_bit_each() -> None:
    true = pixels(1, 5, 1, 16, 16)
    with_chances, without = (
        rollout_loss(recipe, network_of(recipe).build(), true, torch.ones_like(true).bool()).item()
        for recipe in (tuned(thresholds="0.5,2", chance_weight=0.1), tuned(thresholds=""))
    )
    assert with_chances - without == pytest.approx(0.1 * math.log(2), rel=1e-4)


def test_a_run_begins_from_a_checkpoint(tmp_path: Path) -> None:
    recipe = tuned(thresholds="")
    kept = network_of(recipe).build()
    nn.init.constant_(kept.embed.weight, 0.25)
    checkpoint.write(tmp_path / "kept", kept, blank_card(recipe, []))
    begun = network_of(TINY).build()
    begin_from(begun, tmp_path / "kept")
    assert all(torch.equal(begun.state_dict()[name], value) for name, value in kept.state_dict().items())
    with pytest.raises(BadInput, match="do not fit the network of this recipe"):
        begin_from(network_of(tuned(width=4)).build(), tmp_path / "kept")


def test_events_held_out_are_not_seen_and_wide_ones_come_coarser_too(tmp_path: Path) -> None:
    for name, side in (("small", 16), ("wide", 66), ("apart", 16), ("later", 16)):
        event_file(tmp_path / f"{name}.nc", blob(5, side, side))
    events = events_of(tuned(held_out="apart,later", coarsen="1,2,3"), tmp_path)
    assert [event.name for event in events] == ["small", "wide", "wide/2", "wide/3"]
    assert [event.pixels.shape[1:] for event in events[1:]] == [(66, 66), (33, 33), (22, 22)]


def test_no_coarser_ones(tmp_path: Path) -> None:
    event_file(tmp_path / "wide.nc", blob(5, 66, 66))
    assert [event.name for event in events_of(tuned(coarsen=""), tmp_path)] == ["wide"]


@pytest.mark.parametrize("coarsen", ["two", "1,2.5", "-2"])
def test_coarsening_is_by_whole_numbers(tmp_path: Path, coarsen: str) -> None:
    event_file(tmp_path / "wide.nc", blob(5, 66, 66))
    with pytest.raises(BadInput, match=f"coarsen is whole numbers with commas, not '{coarsen}'"):
        events_of(tuned(coarsen=coarsen), tmp_path)


@pytest.mark.parametrize(("patch", "stride"), [(1, 4), (2, 8)])
def test_a_crop_must_suit_the_network(tmp_path: Path, patch: int, stride: int) -> None:
    with pytest.raises(BadInput, match=f"crop is 14, but this network wants a multiple of {stride}"):
        train(tuned(crop=14, patch=patch), data(tmp_path), tmp_path / "out")


def test_no_data_no_training(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no radar event"):
        train(TINY, tmp_path, tmp_path / "out")


def test_no_such_network(tmp_path: Path) -> None:
    with pytest.raises(UnknownMethod, match="There is no network 'gpt'"):
        train(tuned(model="gpt"), data(tmp_path), tmp_path / "out")


def test_the_rate_warms_up_and_cools_down() -> None:
    recipe = tuned(warmup=10, steps=110)
    factors = [rate_factor(recipe, step) for step in range(111)]
    assert factors[:3] == pytest.approx([0.1, 0.2, 0.3])
    assert factors[10] == pytest.approx(1)
    assert factors[60] == pytest.approx(0.505)
    assert factors[110] == pytest.approx(0.01)
    assert factors[10:] == sorted(factors[10:], reverse=True)
