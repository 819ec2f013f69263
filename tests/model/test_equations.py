"""Every cell against its equations, over several steps, on maps that are not square."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from model.cells import GHU, MIM, STLSTM, CausalLSTM, Cell, ConvLSTM, Motion, TrajGRU
from tests.model.equations import step
from tests.model.samples import enliven

WIDTH, STEPS = 4, 3
CELLS: dict[str, Callable[[int], Cell]] = {
    "convlstm": lambda kernel: ConvLSTM(WIDTH, kernel),
    "trajgru": lambda kernel: TrajGRU(WIDTH, kernel, links=3),
    "st-lstm": lambda kernel: STLSTM(WIDTH, kernel),
    "causal-lstm": lambda kernel: CausalLSTM(WIDTH, kernel),
    "ghu": lambda kernel: GHU(WIDTH, CausalLSTM(WIDTH, kernel), kernel),
    "ghu-around-mim": lambda kernel: GHU(WIDTH, MIM(WIDTH, kernel), kernel),
    "mim": lambda kernel: MIM(WIDTH, kernel),
    "motion-around-st-lstm": lambda kernel: Motion(WIDTH, STLSTM(WIDTH, kernel)),
    "motion-around-mim": lambda kernel: Motion(WIDTH, MIM(WIDTH, kernel)),
}


def cell(name: str, kernel: int = 3) -> Cell:
    torch.manual_seed(3)
    return enliven(CELLS[name](kernel)).double()


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize(("kernel", "shape"), [(1, (1, 1)), (3, (3, 2)), (5, (2, 3))])
@torch.no_grad()
def test_a_cell_follows_its_equations(name: str, kernel: int, shape: tuple[int, int]) -> None:
    made = cell(name, kernel)
    height, width = (made.stride * side for side in shape)
    xs, ms = torch.randn(2, STEPS, 2, WIDTH, height, width, dtype=torch.float64)
    state = made.begin(xs[0])
    by_hand = [[tensor[sample].numpy() for tensor in state] for sample in (0, 1)]
    for x, m in zip(xs, ms, strict=True):
        state, memory = made(x, m, state)
        for sample in (0, 1):
            by_hand[sample], wanted = step(made, x[sample].numpy(), m[sample].numpy(), by_hand[sample])
            np.testing.assert_allclose(memory[sample], wanted, rtol=0, atol=1e-12)
            for ours, theirs in zip(state, by_hand[sample], strict=True):
                np.testing.assert_allclose(ours[sample], theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", CELLS)
@torch.no_grad()
def test_a_cell_keeps_the_shapes_of_its_state(name: str) -> None:
    made, x = cell(name), torch.rand(2, WIDTH, 4, 6, dtype=torch.float64)
    state, memory = made(x, x, made.begin(x))
    assert [tensor.shape for tensor in state] == [tensor.shape for tensor in made.begin(x)]
    assert state[0].shape == memory.shape == x.shape


@pytest.mark.parametrize("name", CELLS)
@torch.no_grad()
def test_biases_act_on_the_zero_state(name: str) -> None:
    made, zero = cell(name), torch.zeros(1, WIDTH, 4, 6, dtype=torch.float64)
    state, _ = made(zero, zero, made.begin(zero))
    assert state[0].abs().mean() > 0.01


@torch.no_grad()
def test_without_flow_a_motion_looks_at_the_square_around_each_pixel() -> None:
    made = Motion(WIDTH, STLSTM(WIDTH)).double()
    small = torch.rand(1, 1, 3, 5, dtype=torch.float64)
    made.mask.weight.zero_()
    torch.nn.init.constant_(torch.as_tensor(made.mask.bias), 40)  # a mask of one
    seen = made.neighbourhood(small, torch.zeros(1, 18, 3, 5, dtype=torch.float64))
    wanted = torch.nn.functional.unfold(small, 3, padding=1).view(1, 9, 3, 5)
    torch.testing.assert_close(seen, wanted, rtol=0, atol=1e-12)
