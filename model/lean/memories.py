"""Layers with several memories, of the PredRNN line: each is worked off in a few sweeps over its strips."""

import torch
from torch import Tensor

from model.lean.door import Door
from model.lean.layers import Means
from model.lean.sums import Sums
from model.lean.tiles import TiledLayer


class Memory:
    """A memory as it adds up, in float32, and as convolutions read it, with a border; in float32 they are one."""

    def __init__(self, layer: TiledLayer, width: int, precision: torch.dtype) -> None:
        self.seen = layer.bordered(width, precision)
        self.rounded = layer.inside(self.seen)
        self.exact = self.rounded if precision == torch.float32 else torch.zeros(self.rounded.shape)

    def round(self) -> None:
        """Let convolutions see what has been written."""
        if self.exact is not self.rounded:
            self.rounded.copy_(self.exact)


class Passing:
    """What goes through the layers of one size, one after the other: their input, and the memory m."""

    def __init__(self, layer: "MemoryLayer") -> None:
        self.input, self.m = layer.bordered(layer.channels, layer.precision), layer.memory()
        self.gate = torch.empty(layer.height, layer.width, layer.channels, dtype=layer.precision)
        """The output gate, where a motion highway needs it; what nobody writes to takes no memory."""


class MemoryWeights:
    """What the weights of these cells have in common; `sums` makes their convolutions."""

    door: Door | None = None

    def __init__(self, width: int, pad: int, means: Means) -> None:
        self.kernels, self.precision = means.kernels, means.precision
        self.sums = Sums(means, width, pad)

    def begin(self, height: int, width: int) -> "MemoryLayer":
        """A layer with its zero state."""
        raise NotImplementedError


class MemoryLayer(TiledLayer):
    """A layer that shares its input and m with all others of its size.

    fed is the map that it takes for its input. After a step it has written h and m, and its output gate where a map
    for it is given.
    """

    pixels = 1024
    shares = Passing
    fed: Tensor
    m: Memory
    gate: Tensor | None = None

    def __init__(self, weights: MemoryWeights, height: int, width: int) -> None:
        super().__init__(height, width, weights.sums.pad)
        self.kernels = weights.kernels
        self.channels, self.precision = weights.sums.width, weights.precision

    def memory(self) -> Memory:
        """One that is zero."""
        return Memory(self, self.channels, self.precision)

    def take(self, shared: Passing) -> None:
        self.fed, self.m = shared.input, shared.m
        self.x = self.inside(self.fed)

    def forget(self, skip: Tensor) -> None:
        """Remember the input of this step without the skip that was in it; for layers that remember it."""
