"""What runs a network, by where it runs."""

import logging

import pytest
import torch

from model.cells import ConvLSTM
from model.lean import compiled
from model.lean.compiled import NotCompiled
from model.lean.eager import Eager
from model.lean.rollout import Lean
from model.nowcaster import Nowcaster
from model.runners import Graphed, Plain, kernels, runner
from model.stack import Stack
from tests.model.samples import lively, pixels

CPU = torch.device("cpu")


class Other(ConvLSTM):
    """A cell that could do anything."""


def test_cells_without_a_lean_step_run_as_they_stand() -> None:
    network, past = Nowcaster(Stack([Other(8)], [1]), 8).eval(), pixels(2, 3, 1, 16, 16)
    made = runner(network, CPU, torch.float32)
    assert isinstance(made, Plain)
    with torch.inference_mode():
        said = [said.frame for said in made.said(past.unbind(1), 2)]
        assert torch.equal(torch.stack(said, 1), network(past, 2)[:, -2:])


@pytest.mark.parametrize(("asked", "compiles"), [(True, False), (False, True)])
def test_without_kernels_the_same_is_done_in_torch(
    asked: bool, compiles: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def load() -> compiled.Compiled:
        assert not compiles
        raise NotCompiled("there is no C++ compiler")

    monkeypatch.setattr(compiled, "load", load)
    with caplog.at_level(logging.WARNING):
        made = runner(lively(), CPU, torch.float32, asked)
    assert isinstance(made, Lean)
    assert isinstance(made.kernels, Eager)
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * asked


def test_autocast_is_close() -> None:
    network, past = lively("ms-predrnn"), pixels(1, 3, 1, 16, 16)
    exact, fast = (Plain(network, CPU, precision) for precision in (torch.float32, torch.bfloat16))
    with torch.inference_mode():
        wanted, said = (next(iter(made.said(past.unbind(1), 1))).frame for made in (exact, fast))
    assert said.dtype == torch.float32
    assert 0 < float((said - wanted).abs().max()) < 0.1 * float(wanted.abs().max())


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")  # torch.compile still imports what it warns of
def test_a_graphed_stack_is_the_stack_whatever_was_compiled_before() -> None:
    for model in ("ms-convlstm", "ms-predrnn++", "ms-convlstm"):
        network, past = lively(model, width=4), pixels(1, 2, 1, 8, 8)
        with torch.no_grad():
            wanted = network(past, 2)
            stride = network.stride
            network.stack = Graphed(network.stack, backend="eager")
            torch.testing.assert_close(network(past, 2), wanted)
        assert network.stride == stride


def test_kernels_are_found_or_replaced() -> None:
    assert kernels() is not None
    assert isinstance(kernels(compile_them=False), Eager)
