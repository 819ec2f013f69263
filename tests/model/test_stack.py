"""Stacks against the tables of the paper, written out by hand."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from model.cells import ConvLSTM, State
from model.stack import Stack, balanced, rescale

WIDTH = 3


def stack(scales: Sequence[int]) -> Stack:
    torch.manual_seed(5)
    return Stack([ConvLSTM(WIDTH) for _ in scales], scales).double()


def field(height: int, width: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, WIDTH, height, width, generator=generator, dtype=torch.float64)


def two_steps(made: Stack, height: int, width: int) -> tuple[Tensor, Tensor, list[State]]:
    """Input, memory, and states that are not zero any more."""
    x, m = field(height, width, 1), field(height, width, 2)
    return x, m, made(field(height, width), m, made.begin(x))[2]


def same(one: Sequence[State], other: Sequence[State]) -> None:
    for left, right in zip(one, other, strict=True):
        torch.testing.assert_close(list(left), list(right), rtol=0, atol=1e-12)


def down(x: Tensor) -> Tensor:
    return F.max_pool2d(x, kernel_size=2, stride=2)


def up(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


@pytest.mark.parametrize("layers", [1, 2, 6])
def test_scales_all_one_are_the_cells_in_turn(layers: int) -> None:
    made = stack((1,) * layers)
    x, m, states = two_steps(made, 5, 7)
    out, memory, after = made(x, m, states)
    wanted = []
    for cell, state in zip(made.layers, states, strict=True):
        new, m = cell(x, m, state)
        x = new[0]
        wanted.append(new)
    same(after, wanted)
    torch.testing.assert_close((out, memory), (x, m))


def test_multi_scale_follows_the_table_of_the_paper() -> None:
    made = stack((1, 2, 4, 4, 2, 1))
    x, m, states = two_steps(made, 8, 12)
    out, memory, after = made(x, m, states)
    c = made.layers
    s0, m = c[0](x, m, states[0])
    s1, m = c[1](down(s0[0]), down(m), states[1])
    s2, m = c[2](down(s1[0]), down(m), states[2])
    s3, m = c[3](s2[0], m, states[3])
    s4, m = c[4](up(s3[0]) + s1[0], up(m), states[4])
    s5, m = c[5](up(s4[0]) + s0[0], up(m), states[5])
    same(after, [s0, s1, s2, s3, s4, s5])
    torch.testing.assert_close((out, memory), (s5[0], m))


def test_a_jump_of_two_scales() -> None:
    made = stack((1, 4, 1))
    x, m, states = two_steps(made, 8, 4)
    out, memory, after = made(x, m, states)
    s0, m = made.layers[0](x, m, states[0])
    s1, m = made.layers[1](F.max_pool2d(s0[0], 4), F.max_pool2d(m, 4), states[1])
    wide = F.interpolate(s1[0], size=(8, 4), mode="bilinear", align_corners=False)
    s2, _ = made.layers[2](wide + s0[0], m, states[2])
    same(after, [s0, s1, s2])
    assert out is after[2][0]
    torch.testing.assert_close(memory, F.interpolate(m, size=(8, 4), mode="bilinear", align_corners=False))


def test_memory_gets_no_skip() -> None:
    made = stack((1, 2, 4, 4, 2, 1))
    x, m = field(8, 8), torch.zeros(2, WIDTH, 8, 8, dtype=torch.float64)
    assert not made(x, m, made.begin(x))[1].any()


@pytest.mark.parametrize(
    "scales", [(1,), (1, 2, 2, 1), (1, 4, 1), (1, 2, 1, 2, 1), (1, 1, 3, 3, 1), (1, 2, 4, 8, 4, 2, 1)]
)
def test_any_list_that_comes_back_works(scales: tuple[int, ...]) -> None:
    made = stack(scales)
    side = 3 * made.stride
    x, m, states = two_steps(made, side, 2 * side)
    out, memory, after = made(x, m, states)
    assert out.shape == memory.shape == x.shape
    assert [tuple(state[0].shape[2:]) for state in after] == [(side // n, 2 * side // n) for n in scales]


@pytest.mark.parametrize("scales", [(), (2,), (2, 1), (1, 2), (1, 2, 4, 1), (1, 4, 2, 1), (1, 2, 3, 2, 1), (1, 0, 1)])
def test_a_list_that_does_not_come_back_is_refused(scales: tuple[int, ...]) -> None:
    assert not balanced(scales)
    with pytest.raises(ValueError, match="must begin and end at 1, mirror each other"):
        stack(scales)


@pytest.mark.parametrize("cells", [0, 2, 4])
def test_scales_must_match_the_cells(cells: int) -> None:
    with pytest.raises(ValueError, match="match the cells"):
        Stack([ConvLSTM(WIDTH) for _ in range(cells)], (1, 2, 1))


@pytest.mark.parametrize(
    ("scales", "stride"), [((1, 1), 1), ((1, 2, 4, 4, 2, 1), 4), ((1, 4, 1), 4), ((1, 3, 1, 2, 1), 6)]
)
def test_stride(scales: tuple[int, ...], stride: int) -> None:
    assert stack(scales).stride == stride


def test_stride_of_a_cell_counts_at_its_scale() -> None:
    made = stack((1, 2, 4, 4, 2, 1))
    made.layers[2].stride = 2
    assert made.stride == 8


def test_down_takes_the_largest() -> None:
    ramp = torch.arange(8.0).view(1, 1, 2, 4)
    assert rescale(ramp, 1, 2).tolist() == [[[[5.0, 7.0]]]]


def test_up_is_bilinear_with_half_pixel_centres() -> None:
    pair = torch.tensor([0.0, 1.0]).view(1, 1, 1, 2)
    assert rescale(pair, 4, 2).tolist() == [[[[0.0, 0.25, 0.75, 1.0]] * 2]]


def test_the_same_scale_is_left_alone() -> None:
    x = field(3, 3)
    assert rescale(x, 2, 2) is x
