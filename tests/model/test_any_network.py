"""Networks of other depth, scales, kernel, links and channels than the twelve, and the twelve with the quirks."""

from typing import Any

import pytest
import torch

from model.cells import GHU, MIM, STLSTM, CausalLSTM, Cell, Motion
from model.zoo import CELLS, MODELS, Network
from tests.model.samples import lively, pixels

OTHER: dict[str, Any] = {"depth": 4, "scales": (1, 2, 2, 1), "kernel": 5, "links": 3, "channels": 2}
DEEP: dict[str, Any] = {"depth": 7, "scales": (1, 2, 2, 4, 4, 2, 1)}
each_model = pytest.mark.parametrize("model", MODELS)
each_kind = pytest.mark.parametrize("fields", [OTHER, DEEP, {"reference": True}], ids=["other", "deep", "reference"])


def past(fields: dict[str, Any], batch: int = 1, *shape: int) -> torch.Tensor:
    return pixels(batch, 3, fields.get("channels", 1), *(shape or (8, 16))).double()


@each_model
@each_kind
@torch.no_grad()
def test_odd_numbers_of_frames_on_any_size_the_stride_divides(model: str, fields: dict[str, Any]) -> None:
    made = lively(model, **fields).double()
    for down, across in ((1, 3), (3, 1)):
        frames = past(fields, 2, down * made.stride, across * made.stride)
        said = made(frames, 5)
        assert said.shape == (2, 7, *frames.shape[2:])
        assert said.isfinite().all()


@each_model
@each_kind
@torch.no_grad()
def test_a_batch_equals_its_samples(model: str, fields: dict[str, Any]) -> None:
    made, frames = lively(model, **fields).double(), past(fields, 3)
    one_by_one = torch.cat([made(sample, 3) for sample in frames[:, None]])
    torch.testing.assert_close(made(frames, 3), one_by_one, rtol=1e-9, atol=1e-9)


@each_model
@each_kind
def test_every_parameter_has_a_gradient(model: str, fields: dict[str, Any]) -> None:
    made = lively(model, **fields).double()
    (made(past(fields), 3) ** 2).mean().backward()
    assert [name for name, tensor in made.named_parameters() if tensor.grad is None or not tensor.grad.any()] == []


@each_model
@torch.no_grad()
def test_the_quirks_show(model: str) -> None:
    plain, quirky = lively(model), lively(model, reference=True)
    quirky.load_state_dict(plain.state_dict())
    frames = past({}).float()
    same = torch.equal(plain(frames, 2), quirky(frames, 2))
    assert same == (model not in {"trajgru", "ms-trajgru", "motionrnn", "ms-motionrnn", "ms-mim"})


def kinds(model: str, depth: int) -> list[str]:
    """The cells of a network, wrappers with what is inside."""
    return [kind(cell) for cell in Network(model, width=4, depth=depth).build().stack.layers]


def kind(cell: Cell) -> str:
    return f"{type(cell).__name__}({kind(cell.cell)})" if isinstance(cell, GHU | Motion) else type(cell).__name__


@pytest.mark.parametrize("depth", [2, 3, 6, 7])
def test_the_layers_of_each_family(depth: int) -> None:
    causal, st, mim = CausalLSTM.__name__, STLSTM.__name__, MIM.__name__
    assert kinds("convlstm", depth) == ["ConvLSTM"] * depth
    assert kinds("trajgru", depth) == ["TrajGRU"] * depth
    assert kinds("predrnn", depth) == [st] * depth
    assert kinds("predrnn++", depth) == [causal, f"GHU({causal})", *[causal] * (depth - 2)]
    assert kinds("mim", depth) == [st, *[mim] * (depth - 1)]
    assert kinds("motionrnn", depth) == [f"Motion({st})", *[f"Motion({mim})"] * (depth - 2), mim]


def test_a_thirteenth_network_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CELLS, "ghu-mim", lambda n: [GHU(n.width, MIM(n.width, n.kernel)) for _ in range(n.depth)])
    monkeypatch.setattr("model.zoo.MODELS", (*MODELS, "ghu-mim", "ms-ghu-mim"))
    made = Network("ms-ghu-mim", width=4).build()
    assert made(pixels(1, 2, 1, 8, 4), 2).shape == (1, 3, 1, 8, 4)
