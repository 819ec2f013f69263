"""The lean steps of an ST-LSTM and of a MIM cell. Equations stand in model/cells.py."""

import torch
from torch import Tensor

from model.cells import MIM, STLSTM
from model.lean.door import biases
from model.lean.layers import Means
from model.lean.memories import MemoryLayer, MemoryWeights

Pair = tuple[Tensor, Tensor]


class LeanSTLSTM(MemoryWeights):
    """An ST-LSTM's weights: all that its output gate adds up is one convolution over [x; h; c; m]."""

    def __init__(self, cell: STLSTM, means: Means) -> None:
        width = cell.fuse.out_channels
        super().__init__(width, cell.output.kernel_size[0] // 2, means)
        gates, o = torch.split(cell.temporal.weight, (cell.gates - 1) * width)
        of_gates, of_o = torch.split(biases(cell.temporal), (cell.gates - 1) * width)
        self.temporal, self.spatial = self.sums.made(gates, of_gates), self.sums.of(cell.spatial)
        self.output = self.sums.made(torch.cat((o, cell.output.weight), 1), of_o + biases(cell.output))
        self.fuse = self.sums.of(cell.fuse)

    def begin(self, height: int, width: int) -> "STLSTMLayer":
        return STLSTMLayer(self, height, width)


class STLSTMLayer(MemoryLayer):
    """First both memories, then the output that sees them."""

    def __init__(self, weights: LeanSTLSTM, height: int, width: int) -> None:
        super().__init__(weights, height, width)
        self.weights, self.c = weights, self.memory()
        self.past = self.bordered(self.channels, self.precision)
        self.h = self.inside(self.past)

    def step(self) -> None:
        self.sweep(self.gates, self.remember)
        self.sweep(self.output, self.emit)

    def gates(self, rows: slice) -> Pair:
        """Of both memories."""
        return self.weights.temporal(rows, self.fed, self.past), self.weights.spatial(rows, self.fed, self.m.seen)

    def remember(self, rows: slice, gates: Pair) -> None:
        """The new memories."""
        for memory, each in zip((self.c, self.m), gates, strict=True):
            self.kernels.remember(each, memory.exact[rows], memory.rounded[rows])

    def output(self, rows: slice) -> Pair:
        """The output gate, and what it lets through."""
        both = self.c.seen, self.m.seen
        return self.weights.output(rows, self.fed, self.past, *both), self.weights.fuse(rows, *both)

    def emit(self, rows: slice, found: Pair) -> None:
        """The new output."""
        o, fused = found
        self.kernels.gated(o, fused.float(), self.h[rows])
        if self.gate is not None:
            self.gate[rows] = o.sigmoid()


class LeanMIM(LeanSTLSTM):
    """A MIM cell's weights: its second output gate likewise adds up over [D; c; s]."""

    def __init__(self, cell: MIM, means: Means) -> None:
        super().__init__(cell, means)
        width = self.sums.width
        gates, o = torch.split(cell.still.weight, 3 * width)
        of_gates, of_o = torch.split(biases(cell.still), 3 * width)
        self.change, self.changed = self.sums.of(cell.change), self.sums.of(cell.changed)
        self.still = self.sums.made(gates, of_gates)
        self.stilled = self.sums.made(torch.cat((o, cell.stilled.weight), 1), of_o + biases(cell.stilled))

    def begin(self, height: int, width: int) -> "MIMLayer":
        return MIMLayer(self, height, width)


class MIMLayer(STLSTMLayer):
    """`last` is the last input, in the course of a step its change d, then D."""

    weights: LeanMIM

    def __init__(self, weights: LeanMIM, height: int, width: int) -> None:
        super().__init__(weights, height, width)
        self.n, self.s = self.memory(), self.memory()
        self.last = self.bordered(self.channels, self.precision)

    def step(self) -> None:
        x, last = self.inside(self.fed), self.inside(self.last)
        torch.sub(x, last, out=last)
        self.sweep(self.change, self.changed)
        self.sweep(self.output_of_n, self.pass_on_change)
        self.sweep(self.still, self.stilled)
        self.sweep(self.all_gates, self.remember_all)
        self.sweep(self.output, self.emit)
        last.copy_(x)

    def forget(self, skip: Tensor) -> None:
        self.inside(self.last).sub_(skip)

    def change(self, rows: slice) -> Tensor:
        """The gates of n."""
        return self.weights.change(rows, self.last, self.n.seen)

    def changed(self, rows: slice, gates: Tensor) -> None:
        """n'."""
        self.kernels.remember(gates, self.n.exact[rows], self.n.rounded[rows])

    def output_of_n(self, rows: slice) -> Tensor:
        """Its output gate."""
        return self.weights.changed(rows, self.last, self.n.seen)

    def pass_on_change(self, rows: slice, o: Tensor) -> None:
        """D."""
        self.kernels.gated(o, self.n.exact[rows], self.inside(self.last)[rows])

    def still(self, rows: slice) -> Tensor:
        """The gates of s."""
        return self.weights.still(rows, self.last, self.c.seen)

    def stilled(self, rows: slice, gates: Tensor) -> None:
        """s'."""
        self.kernels.remember(gates, self.s.exact[rows], self.s.rounded[rows])

    def all_gates(self, rows: slice) -> tuple[Tensor, Pair]:
        """The output gate of s, and the gates of c and m."""
        return self.weights.stilled(rows, self.last, self.c.seen, self.s.seen), self.gates(rows)

    def remember_all(self, rows: slice, found: tuple[Tensor, Pair]) -> None:
        """c', whose forget gate T replaces, and m'."""
        o, (temporal, spatial) = found
        self.kernels.replace(o, self.s.exact[rows], temporal, self.c.exact[rows], self.c.rounded[rows])
        self.kernels.remember(spatial, self.m.exact[rows], self.m.rounded[rows])
