"""The loss of a batch, by hand; and what is forgotten on the way is not missed."""

import math

import pytest
import torch

from model.recipe import Recipe
from model.training.rollout import Forgetful, device_of, in_bf16
from radar.errors import BadInput
from tests.model.samples import lively, pixels
from tests.model.training.tiny import CPU, TINY, rollout, tuned


def seen(true: torch.Tensor) -> torch.Tensor:
    return torch.ones_like(true).bool()


def test_the_loss_does_not_see_what_was_not_observed() -> None:
    minimised, true = rollout(TINY), pixels(1, 5, 1, 16, 16)
    observed = seen(true)
    observed[:, 3:, :, :8] = False
    other = true.clone()
    other[:, 3:, :, :8] = 0.5
    assert minimised(true, observed).item() == minimised(other, observed).item()
    assert minimised(true, observed).item() != minimised(true, ~observed).item()


def test_the_loss_of_persistence_by_hand() -> None:
    true = torch.zeros(1, 5, 1, 16, 16)  # encodes no rain: every weight is 1
    true[:, :3] = 0.1
    by_hand = (0.1 + 0.1**2) * 2 / 4  # two of the four predictions say 0.1 where 0 comes
    assert rollout(tuned(thresholds=""))(true, seen(true)).item() == pytest.approx(by_hand, rel=1e-5)


def test_chances_that_know_nothing_cost_one_bit_each() -> None:
    true = pixels(1, 5, 1, 16, 16)
    recipes = tuned(thresholds="0.5,2", chance_weight=0.1), tuned(thresholds="")
    with_chances, without = (rollout(recipe)(true, seen(true)).item() for recipe in recipes)
    assert with_chances - without == pytest.approx(0.1 * math.log(2), rel=1e-4)


def test_a_mask_of_one_channel_holds_for_all() -> None:
    minimised = rollout(tuned(data="taxibj", thresholds="", loss="mse+mae", moving=False, matched=False))
    true = pixels(1, 5, 2, 16, 16)
    assert minimised(true, seen(true)[:, :, :1]).item() == minimised(true, seen(true)).item()


def test_a_fed_frame_is_eaten_and_the_others_are_not() -> None:
    recipe = tuned(thresholds="", residual=False)
    minimised, true = rollout(recipe, lively(patch=1)), pixels(2, 5, 1, 16, 16)
    never, always = torch.zeros(2, 3, dtype=torch.bool), torch.ones(2, 3, dtype=torch.bool)
    known = torch.tensor([[True, True, False]] * 2)
    torch.testing.assert_close(minimised.said(true, known)[0], minimised.said(true, None)[0])
    other = true.clone()
    other[:, 1:] = 0
    torch.testing.assert_close(minimised.said(true, never)[0], minimised.said(other, never)[0])
    apart = minimised.said(true, always)[0] - minimised.said(true, None)[0]
    assert not apart[:, :3].any()
    assert apart[:, 3].any()


def test_samples_are_fed_for_themselves() -> None:
    minimised, true = rollout(tuned(thresholds="")), pixels(2, 5, 1, 16, 16)
    mixed = torch.tensor([[True, True, True], [False, False, False]])
    said = minimised.said(true, mixed)[0]
    for at in range(2):
        alone = minimised.said(true[at : at + 1], mixed[at : at + 1])[0]
        torch.testing.assert_close(said[at : at + 1], alone)


@pytest.mark.parametrize("model", ["ms-convlstm", "ms-trajgru", "predrnn++", "ms-motionrnn"])
@pytest.mark.parametrize("bf16", [False, True])
def test_forgetting_changes_no_gradient(model: str, bf16: bool) -> None:
    recipe, true = tuned(model=model, bf16=bf16, links=2), pixels(2, 5, 1, 16, 16)

    def gradients(forget: bool) -> list[torch.Tensor]:
        minimised = rollout(recipe, lively(model, thresholds=(0.5, 1.0, 2.0, 5.0, 10.0), links=2))
        if forget:
            minimised.network.stack = Forgetful.like(minimised.network.stack)
        minimised(true, seen(true)).backward()
        return [weight.grad for weight in minimised.parameters() if weight.grad is not None]

    kept, forgotten = gradients(forget=False), gradients(forget=True)
    assert len(kept) == len(forgotten) > 0
    assert all(torch.equal(one, other) for one, other in zip(kept, forgotten, strict=True))


def saved_bytes(recipe: Recipe, forget: bool) -> int:
    """What autograd keeps for the backward pass of a rollout, each storage once."""
    minimised, true = rollout(recipe), pixels(1, recipe.past + recipe.future, 1, 32, 32)
    if forget:
        minimised.network.stack = Forgetful.like(minimised.network.stack)
    kept: dict[int, int] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = minimised(true, seen(true))
    assert loss.requires_grad  # the graph, and with it all that was kept, is alive while we count
    return sum(kept.values())


@pytest.mark.parametrize(("model", "times"), [("ms-convlstm", 4), ("convlstm", 9), ("ms-trajgru", 10)])
def test_forgetting_keeps_so_many_times_less(model: str, times: int) -> None:
    recipe = Recipe(model=model, width=16, bf16=False)
    assert times * saved_bytes(recipe, forget=True) < saved_bytes(recipe, forget=False)


def test_bf16_where_it_is_said_or_where_it_is_fast() -> None:
    assert [in_bf16(tuned(bf16=said), CPU) for said in (True, False)] == [True, False]
    assert in_bf16(tuned(bf16="auto"), CPU) == bool(torch.cpu.get_capabilities().get("avx512_bf16"))
    assert not in_bf16(tuned(bf16="auto"), torch.device("meta"))


def test_bf16_computes_otherwise() -> None:
    true, network = pixels(1, 5, 1, 16, 16), lively(thresholds=(0.5, 1.0, 2.0, 5.0, 10.0))
    exact, rounded = (rollout(tuned(bf16=said), network)(true, seen(true)).item() for said in (False, True))
    assert exact != rounded
    assert rounded == pytest.approx(exact, rel=0.05)


@pytest.mark.parametrize("name", ["abacus", "cuda:99", ""])
def test_no_such_device(name: str) -> None:
    with pytest.raises(BadInput, match=f"device is a torch device that is here, not '{name}'"):
        device_of(name)


def test_devices_by_name() -> None:
    assert device_of("cpu").type == "cpu"
    assert device_of("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
