"""The learning rate over a run, and the optimisers by name."""

import pytest
import torch
from torch import nn

from model.training.schedule import OPTIMIZERS, optimizer_of, rate_factor, set_rate


def test_the_rate_warms_up_and_cools_down() -> None:
    factors = [rate_factor(step, steps=110, warmup=10, floor=0.01) for step in range(111)]
    assert factors[:3] == pytest.approx([0.1, 0.2, 0.3])
    assert factors[10] == pytest.approx(1)
    assert factors[60] == pytest.approx(0.505)
    assert factors[110] == pytest.approx(0.01)
    assert factors[10:] == sorted(factors[10:], reverse=True)


def test_a_floor_of_one_keeps_the_rate() -> None:
    assert {rate_factor(step, steps=10, warmup=0, floor=1) for step in range(10)} == {1}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimiser_steps_by_the_rate_it_is_set_to(name: str) -> None:
    weight = nn.Parameter(torch.tensor([1.0]))
    optimizer = optimizer_of(name, [weight], decay=0)
    set_rate(optimizer, 0.25)
    weight.grad = torch.tensor([3.0])
    optimizer.step()
    assert weight.item() == pytest.approx(0.75)  # the first step of Adam is the rate, however long the gradient


def test_only_adamw_takes_the_decay_off_the_weights() -> None:
    def after(name: str) -> float:
        weight = nn.Parameter(torch.tensor([1.0]))
        optimizer = optimizer_of(name, [weight], decay=0.5)
        set_rate(optimizer, 0.1)
        weight.grad = torch.tensor([0.0])
        optimizer.step()
        return weight.item()

    assert after("adamw") == pytest.approx(0.95)
    assert after("adam") == pytest.approx(0.9)
