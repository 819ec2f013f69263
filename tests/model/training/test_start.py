"""What a run begins with."""

from pathlib import Path

import pytest
import torch
from torch import nn

from model import checkpoint
from model.publish import blank_card
from model.training.start import GAIN, RARE, STILL, begin_from, begun, network_of
from radar.errors import BadInput, UnknownMethod
from tests.model.training.tiny import TINY, same, tuned


def test_a_network_has_what_the_recipe_says() -> None:
    recipe = tuned(
        data="taxibj", depth=2, kernel=5, patch=2, residual=False, thresholds="1", moving=False, matched=False, links=3
    )
    network = network_of(recipe)
    assert (network.width, network.depth, network.kernel, network.patch, network.links) == (8, 2, 5, 2, 3)
    assert (network.residual, network.moving, network.matched) == (False, False, False)
    assert (network.channels, network.thresholds) == (2, (1.0,))


def test_the_seed_decides_the_first_weights() -> None:
    assert same(begun(TINY), begun(TINY))
    assert not same(begun(TINY), begun(tuned(seed=1)))


def test_weights_may_be_normal_or_as_torch_has_them() -> None:
    normal, torchs = (begun(tuned(init=init)).stack.layers[0] for init in ("normal", "torch"))
    assert all(not bias.any() for name, bias in normal.named_parameters() if name.endswith("bias"))
    assert all(bias.any() for name, bias in torchs.named_parameters() if name.endswith("bias"))
    weight = normal.get_parameter("gates.weight")
    assert weight.std().item() == pytest.approx(1.4 / weight[0].numel() ** 0.5, rel=0.05)


@pytest.mark.parametrize("model", ["convlstm", "ms-trajgru", "ms-predrnn"])
def test_dry_ground_says_nothing_to_a_network_that_begins(model: str) -> None:
    network = begun(tuned(model=model, thresholds="0.5,5"))
    before = torch.zeros(1, network.embed.out_channels, 8, 8)
    states = network.stack.begin(before)
    seen, *_ = network.stack(network.embed(torch.zeros(1, network.embed.in_channels, 8, 8)), before, states)
    assert not seen.any()
    assert network.chance is not None
    assert (network.chance(seen) == RARE).all()


def test_flows_begin_near_zero() -> None:
    cell = begun(tuned(model="trajgru")).stack.cells[0]
    flow, motion = (cell.get_parameter(f"{name}.weight") for name in ("flow", "motion"))
    assert flow.std().item() == pytest.approx(STILL * GAIN / flow[0].numel() ** 0.5, rel=0.1)
    assert motion.std().item() == pytest.approx(GAIN / motion[0].numel() ** 0.5, rel=0.1)


def test_a_run_begins_from_a_checkpoint(tmp_path: Path) -> None:
    recipe = tuned(thresholds="")
    kept = network_of(recipe).build()
    nn.init.constant_(kept.embed.weight, 0.25)
    checkpoint.write(tmp_path / "kept", kept, blank_card(recipe, []))
    begun_from_it = begun(tuned(start=str(tmp_path / "kept")))
    weights = begun_from_it.state_dict()
    assert all(torch.equal(weights[name], value) for name, value in kept.state_dict().items())
    with pytest.raises(BadInput, match="do not fit the network of this recipe"):
        begin_from(network_of(tuned(width=4)).build(), tmp_path / "kept")


@pytest.mark.parametrize(("patch", "stride"), [(1, 4), (2, 8)])
def test_a_crop_must_suit_the_network(patch: int, stride: int) -> None:
    with pytest.raises(BadInput, match=f"crop is 14, but this network wants a multiple of {stride}"):
        begun(tuned(crop=14, patch=patch))


def test_no_such_network() -> None:
    with pytest.raises(UnknownMethod, match="There is no network 'gpt'"):
        begun(tuned(model="gpt"))
