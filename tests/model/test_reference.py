"""The quirks of the reference, each against its sentence in ARCHITECTURES.md."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from model.cells import STLSTM, State
from model.reference import ReferenceMotion, ReferenceTrajGRU, stretched
from model.stack import rescale
from model.warp import warp
from tests.model.equations import Field, seen_along
from tests.model.samples import enliven, lively, pixels


def stretched_by_hand(v: Field, dx: Field, dy: Field) -> Field:
    """v at column (p + dx) W / (W - 1) - 1/2, rows alike (3.2)."""
    height, width = v.shape[1:]
    rows, columns = np.mgrid[:height, :width]
    at_x, at_y = (columns + dx) * width / max(width - 1, 1) - 0.5, (rows + dy) * height / max(height - 1, 1) - 0.5
    return seen_along(v, at_x - columns, at_y - rows)


@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (3, 7), (6, 1)])
def test_its_warp_stretches(shape: tuple[int, int]) -> None:
    torch.manual_seed(2)
    image, flows = torch.rand(2, 3, *shape).double(), torch.randn(2, 4, 2, *shape).double()
    seen = warp(image, stretched(flows))
    for sample, k in np.ndindex(2, 4):
        wanted = stretched_by_hand(image[sample].numpy(), *flows[sample, k].numpy())
        np.testing.assert_allclose(seen[sample, k], wanted, rtol=0, atol=1e-9)


def test_its_trajgru_looks_that_way() -> None:
    h, flows = torch.rand(1, 2, 3, 4).double(), torch.randn(1, 5, 2, 3, 4).double()
    assert torch.equal(ReferenceTrajGRU(2).look(h, flows), warp(h, stretched(flows)))


@pytest.mark.parametrize("mixes", [False, True])
@torch.no_grad()
def test_its_motion_takes_memory_for_shape(mixes: bool) -> None:
    """R1 and R2, by the flat indices of their definition; without `mixes` R1 as for one sample."""
    batch, few, height, width = 3, 2, 2, 4
    made = enliven(ReferenceMotion(4 * few, STLSTM(4 * few))).double()
    made.mixes = mixes
    small, flow = torch.rand(batch, few, height, width).double(), torch.randn(batch, 18, height, width).double()
    mask, pairs = made.mask(small).sigmoid().numpy(), flow.numpy().reshape(batch * 9, 2, height, width)
    maps = np.zeros((batch, few, height, width, 9))
    for b, j in np.ndindex(batch, 9):
        pair = pairs[j * batch + b] if mixes else pairs[b * 9 + j]
        maps[b, ..., j] = stretched_by_hand(small[b].numpy(), *pair) * mask[b, j]
    wanted = maps.ravel().reshape(batch, 9 * few, height, width)
    np.testing.assert_allclose(made.neighbourhood(small, flow), wanted, rtol=0, atol=1e-9)


def after_a_step(model: str) -> tuple[list[State], list[State]]:
    """The states of all layers after a step, ours and with the quirks, of the same weights."""
    ours, theirs = lively(model), lively(model, reference=True)
    theirs.load_state_dict(ours.state_dict())
    x = pixels(1, 8, 16, 16)
    return ours.stack(x, x, ours.stack.begin(x))[2], theirs.stack(x, x, theirs.stack.begin(x))[2]


@pytest.mark.parametrize("model", ["ms-mim", "ms-motionrnn"])
@torch.no_grad()
def test_its_last_input_lacks_the_skip(model: str) -> None:
    ours, theirs = after_a_step(model)
    for layer, scale in ((4, 2), (5, 1)):
        below, skip = (rescale(states[layer - 1][0], 2 * scale, scale) for states in (theirs, ours)), 5 - layer
        quirky, plain = below
        torch.testing.assert_close(theirs[layer][4], quirky)
        torch.testing.assert_close(ours[layer][4], plain + ours[skip][0])
    pooled = F.max_pool2d(theirs[0][0], 2)
    torch.testing.assert_close(theirs[1][4], pooled)
