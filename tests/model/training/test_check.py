"""Checks on validation windows: the same ones each time, and the best weights kept."""

from pathlib import Path

import pytest
import torch
from torch import nn

from model.nowcaster import Nowcaster
from model.training.check import Check
from model.training.parallel import ALONE
from model.training.start import network_of
from model.training.windows import validating
from tests.model.training.tiny import data, rollout, tuned

RECIPE = tuned(check_every=2, check_windows=4, validation="blob", thresholds="")


@pytest.fixture
def check(tmp_path: Path) -> Check:
    return Check(RECIPE, validating(RECIPE, data(tmp_path), ALONE), ALONE)


def rainy(by: float) -> Nowcaster:
    """Persistence and so much more everywhere in each step."""
    network = network_of(RECIPE).build()
    nn.init.constant_(torch.as_tensor(network.head.bias), by)
    return network


def test_the_windows_are_the_same_each_time(check: Check) -> None:
    assert check.look(rainy(0)) == check.look(rainy(0))


def test_the_loss_is_that_of_all_windows(check: Check) -> None:
    first, second = check.windows.batch(2), check.windows.batch(2)
    check.windows.restore(check.first)
    with torch.no_grad():
        each = [rollout(RECIPE, rainy(0))(*batch).item() for batch in (first, second)]
    assert check.look(rainy(0)) == pytest.approx(sum(each) / 2, rel=1e-5)


def test_the_best_weights_are_kept_wherever_they_come(check: Check) -> None:
    losses = [check.look(rainy(by)) for by in (0.3, 0.0, 0.1)]
    assert check.best == min(losses) == losses[1]
    assert check.weights["head.bias"].tolist() == [0]


def test_what_was_best_is_remembered(check: Check) -> None:
    check.look(rainy(0))
    again = Check(RECIPE, check.windows, ALONE)
    again.restore(check.state())
    again.look(rainy(0.1))
    assert again.best == check.best
    assert again.weights["head.bias"].tolist() == [0]


def test_it_is_due_every_so_often_and_at_the_end(check: Check) -> None:
    assert [step for step in range(1, 4) if check.due(step)] == [2, 3]
