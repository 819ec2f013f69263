"""Where frames enter: the embedding folded into the input convolution of the first layer, as both are linear."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.lean.convolution import Convolution

MULTIPLE = 32
"""Channels that matrix units like; any other number is several times slower there."""


class Door:
    """The first layer's input convolution, straight from the frame.

    It reads the frame and a plane of ones, which carries the embedding's bias where the convolution sees the map but
    not beyond its edge. Each pixel's surroundings are laid side by side, so that it is one small matrix product. In
    bfloat16 both sides of it come as themselves and what rounding leaves of them: all else rests on what enters here.
    """

    def __init__(self, embed: nn.Conv2d, weight: Tensor, bias: Tensor, precision: torch.dtype) -> None:
        self.pad, self.precision = weight.shape[2] // 2, precision
        planes = torch.cat((embed.weight[:, :, 0, 0], biases(embed)[:, None]), 1)
        folded = torch.einsum("omyx,mc->oyxc", weight.double(), planes.double()).float()
        near, rest = parted(folded, precision)
        halves = (near,) if precision == torch.float32 else (near, near[..., :-1], rest)
        side_by_side = torch.cat(halves, -1).flatten(1)
        self.inputs = side_by_side.shape[1]
        self.weight = F.pad(side_by_side, (0, -self.inputs % MULTIPLE))[:, :, None, None]
        self.convolution = Convolution(self.weight, bias, precision)

    def planes(self, frame: Tensor) -> Tensor:
        """What strips are read from: a frame (height, width, channels) in parts, with planes of ones and a border."""
        ones = torch.ones_like(frame[..., :1])
        near, rest = parted(frame, self.precision)
        parts = (near, ones) if self.precision == torch.float32 else (near, ones, rest, near, ones)
        planes = torch.cat(parts, -1).to(self.precision)
        return F.pad(planes, (0, 0, self.pad, self.pad, self.pad, self.pad))

    def __call__(self, planes: Tensor, rows: slice) -> Tensor:
        """(rows, width, out) of a strip."""
        return self.convolution(self.patches(planes, rows))

    def patches(self, planes: Tensor, rows: slice) -> Tensor:
        """(rows, width, …) the surroundings of each pixel of a strip side by side, with room behind for a few more."""
        reach, channels = 2 * self.pad + 1, planes.shape[2]
        shape = rows.stop - rows.start, planes.shape[1] - 2 * self.pad
        row, pixel, one = planes.stride()
        around = planes[rows.start :].as_strided((*shape, reach, reach * channels), (row, pixel, row, one))
        channels_used = self.weight.shape[1]
        patches = torch.zeros(math.prod(shape) + MULTIPLE, channels_used, dtype=self.precision)[:-MULTIPLE]
        patches = patches.view(*shape, channels_used)
        torch.unflatten(patches[..., : self.inputs], -1, (reach, -1)).copy_(around)
        return patches


def parted(exact: Tensor, precision: torch.dtype) -> tuple[Tensor, Tensor]:
    """What a precision makes of a tensor, and what it leaves."""
    near = exact.to(precision).float()
    return near, exact - near


def biases(convolution: nn.Conv2d) -> Tensor:
    """Its biases, which all of ours have."""
    assert convolution.bias is not None
    return convolution.bias
