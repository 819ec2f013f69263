"""Recurrent cells: one step of one layer each.

A cell maps `(x, m, state)` to `(state, m)`, keeps the number of channels, and the first tensor of its state is its
output. `begin(x)` gives the zero state for an input shaped like x. Batch, height, width, device and dtype all come
from x; `m` is the memory that runs through the layers, and a cell without one passes it on untouched.
Shapes: x, m and every state tensor are (B, C, H, W).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

State = Sequence[Tensor]


class Cell(nn.Module):
    """What the stack knows of a cell."""

    stride = 1
    """By how much H and W must be divisible."""
    states = 2
    """How many tensors like x it keeps."""

    def begin(self, x: Tensor) -> State:
        """The zero state for inputs shaped like x."""
        return [torch.zeros_like(x)] * self.states

    def forward(self, x: Tensor, m: Tensor, state: State) -> tuple[State, Tensor]:
        """One step: the new state, whose first tensor is the output, and the memory for the layer above."""
        raise NotImplementedError


class ConvLSTM(Cell):
    """Shi et al. 2015 without peepholes, its two convolutions that are added merged into one.

    i, f, g, o = conv([x; h]);  c' = σ(f) c + σ(i) tanh(g);  h' = σ(o) tanh(c')
    """

    def __init__(self, width: int, kernel: int = 3) -> None:
        super().__init__()
        self.gates = conv(2 * width, 4 * width, kernel)

    def forward(self, x: Tensor, m: Tensor, state: State) -> tuple[State, Tensor]:
        h, c = state
        i, f, g, o = self.gates(cat(x, h)).chunk(4, 1)
        c = f.sigmoid() * c + gated(i, g)
        return (gated(o, c), c), m


def conv(inputs: int, outputs: int, kernel: int = 3) -> nn.Conv2d:
    """A convolution that keeps height and width."""
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)


def cat(*tensors: Tensor) -> Tensor:
    """Concatenation on channels."""
    return torch.cat(tensors, 1)


def gated(gate: Tensor, value: Tensor) -> Tensor:
    """σ(gate) tanh(value), the commonest pair of this family."""
    return gate.sigmoid() * value.tanh()
