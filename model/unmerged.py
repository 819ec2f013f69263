"""The reference's arithmetic as its authors wrote it: what the engine's speed is measured against.

Two convolutions added where ours is one over both inputs, a call of grid_sample for every link. The numbers are the
same to rounding; nothing else uses this.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from model.cells import Cell, ConvLSTM, State, TrajGRU, gated, paired
from model.nowcaster import Nowcaster


class Sum(nn.Module):
    """A convolution over [x; h] as one over x and one over h, each with its bias."""

    def __init__(self, merged: nn.Conv2d, width: int) -> None:
        super().__init__()
        from_x, from_h = torch.split(merged.weight.detach(), width, 1)
        self.x, self.h = (convolution(merged, weight) for weight in (from_x, from_h))
        nn.init.zeros_(torch.as_tensor(self.h.bias))

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        summed: Tensor = self.x(x) + self.h(h)
        return summed


def convolution(merged: nn.Conv2d, weight: Tensor) -> nn.Conv2d:
    """One that is like another but for its inputs."""
    made = nn.Conv2d(weight.shape[1], weight.shape[0], merged.kernel_size, padding=merged.padding)  # type: ignore[arg-type]
    made.weight = nn.Parameter(weight.contiguous())
    made.bias = nn.Parameter(torch.as_tensor(merged.bias).detach().clone())
    return made


class UnmergedConvLSTM(Cell):
    """See model.cells.ConvLSTM."""

    def __init__(self, cell: ConvLSTM) -> None:
        super().__init__()
        self.gates = Sum(cell.gates, cell.gates.out_channels // 4)

    def forward(self, x: Tensor, m: Tensor, state: State) -> tuple[State, Tensor]:
        h, c = state
        i, f, g, o = self.gates(x, h).chunk(4, 1)
        c = f.sigmoid() * c + gated(i, g)
        return (gated(o, c), c), m


class UnmergedTrajGRU(Cell):
    """See model.cells.TrajGRU."""

    states = 1

    def __init__(self, cell: TrajGRU) -> None:
        super().__init__()
        self.inputs, self.flow, self.project, self.look = cell.inputs, cell.flow, cell.project, cell.look
        self.motion = Sum(cell.motion, cell.flow.in_channels)

    def forward(self, x: Tensor, m: Tensor, state: State) -> tuple[State, Tensor]:
        (h,) = state
        flows = paired(self.flow(leaky_relu(self.motion(x, h), 0.2)))
        looks = [self.look(h, -flows[:, link : link + 1])[:, 0] for link in range(flows.shape[1])]
        (az, ar, aq), (bz, br, bq) = self.inputs(x).chunk(3, 1), self.project(torch.cat(looks, 1)).chunk(3, 1)
        z, r = (az + bz).sigmoid(), (ar + br).sigmoid()
        return ((1 - z) * leaky_relu(aq + r * bq, 0.2) + z * h,), m


UNMERGED: dict[type[Cell], Callable[[Any], Cell]] = {ConvLSTM: UnmergedConvLSTM, TrajGRU: UnmergedTrajGRU}


def unmerged(network: Nowcaster) -> Nowcaster:
    """A copy of the network that computes as the reference does; the other cells are as slow or fast as ours."""
    plain = deepcopy(network)
    for at, cell in enumerate(plain.stack.layers):
        kind = next((kind for kind in UNMERGED if isinstance(cell, kind)), None)
        plain.stack.cells[at] = cell if kind is None else UNMERGED[kind](cell)
    return plain
