"""Layers in bfloat16 on the tiles of AMX: each convolution in one go with what follows it (tiles.cpp).

Convolutions add up in float32 and nothing is rounded before the new state is. Channels come in blocks of 32.
"""

import ctypes
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from model.cells import ConvLSTM, TrajGRU
from model.lean.compiled import Compiled, Map, stretching
from model.lean.door import biases
from model.lean.layers import Means, Turns
from model.lean.strips import Layer
from model.reference import ReferenceTrajGRU

BLOCK = 32
"""Channels, outputs and pixels that a tile pair holds."""


class Source(ctypes.Structure):
    """As in tiles.cpp: a map that a convolution reads."""

    _fields_ = (("map", Map), ("reach", ctypes.c_int64), ("blocks", ctypes.c_int64))


class CProduct(ctypes.Structure):
    """As in tiles.cpp: weights with the maps they are for."""

    _fields_ = (
        ("weights", ctypes.c_void_p),
        ("bias", ctypes.c_void_p),
        ("outputs", ctypes.c_int64),
        ("count", ctypes.c_int64),
        ("sources", Source * 4),
    )


class Product:
    """A sum of convolutions over one to four maps: weights (out, in, k, k) each, and a bias (out)."""

    def __init__(self, bias: Tensor, *weights: Tensor) -> None:
        self.reaches = [(weight.shape[2], weight.shape[1] // BLOCK) for weight in weights]
        self.packed = torch.cat([packed(weight) for weight in weights], 1).contiguous()
        self.bias = bias.float().contiguous()

    def of(self, *maps: Tensor | None) -> Any:
        """With the maps of a strip, as C takes it; None for a map that C brings itself."""
        sources = [
            Source(Map(None, 0, 0) if seen is None else Map.of(seen), *reach)
            for seen, reach in zip(maps, self.reaches, strict=True)
        ]
        pointers = self.packed.data_ptr(), self.bias.data_ptr()
        return ctypes.byref(CProduct(*pointers, len(self.bias), len(sources), (Source * 4)(*sources)))


def packed(weight: Tensor) -> Tensor:
    """Weights (out, in, k, k) in the order they are used: (out / 32, places x in / 32 x tile pairs), bfloat16.

    A tile holds 16 outputs side by side, and below one another 16 pairs of channels.
    """
    outputs, channels = (size // BLOCK for size in weight.shape[:2])
    apart = weight.flatten(2).reshape(outputs, 2, 16, channels, 16, 2, -1)
    return apart.permute(0, 6, 3, 1, 4, 2, 5).reshape(outputs, -1).to(torch.bfloat16)


class TiledLayer(Layer[Tensor | None]):
    """Maps with a border all around and slack behind it, for rows of 32 pixels that end beyond the map."""

    pixels, values = 16384, 2**20

    def bordered(self, channels: int, precision: torch.dtype) -> Tensor:
        height, width = self.height + 2 * self.pad, self.width + 2 * self.pad
        return with_slack(height, width, channels, precision)

    def inside(self, bordered: Tensor) -> Tensor:
        return super().inside(bordered)[:, self.pad : self.pad + self.width]


def with_slack(height: int, width: int, channels: int, precision: torch.dtype = torch.bfloat16) -> Tensor:
    """A map of zeros with BLOCK more pixels behind its end."""
    return torch.zeros(height * width + BLOCK, channels, dtype=precision)[:-BLOCK].view(height, width, channels)


def can_tile(means: Means, width: int) -> bool:
    """True when layers of so many channels can run on tiles with what there is."""
    fast = isinstance(means.kernels, Compiled) and means.kernels.tiles and means.precision == torch.bfloat16
    return fast and width % BLOCK == 0


def library(means: Means) -> Compiled:
    """The kernels that have the tiles."""
    assert isinstance(means.kernels, Compiled), "tiles are compiled"
    return means.kernels


class TiledConvLSTM:
    """A ConvLSTM's weights; see model.lean.layers.LeanConvLSTM."""

    def __init__(self, cell: ConvLSTM, means: Means) -> None:
        weight, bias = cell.gates.weight, biases(cell.gates)
        self.kernels, self.width, self.pad = library(means), weight.shape[0] // 4, weight.shape[2] // 2
        self.door = means.door(weight[:, : self.width], bias)
        parts = (weight,) if self.door is None else (weight[:, self.width :], self.door.weight)
        self.gates = Product(bias, *parts)

    def begin(self, height: int, width: int) -> "TiledConvLSTMLayer":
        return TiledConvLSTMLayer(self, height, width)


class TiledConvLSTMLayer(TiledLayer):
    """The new output waits beside the old one, which the next strip still reads."""

    def __init__(self, weights: TiledConvLSTM, height: int, width: int) -> None:
        super().__init__(height, width, weights.pad)
        self.weights, n = weights, weights.width
        self.both = self.bordered(n if weights.door else 2 * n, torch.bfloat16)
        inside = self.inside(self.both)
        self.x, self.h = inside[..., :n], inside[..., -n:]
        self.c = torch.zeros(height, width, n)

    def look(self, rows: slice) -> Tensor:
        weights = self.weights
        maps = [self.both[rows.start :]]
        if weights.door is not None:
            maps.append(weights.door.patches(self.frame, rows))
        new = torch.empty(self.c[rows].shape, dtype=torch.bfloat16)
        weights.kernels.run("tiled_lstm", weights.gates.of(*maps), self.c[rows], new, *new.shape)
        return new

    def settle(self, rows: slice, seen: Tensor | None) -> None:
        assert seen is not None
        self.weights.kernels.pool(seen, self.h[rows])


class TiledTrajGRU:
    """A TrajGRU's weights; see model.lean.layers.LeanTrajGRU."""

    def __init__(self, cell: TrajGRU, means: Means) -> None:
        self.kernels, self.stretched = library(means), isinstance(cell, ReferenceTrajGRU)
        self.width, self.links = cell.flow.in_channels, cell.flow.out_channels // 2
        self.pad = cell.flow.kernel_size[0] // 2
        from_x, from_h = torch.split(cell.motion.weight, self.width, 1)
        both = torch.cat((cell.inputs.weight, from_x))
        self.door = means.door(both, torch.cat((biases(cell.inputs), biases(cell.motion))))
        inputs, from_x = torch.split(both if self.door is None else self.door.weight, [3 * self.width, self.width])
        self.inputs = Product(biases(cell.inputs), inputs)
        self.motion = Product(biases(cell.motion), from_x, from_h)
        unused = -cell.flow.out_channels % BLOCK
        flow, still = F.pad(cell.flow.weight, (0, 0) * 3 + (0, unused)), F.pad(biases(cell.flow), (0, unused))
        self.flow, self.project = Product(still, flow), Product(biases(cell.project), cell.project.weight)

    def begin(self, height: int, width: int) -> "TiledTrajGRULayer":
        return TiledTrajGRULayer(self, height, width)


class TiledTrajGRULayer(TiledLayer):
    """See model.lean.layers.TrajGRULayer."""

    shares = Turns

    def __init__(self, weights: TiledTrajGRU, height: int, width: int) -> None:
        super().__init__(height, width, weights.pad)
        self.weights, n = weights, weights.width
        self.old, self.exact = self.bordered(n, torch.bfloat16), torch.zeros(height, width, n)
        self.h = self.inside(self.old)

    def take(self, shared: Turns) -> None:
        self.turns, self.x = shared, self.inside(shared.input)

    def step(self) -> None:
        super().step()
        self.old, self.turns.new = self.turns.new, self.old
        self.h = self.inside(self.old)

    def look(self, rows: slice) -> Tensor:
        weights = self.weights
        given = self.turns.input[rows.start :] if weights.door is None else weights.door.patches(self.frame, rows)
        moved = self.inside(self.turns.moved)[rows]
        weights.kernels.run("tiled_leaky", weights.motion.of(given, self.old[rows.start :]), moved, *moved.shape)
        return given

    def settle(self, rows: slice, seen: Tensor | None) -> None:
        weights, exact = self.weights, self.exact[rows]
        moved, new = self.turns.moved[rows.start :], self.inside(self.turns.new)[rows]
        products = weights.inputs.of(seen), weights.flow.of(moved), weights.project.of(None)
        stretch = stretching(self.height, self.width, weights.stretched)
        size = rows.start, len(exact), self.height, self.width, weights.width, weights.links
        weights.kernels.run("tiled_gru", *products, self.h, exact, new, *stretch, *size)
