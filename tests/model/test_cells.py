"""Cells against their equations, written out with numpy."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.signal import correlate2d

from model.cells import ConvLSTM

Field = NDArray[np.float64]


def logistic(x: Field) -> Field:
    return 1 / (1 + np.exp(-x))


def convolved(inputs: Field, weight: Field, bias: Field) -> Field:
    """Cross-correlation of (C, Y, X) with (O, C, k, k), zeros outside."""
    sums = [sum(correlate2d(x, w, "same") for x, w in zip(inputs, kernels, strict=True)) for kernels in weight]
    return np.stack(sums) + bias[:, None, None]


def step(cell: ConvLSTM, x: Field, h: Field, c: Field) -> tuple[Field, Field]:
    """The equations of ConvLSTM for one sample, i f g o in this order."""
    weight, bias = (parameter.detach().numpy() for parameter in cell.gates.parameters())
    i, f, g, o = np.split(convolved(np.concatenate([x, h]), weight, bias), 4)
    c = logistic(f) * c + logistic(i) * np.tanh(g)
    return logistic(o) * np.tanh(c), c


def convlstm(width: int, kernel: int) -> ConvLSTM:
    torch.manual_seed(3)
    return ConvLSTM(width, kernel).double()


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("shape", [(1, 1), (5, 4)])
def test_convlstm_follows_its_equations(shape: tuple[int, int], kernel: int) -> None:
    cell = convlstm(3, kernel)
    inputs = torch.randn(4, 2, 3, *shape, dtype=torch.float64)
    state, m = cell.begin(inputs[0]), torch.zeros_like(inputs[0])
    by_hand = [(np.zeros((3, *shape)), np.zeros((3, *shape)))] * 2
    for x in inputs:
        state, m = cell(x, m, state)
        by_hand = [step(cell, one.numpy(), h, c) for one, (h, c) in zip(x, by_hand, strict=True)]
        for tensor, wanted in zip(state, zip(*by_hand, strict=True), strict=True):
            np.testing.assert_allclose(tensor.detach().numpy(), np.stack(wanted), rtol=0, atol=1e-12)


def test_one_number_by_hand() -> None:
    cell = convlstm(1, 1)
    with torch.no_grad():
        cell.gates.weight.copy_(torch.tensor([[1, 2], [3, 4], [5, 6], [7, 8]]).view(4, 2, 1, 1))
        cell.gates.bias.copy_(torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64))  # type: ignore[union-attr]
    x, h, c = (torch.full((1, 1, 1, 1), value, dtype=torch.float64) for value in (0.3, -0.2, 0.5))
    (after, kept), _ = cell(x, x, (h, c))
    gates = [1 * 0.3 - 2 * 0.2 + 0.1, 3 * 0.3 - 4 * 0.2 + 0.2, 5 * 0.3 - 6 * 0.2 + 0.3, 7 * 0.3 - 8 * 0.2 + 0.4]
    i, f, g, o = np.array(gates)
    wanted = 0.5 / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
    assert kept.item() == pytest.approx(wanted, abs=1e-12)
    assert after.item() == pytest.approx(np.tanh(wanted) / (1 + np.exp(-o)), abs=1e-12)


def test_biases_act_on_the_zero_state() -> None:
    cell = convlstm(2, 3)
    zero = torch.zeros(1, 2, 4, 4, dtype=torch.float64)
    (h, c), _ = cell(zero, zero, cell.begin(zero))
    i, _, g, o = cell.gates.bias.detach().chunk(4)  # type: ignore[union-attr]
    wanted = i.sigmoid() * g.tanh()
    torch.testing.assert_close(c, wanted.view(1, 2, 1, 1).expand_as(c))
    torch.testing.assert_close(h, (o.sigmoid() * wanted.tanh()).view(1, 2, 1, 1).expand_as(h))


def test_memory_is_passed_on_untouched() -> None:
    x, m = torch.rand(2, 1, 2, 3, 3, dtype=torch.float64)
    cell = convlstm(2, 3)
    assert cell(x, m, cell.begin(x))[1] is m


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("shape", [(1, 2, 1, 1), (3, 2, 5, 7)])
def test_a_state_begins_at_zero_like_its_input(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    state = convlstm(2, 3).begin(torch.ones(shape, dtype=dtype))
    assert [tensor.shape for tensor in state] == [shape] * 2
    assert all(tensor.dtype == dtype and not tensor.any() for tensor in state)


def test_a_state_begins_on_the_device_of_its_input() -> None:
    state = convlstm(2, 3).begin(torch.ones(1, 2, 3, 4, device="meta"))
    assert [tensor.device.type for tensor in state] == ["meta"] * 2
