"""The lean steps of ConvLSTM and TrajGRU on any processor. Equations stand in model/cells.py."""

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.cells import ConvLSTM, TrajGRU
from model.lean.convolution import Convolution
from model.lean.door import MULTIPLE, Door, biases
from model.lean.eager import Kernels
from model.lean.strips import Layer, parts
from model.reference import ReferenceTrajGRU


@dataclass(frozen=True)
class Means:
    """What layers compute with; `embed` is of the layer that eats frames, None of the others."""

    kernels: Kernels
    precision: torch.dtype
    embed: nn.Conv2d | None = None

    def door(self, weight: Tensor, bias: Tensor) -> Door | None:
        """The convolution of the layer's input, if that is the frame."""
        return None if self.embed is None else Door(self.embed, weight, bias, self.precision)


class Weights(Protocol):
    """A cell with its weights laid out for the processor."""

    door: Door | None

    def begin(self, height: int, width: int) -> Layer[Any]:
        """A layer with its zero state."""


class LeanConvLSTM:
    """A ConvLSTM's weights: one convolution over [x; h], or, where frames enter, over h and the frame."""

    def __init__(self, cell: ConvLSTM, means: Means) -> None:
        weight, bias = cell.gates.weight, biases(cell.gates)
        self.means, self.width, self.pad = means, weight.shape[0] // 4, weight.shape[2] // 2
        self.door = means.door(weight[:, : self.width], bias)
        if self.door is not None:
            weight, bias = weight[:, self.width :], torch.zeros_like(bias)
        self.gates = Convolution(weight, bias, means.precision)

    def begin(self, height: int, width: int) -> "ConvLSTMLayer":
        return ConvLSTMLayer(self, height, width)


Gates = tuple[Tensor, Tensor | None]


class ConvLSTMLayer(Layer[Gates]):
    """[x; h] is one map, so that nothing is ever concatenated; c is kept in float32."""

    values = 2**17
    """Half as many as usual: the four gates of two strips are all that it needs memory for besides its state."""

    def __init__(self, weights: LeanConvLSTM, height: int, width: int) -> None:
        super().__init__(height, width, weights.pad)
        self.weights, n = weights, weights.width
        self.both = self.bordered(n if weights.door else 2 * n, weights.means.precision)
        inside = self.inside(self.both)
        self.x, self.h = inside[..., :n], inside[..., -n:]
        self.c = torch.zeros(height, width, n)

    def look(self, rows: slice) -> Gates:
        door = self.weights.door
        return self.weights.gates(self.both[self.around(rows)]), None if door is None else door(self.frame, rows)

    def settle(self, rows: slice, seen: Gates) -> None:
        self.weights.means.kernels.lstm(*seen, self.c[rows], self.h[rows])


class LeanTrajGRU:
    """A TrajGRU's weights: all that x goes through is one convolution, of the gates (3n) and of the flow's part (n)."""

    def __init__(self, cell: TrajGRU, means: Means) -> None:
        self.means, self.width, self.pad = means, cell.flow.in_channels, cell.flow.kernel_size[0] // 2
        self.stretched = isinstance(cell, ReferenceTrajGRU)
        from_x, from_h = torch.split(cell.motion.weight, self.width, 1)
        weight = torch.cat((cell.inputs.weight, from_x))
        bias = torch.cat((biases(cell.inputs), biases(cell.motion)))
        precision = means.precision
        self.door = means.door(weight, bias)
        self.inputs = Convolution(weight, bias, precision)
        self.motion = Convolution(from_h, torch.zeros(self.width), precision)
        self.links, unused = cell.flow.out_channels // 2, -cell.flow.out_channels % MULTIPLE
        flow, still = F.pad(cell.flow.weight, (0, 0) * 3 + (0, unused)), F.pad(biases(cell.flow), (0, unused))
        self.flow = Convolution(flow, still, precision)
        self.project = Convolution(cell.project.weight, biases(cell.project), precision)

    def begin(self, height: int, width: int) -> "TrajGRULayer":
        return TrajGRULayer(self, height, width)


class Turns:
    """The maps that TrajGRUs of one size have in turn: their input, what has moved, and where their new h goes."""

    def __init__(self, layer: Layer[Any]) -> None:
        channels, precision = layer.h.shape[2], layer.h.dtype
        self.input, self.moved, self.new = (layer.bordered(channels, precision) for _ in range(3))


class TrajGRULayer(Layer[Tensor]):
    """What is looked at through the flows may lie anywhere, so the old h stays whole until the step is over.

    h is kept as convolutions want it, and where that is not float32, once more `exact`.
    """

    shares = Turns
    looked = 1024
    """Pixels that are looked at through the flows at once: what is seen of each is `links` times as much as of h."""

    def __init__(self, weights: LeanTrajGRU, height: int, width: int) -> None:
        super().__init__(height, width, weights.pad)
        self.weights, n, precision = weights, weights.width, weights.means.precision
        self.old = self.bordered(n, precision)
        self.h = self.inside(self.old)
        self.exact = None if precision == torch.float32 else torch.zeros(height, width, n)

    def take(self, shared: Turns) -> None:
        self.turns, self.x = shared, self.inside(shared.input)

    def step(self) -> None:
        super().step()
        self.old, self.turns.new = self.turns.new, self.old
        self.h = self.inside(self.old)

    def look(self, rows: slice) -> Tensor:
        around, weights = self.around(rows), self.weights
        a = weights.inputs(self.turns.input[around]) if weights.door is None else weights.door(self.frame, rows)
        moved = self.inside(self.turns.moved)[rows]
        weights.means.kernels.leaky(a[..., -weights.width :], weights.motion(self.old[around]), moved)
        return a

    def settle(self, rows: slice, seen: Tensor) -> None:
        weights, kernels = self.weights, self.weights.means.kernels
        flows = weights.flow(self.turns.moved[self.around(rows)])[..., : 2 * weights.links]
        for few in parts(rows, max(1, self.looked // self.width)):
            part = slice(few.start - rows.start, few.stop - rows.start)
            warped = torch.empty(*flows[part].shape[:2], weights.links * weights.width, dtype=flows.dtype)
            kernels.warp(self.h, flows[part], warped, few.start, weights.stretched)
            new = self.inside(self.turns.new)[few]
            exact = (self.h[few], new) if self.exact is None else (self.exact[few], self.exact[few])
            kernels.gru(seen[part], weights.project(warped), *exact, new)
