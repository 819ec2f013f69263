"""Sums of convolutions over several maps, a strip at a time: on tiles where they fit, else as one convolution."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from model.lean.convolution import Convolution
from model.lean.door import biases
from model.lean.layers import Means
from model.lean.tiles import Product, can_tile, library


class Sum(Protocol):
    """A convolution over the concatenation of maps, which are never concatenated as a whole."""

    def __call__(self, rows: slice, *maps: Tensor) -> Tensor:
        """(rows, width, out) of a strip of maps with a border all around (see TiledLayer)."""


@dataclass(frozen=True)
class Sums:
    """Makes the sums of a cell: its maps have `width` channels each, and a border of `pad` pixels."""

    means: Means
    width: int
    pad: int

    def of(self, convolution: nn.Conv2d) -> Sum:
        """A convolution as it is."""
        return self.made(convolution.weight, biases(convolution))

    def made(self, weight: Tensor, bias: Tensor) -> Sum:
        """The same of weights (out, maps x width, k, k) and a bias (out)."""
        return (Tiled if can_tile(self.means, self.width) else Joined)(weight, bias, self)


class Joined:
    """The strips of the maps side by side, as one convolution wants them; the sum is in its precision."""

    def __init__(self, weight: Tensor, bias: Tensor, sums: Sums) -> None:
        self.convolution, self.pad = Convolution(weight, bias, sums.means.precision), sums.pad

    def __call__(self, rows: slice, *maps: Tensor) -> Tensor:
        reach, width = self.convolution.pad, maps[0].shape[1]
        seen = slice(rows.start + self.pad - reach, rows.stop + self.pad + reach)
        return self.convolution(torch.cat([each[seen, self.pad : width - self.pad] for each in maps], -1))


class Tiled:
    """Each map read where it lies; the sum is in float32."""

    def __init__(self, weight: Tensor, bias: Tensor, sums: Sums) -> None:
        self.kernels, self.pad = library(sums.means), sums.pad
        self.skipped = sums.pad - weight.shape[2] // 2
        self.product = Product(bias, *torch.split(weight, sums.width, 1))

    def __call__(self, rows: slice, *maps: Tensor) -> Tensor:
        shape = rows.stop - rows.start, maps[0].shape[1] - 2 * self.pad, len(self.product.bias)
        seen = [each[rows.start + self.skipped :, self.skipped :] for each in maps]
        total = torch.empty(shape)
        self.kernels.run("tiled_sum", self.product.of(*seen), total, *shape)
        return total
