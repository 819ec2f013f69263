"""Our networks with the reference's weights give the reference's numbers."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from model.nowcaster import Nowcaster
from model.zoo import Network

GOLDEN = Path(__file__).parents[2].parent / "shared/golden"
FILE = GOLDEN / "convlstm.npz"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"the reference vectors are not at {GOLDEN}")


@cache
def golden() -> dict[str, Tensor]:
    with np.load(FILE) as file:
        return {name: torch.from_numpy(file[name]) for name in file.files}


def translated(kept: dict[str, Tensor]) -> dict[str, Tensor]:
    """The reference's weights under our names: convolutions that are added become one over [x; h]."""
    ours = {f"embed.{end}": kept[f"embed.conv_embed.{end}"] for end in ("weight", "bias")}
    ours |= {f"head.{end}": kept[f"fc.conv_fc.{end}"] for end in ("weight", "bias")}
    for layer in range(6):
        there, here = f"rnns.lstm.{layer}.", f"stack.cells.{layer}.gates."
        x, h = (f"{there}_conv_{name}" for name in ("x2h", "h2h"))
        ours[f"{here}weight"] = torch.cat([kept[f"{x}.weight"], kept[f"{h}.weight"]], 1)
        ours[f"{here}bias"] = kept[f"{x}.bias"] + kept[f"{h}.bias"]
    return ours


def reference(dtype: torch.dtype) -> Nowcaster:
    """The network with the weights of the reference."""
    made = Network("convlstm", width=8).build().to(dtype)
    state = {name.removeprefix("state/"): tensor.to(dtype) for name, tensor in golden().items() if "state/" in name}
    made.load_state_dict(translated(state))
    return made.eval()


def given(name: str, dtype: torch.dtype) -> Tensor:
    return golden()[name].to(dtype)


def close(ours: Tensor, theirs: Tensor, most: float) -> None:
    torch.testing.assert_close(ours, theirs.to(ours.dtype), rtol=0, atol=most)


def stepped(steps: int) -> list[tuple[Tensor, ...]]:
    """The states of all layers after some steps."""
    made, frames = reference(torch.float32), given("input", torch.float32)
    states, m = None, torch.zeros(2, 8, 32, 32)
    for step in range(steps):
        x = made.embed(frames[:, step])
        states = made.stack.begin(x) if states is None else states
        _, m, states = made.stack(x, m, states)
    return [tuple(state) for state in states or ()]


@pytest.mark.parametrize(
    ("dtype", "name", "most"), [(torch.float32, "output", 1e-5), (torch.float64, "output_f64", 1e-9)]
)
@torch.no_grad()
def test_every_step(dtype: torch.dtype, name: str, most: float) -> None:
    said = reference(dtype)(given("input", dtype), 4)
    close(said, golden()[name], most)
    assert said.std() > 0.1  # the weights are large: agreement is no accident


@torch.no_grad()
def test_every_step_with_a_teacher() -> None:
    future = given("future", torch.float32)
    said = reference(torch.float32)(given("input", torch.float32), 4, (future[:, :3], torch.ones(2, 3).bool()))
    close(said, golden()["output_teacher"], 1e-5)


@pytest.mark.parametrize("layer", range(6))
@torch.no_grad()
def test_the_states_after_the_first_frame(layer: int) -> None:
    for name, state in zip("hc", stepped(1)[layer], strict=True):
        close(state, golden()[f"trace/t0/l{layer}/{name}"], 1e-5)


@pytest.mark.parametrize("layer", range(6))
@torch.no_grad()
def test_the_outputs_after_the_second_frame(layer: int) -> None:
    close(stepped(2)[layer][0], golden()[f"trace/t1/l{layer}/h"], 1e-5)
