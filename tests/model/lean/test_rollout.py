"""The lean rollout says what the network says, in whatever strips."""

from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import pixel_shuffle

from model.cells import GHU, MIM, STLSTM, CausalLSTM, Cell, ConvLSTM, Motion, TrajGRU
from model.lean.eager import Eager, Kernels
from model.lean.memories import MemoryLayer
from model.lean.rollout import Lean, Rollout, fits, folded, unfolded
from model.lean.strips import Layer
from model.lean.tiles import TiledLayer
from model.nowcaster import Nowcaster, Said
from model.runners import kernels
from model.stack import Stack
from model.zoo import MODELS
from tests.model.samples import lively, pixels

LEADS = 4
VARIANTS: list[dict[str, Any]] = [
    {},
    {"patch": 2, "residual": True, "thresholds": (1.0, 2.0)},
    {"kernel": 5, "channels": 2, "scales": (1, 3, 6, 6, 3, 1), "links": 3},
    {"kernel": 1, "depth": 1},
    {"reference": True},
]
variants = pytest.mark.parametrize("fields", VARIANTS, ids=lambda fields: "-".join(fields) or "plain")
families = pytest.mark.parametrize("model", ["ms-convlstm", "convlstm", "ms-trajgru", "trajgru"])
with_memory = pytest.mark.parametrize("model", ["ms-predrnn", "ms-predrnn++", "ms-mim", "ms-motionrnn"])
either = pytest.mark.parametrize("used", [Eager(), kernels()], ids=["torch", "fastest"])


def gentle(model: str, **fields: Any) -> Nowcaster:
    """A network of weights that show, but not so large that a TrajGRU, whose states have no bound, is chaotic."""
    made = lively(model, **fields)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.mul_(0.4)
    return made.eval()


def past_of(network: Nowcaster, fields: dict[str, Any], height: int = 24, width: int = 48) -> Tensor:
    return pixels(1, 3, fields.get("channels", 1), height + -height % network.stride, width + -width % network.stride)


@torch.inference_mode()
def wanted(network: Nowcaster, past: Tensor) -> list[Said]:
    return list(network.said(past, LEADS))[-LEADS:]


@torch.inference_mode()
def lean(network: Nowcaster, past: Tensor, used: Kernels, precision: torch.dtype = torch.float32) -> list[Said]:
    return list(Lean(network, precision, used).said(past.unbind(1), LEADS))


def gap(ours: list[Said], theirs: list[Said]) -> float:
    """The largest difference of any number said, over the largest of them."""
    pairs = [(a, b) for one, other in zip(ours, theirs, strict=True) for a, b in zip(one, other, strict=True)]
    return max(float((a - b).abs().max() / b.abs().max()) for a, b in pairs if a is not None and b is not None)


@either
@variants
@families
def test_float32_is_the_network_to_rounding(model: str, fields: dict[str, Any], used: Kernels) -> None:
    network = gentle(model, **fields)
    past = past_of(network, fields)
    ours, theirs = lean(network, past, used), wanted(network, past)
    assert [said.chances is None for said in ours] == [said.chances is None for said in theirs]
    assert gap(ours, theirs) < 2e-5


@either
@variants
@families
def test_bfloat16_is_the_network_roughly(model: str, fields: dict[str, Any], used: Kernels) -> None:
    network = gentle(model, **fields)
    past = past_of(network, fields)
    assert gap(lean(network, past, used, torch.bfloat16), wanted(network, past)) < 0.05


@either
@variants
@with_memory
def test_with_a_memory_that_runs_through_the_layers(model: str, fields: dict[str, Any], used: Kernels) -> None:
    layers = {} if "scales" in fields else {"depth": max(2, fields.get("depth", 4))}
    network = gentle(model, **{**fields, **layers})
    past = past_of(network, fields)
    theirs = wanted(network, past)
    assert gap(lean(network, past, used), theirs) < 2e-5
    assert gap(lean(network, past, used, torch.bfloat16), theirs) < 0.05


@pytest.mark.parametrize("model", ["predrnn", "predrnn++", "mim", "motionrnn"])
@pytest.mark.parametrize("reference", [False, True])
def test_with_a_memory_and_one_scale(model: str, reference: bool) -> None:
    network = gentle(model, reference=reference)
    past = past_of(network, {}, 8, 12)
    assert gap(lean(network, past, kernels()), wanted(network, past)) < 2e-5


@pytest.mark.parametrize(
    ("sizes", "precision"),
    [((8, 5), torch.float32), ((8, 5), torch.bfloat16), ((32, 3), torch.bfloat16)],
    ids=["float32", "bfloat16", "tiles"],
)
@pytest.mark.parametrize("side", [(40, 20), (8, 44)])
@with_memory
def test_memories_leave_no_seam(
    model: str, side: tuple[int, int], sizes: tuple[int, int], precision: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = gentle(model, width=sizes[0], kernel=sizes[1], depth=3)
    past = past_of(network, {}, *side)
    monkeypatch.setattr(MemoryLayer, "pixels", 10**6)
    whole = lean(network, past, kernels(), precision)
    for most in (1, 150):
        monkeypatch.setattr(MemoryLayer, "pixels", most)
        assert gap(lean(network, past, kernels(), precision), whole) < (1e-5 if precision == torch.float32 else 1e-3)


@with_memory
def test_memories_on_matrix_tiles(model: str) -> None:
    network = gentle(model, width=32, depth=3)
    past = past_of(network, {})
    assert gap(lean(network, past, kernels(), torch.bfloat16), wanted(network, past)) < 0.02


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("most", [1, 150, 500])
@families
def test_strips_leave_no_seam(model: str, most: int, precision: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    network = gentle(model, kernel=5)
    past = past_of(network, {}, height=40)
    whole = lean(network, past, kernels(), precision)
    monkeypatch.setattr(Layer, "pixels", most)
    assert gap(lean(network, past, kernels(), precision), whole) < (1e-5 if precision == torch.float32 else 1e-3)


@variants
@families
def test_channels_that_matrix_tiles_hold(model: str, fields: dict[str, Any]) -> None:
    network = gentle(model, width=32, **{"depth": 2, "links": 2, **fields, "scales": None})
    past = past_of(network, fields)
    assert gap(lean(network, past, kernels()), wanted(network, past)) < 2e-5
    assert gap(lean(network, past, kernels(), torch.bfloat16), wanted(network, past)) < 0.02


@pytest.mark.parametrize("most", [1, 150])
@pytest.mark.parametrize("side", [(8, 44), (40, 20), (4, 4)])
@families
def test_tiles_leave_no_seam(model: str, side: tuple[int, int], most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    network = gentle(model, width=32, depth=3, scales=(1, 2, 1), links=2)
    past = past_of(network, {}, *side)
    whole = lean(network, past, kernels(), torch.bfloat16)
    monkeypatch.setattr(TiledLayer, "pixels", most)
    assert gap(lean(network, past, kernels(), torch.bfloat16), whole) < 1e-3


@pytest.mark.parametrize("model", ["ms-convlstm", "ms-trajgru"])
@pytest.mark.parametrize("side", [(4, 4), (4, 36), (36, 4)])
def test_small_maps(model: str, side: tuple[int, int]) -> None:
    network = gentle(model)
    past = past_of(network, {}, *side)
    assert gap(lean(network, past, kernels()), wanted(network, past)) < 2e-5


def test_leads_come_one_by_one_and_frames_go_in_one_by_one() -> None:
    network, eaten = gentle("ms-convlstm"), count()

    def frames() -> Iterator[Tensor]:
        for frame in pixels(1, 3, 1, 16, 16).unbind(1):
            next(eaten)
            yield frame

    with torch.inference_mode():
        said = Lean(network, torch.float32, Eager()).said(frames(), 10**9)
        assert len(list(islice(said, 2))) == 2
    assert next(eaten) == 3


def test_two_rollouts_at_once_do_not_meet() -> None:
    network = gentle("ms-trajgru")
    one, other = (pixels(1, 3, 1, 16, 16, seed=seed) for seed in (1, 2))
    made = Lean(network, torch.float32, kernels())
    with torch.inference_mode():
        together = list(zip(made.said(one.unbind(1), 2), made.said(other.unbind(1), 2), strict=True))
        alone = list(made.said(other.unbind(1), 2))
    assert torch.equal(together[1][1].frame, alone[1].frame)


@either
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("part", ["gates.weight", "gates.bias"])
def test_what_is_no_number_comes_through(part: str, precision: torch.dtype, used: Kernels) -> None:
    network = gentle("ms-convlstm")
    torch.nn.init.constant_(network.stack.layers[2].get_parameter(part), torch.nan)
    said = lean(network, past_of(network, {}), used, precision)
    assert not torch.isfinite(said[-1].frame).any()


def stacked(*cells: Cell) -> Nowcaster:
    """A network of these layers, of 4 channels each."""
    torch.manual_seed(0)
    return Nowcaster(Stack(cells, [1] * len(cells)), 4).eval()


def test_every_network_of_the_zoo_is_run_lean() -> None:
    assert [name for name in MODELS if not fits(lively(name))] == []


class Other(ConvLSTM):
    """A cell that could do anything."""


@pytest.mark.parametrize(
    "cells",
    [
        [Other(4)],
        [ConvLSTM(4), STLSTM(4)],
        [GHU(4, GHU(4, MIM(4)))],
        [Motion(4, CausalLSTM(4))],  # type: ignore[arg-type]
    ],
    ids=["derived", "with and without a memory", "nested", "without an output gate of its own"],
)
def test_only_cells_whose_step_is_known_are_run_lean(cells: list[Cell]) -> None:
    assert not fits(stacked(*cells))


def test_a_network_of_known_cells_is_run_lean() -> None:
    network = stacked(GHU(4, MIM(4)), CausalLSTM(4), Motion(4, MIM(4)))
    past = past_of(network, {}, 8, 12)
    assert gap(lean(network, past, kernels()), wanted(network, past)) < 2e-5


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16], ids=str)
def test_trajgrus_of_a_size_share_their_maps(precision: torch.dtype) -> None:
    made = Rollout(Lean(gentle("ms-trajgru", width=32), precision, kernels()), 16, 16)
    assert len({id(layer.turns) for layer in made.layers}) == 3  # type: ignore[attr-defined]


def test_trajgrus_of_a_size_may_have_different_kernels() -> None:
    network = stacked(TrajGRU(4, 3, 2), TrajGRU(4, 5, 2), TrajGRU(4, 3, 2))
    past = past_of(network, {}, 8, 12)
    assert gap(lean(network, past, kernels()), wanted(network, past)) < 2e-5


@pytest.mark.parametrize("patch", [1, 2, 3])
def test_blocks_are_unfolded_as_torch_does(patch: int) -> None:
    out = torch.rand(4, 5, 3 * patch**2)
    assert torch.equal(folded(unfolded(out, patch), patch), out)
    torch.testing.assert_close(unfolded(out, patch), pixel_shuffle(out.permute(2, 0, 1)[None], patch), rtol=0, atol=0)
