"""Cells where a number can be worked out by hand; their equations are in test_equations.py."""

import numpy as np
import pytest
import torch

from model.cells import ConvLSTM


def convlstm(width: int, kernel: int) -> ConvLSTM:
    torch.manual_seed(3)
    return ConvLSTM(width, kernel).double()


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
