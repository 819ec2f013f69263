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
    network = heads_and_rest()
    optimizer = optimizer_of(name, network, decay=0, head_rate=2)
    set_rate(optimizer, 0.25)
    for weight in network.parameters():
        weight.grad = torch.tensor([[3.0]])
    optimizer.step()  # the first step of Adam is the rate, however long the gradient
    left = {name: weight.item() for name, weight in network.named_parameters()}
    assert left == pytest.approx({"stack.weight": 0.75, "head.weight": 0.5, "chance.weight": 0.5})


def heads_and_rest() -> nn.ModuleDict:
    """Three weights of one, two of them of heads."""
    network = nn.ModuleDict({name: nn.Linear(1, 1, bias=False) for name in ("stack", "head", "chance")})
    for weight in network.parameters():
        nn.init.ones_(weight)
    return network


def test_only_adamw_takes_the_decay_off_the_weights() -> None:
    def after(name: str) -> float:
        network = heads_and_rest()
        optimizer = optimizer_of(name, network, decay=0.5, head_rate=1)
        set_rate(optimizer, 0.1)
        for weight in network.parameters():
            weight.grad = torch.zeros(1, 1)
        optimizer.step()
        return sum(weight.item() for weight in network.parameters()) / 3

    assert after("adamw") == pytest.approx(0.95)
    assert after("adam") == pytest.approx(0.9)
