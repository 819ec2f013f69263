"""What networks cost: parameters, arithmetic and memory counted exactly; model/race.py measures time."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from model.nowcaster import Nowcaster
from model.zoo import Network


@dataclass(frozen=True)
class Setup:
    """The rollout that is costed: the paper's for HKO-7 by default."""

    width: int = 64
    side: int = 128
    past: int = 10
    horizon: int = 10

    @property
    def steps(self) -> int:
        """Time steps of a rollout."""
        return self.past - 1 + self.horizon


@dataclass(frozen=True)
class Cost:
    """Of one network. Arithmetic is multiply-accumulates of the convolutions of a whole rollout; saved bytes are what
    autograd keeps for its backward pass."""

    model: str
    parameters: int
    multiply_accumulates: int
    saved_bytes: int

    def fields(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def costs(models: Sequence[str], setup: Setup) -> list[Cost]:
    """The cost of each model."""
    return [count(model, setup) for model in models]


def count(model: str, setup: Setup) -> Cost:
    """Exact counts, on tensors without data: a step is run once, and every step costs the same."""
    with torch.device("meta"):
        network = Network(model, setup.width).build()
        frames = torch.empty(1, 2, 1, setup.side, setup.side)
    arithmetic: list[int] = []
    hooks = [part.register_forward_hook(counter(arithmetic)) for part in network.modules() if convolves(part)]
    saved = saved_bytes(network, frames)
    for hook in hooks:
        hook.remove()
    parameters = sum(parameter.numel() for parameter in network.parameters())
    return Cost(model, parameters, sum(arithmetic) // 2 * setup.steps, saved // 2 * setup.steps)


def convolves(part: nn.Module) -> bool:
    """True for what does arithmetic worth counting."""
    return isinstance(part, nn.Conv2d | nn.ConvTranspose2d)


def counter(into: list[int]) -> Any:
    """A forward hook that notes the multiply-accumulates of a convolution."""

    def note(part: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        pixels = (inputs[0] if isinstance(part, nn.ConvTranspose2d) else output).shape
        weight = part.weight
        assert isinstance(weight, Tensor)
        into.append(pixels[0] * pixels[2] * pixels[3] * weight.numel())

    return note


def saved_bytes(network: Nowcaster, frames: Tensor) -> int:
    """Bytes that autograd keeps for two steps, each storage once, parameters left out."""
    own = {parameter.untyped_storage()._cdata for parameter in network.parameters()}
    kept: dict[int, tuple[int, Tensor]] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in own:
            kept[storage._cdata] = (storage.nbytes(), tensor)  # held, so that no address is used twice
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        result = network(frames, 1)
    del result
    return sum(size for size, _ in kept.values())
