"""Cells on top of each other, each at its own scale."""

from collections.abc import Sequence
from math import lcm

from torch import Tensor, nn
from torch.nn import functional as F

from model.cells import Cell, State


class Stack(nn.Module):
    """A list of cells with the scale each works at: 1 is full size, 2 half, 4 a quarter.

    On the way down x and m are max-pooled. On the way up they are upsampled bilinearly, and x (not m) gets the
    output of the layer that was left at that scale added (MS-RNN, arXiv 2206.03010). All scales 1 is a plain stack.
    Raises ValueError when scales and cells do not match.
    """

    def __init__(self, cells: Sequence[Cell], scales: Sequence[int]) -> None:
        super().__init__()
        if len(cells) != len(scales) or not balanced(scales):
            raise ValueError(f"Scales {tuple(scales)} must begin and end at 1, mirror each other and match the cells.")
        self.cells = nn.ModuleList(cells)
        self.scales = tuple(scales)

    @property
    def stride(self) -> int:
        """By how much H and W must be divisible."""
        strides = [cell.stride * scale for cell, scale in zip(self.layers, self.scales, strict=True)]
        return lcm(*strides)

    @property
    def layers(self) -> list[Cell]:
        """The cells, typed."""
        return [cell for cell in self.cells if isinstance(cell, Cell)]

    def begin(self, x: Tensor) -> list[State]:
        """Zero states for inputs (B, C, H, W) shaped like x."""
        height, width = x.shape[-2:]
        small = (x.new_zeros(*x.shape[:2], height // scale, width // scale) for scale in self.scales)
        return [cell.begin(like) for cell, like in zip(self.layers, small, strict=True)]

    def forward(self, x: Tensor, m: Tensor, states: Sequence[State]) -> tuple[Tensor, Tensor, list[State]]:
        """One time step: output (B, C, H, W), memory (B, C, H, W) and the new states."""
        after, skips, here = [], [], 1
        for cell, there, state in zip(self.layers, self.scales, states, strict=True):
            if there > here:
                skips.append(x)
            x, m = rescale(x, here, there), rescale(m, here, there)
            skip = skips.pop() if there < here else None
            new, m = self.layer(cell, x, m, state, skip)
            x, here = new[0], there
            after.append(new)
        return x, m, after

    def layer(self, cell: Cell, x: Tensor, m: Tensor, state: State, skip: Tensor | None) -> tuple[State, Tensor]:
        """One step of one layer; `skip` is what was left at its scale on the way down."""
        step: tuple[State, Tensor] = cell(x if skip is None else x + skip, m, state)
        return step


def balanced(scales: Sequence[int]) -> bool:
    """True when every way down has its way up: begins and ends at 1, each scale left is come back to."""
    left, here = [], 1
    for there in (*scales, 1):
        if there > here:
            if there % here:
                return False
            left.append(here)
        elif there < here and (not left or left.pop() != there):
            return False
        here = there
    return bool(scales) and scales[0] == scales[-1] == 1 and not left


def rescale(x: Tensor, here: int, there: int) -> Tensor:
    """(B, C, H/here, W/here) to (B, C, H/there, W/there): max-pool down, bilinear up, untouched when equal."""
    if there > here:
        return F.max_pool2d(x, there // here)
    if there < here:
        return F.interpolate(x, scale_factor=here // there, mode="bilinear", align_corners=False)
    return x
