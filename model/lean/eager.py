"""What a lean step does between its convolutions, in torch: without a compiler, and what kernels.cpp is held to.

Maps are (rows, width, channels), float32 or bfloat16, as views of larger ones; results are written where they belong.
Sums are made in float32.
"""

from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

SLOPE = 0.2
"""Of the leaky ReLU of a TrajGRU."""


class Kernels(Protocol):
    """The parts of a step, of n channels each."""

    def lstm(self, gates: Tensor, more: Tensor | None, c: Tensor, h: Tensor) -> None:
        """A ConvLSTM's update of c (float32) and h out of i, f, g, o (4n), which may come in two parts to be added."""

    def gru(self, a: Tensor, b: Tensor, h: Tensor, out: Tensor) -> None:
        """A TrajGRU's update of h (float32) out of a (3n, or more that are left alone) and b (3n), copied to out."""

    def leaky(self, a: Tensor, b: Tensor, out: Tensor) -> None:
        """The leaky ReLU of a sum."""

    def warp(self, h: Tensor, flows: Tensor, out: Tensor, first: int, stretched: bool) -> None:
        """h against flows (rows, width, 2 links), of which the first row belongs to row `first` of h: (…, links n).

        stretched: by W / (W - 1) about the centre, as the reference's weights were trained with.
        """

    def pool(self, h: Tensor, out: Tensor) -> None:
        """Max-pooling to the size of out; a copy if it is as large."""

    def grow(self, h: Tensor, skip: Tensor, out: Tensor) -> None:
        """Bilinear upsampling to the size of out, with the skip added."""

    def head(self, h: Tensor, weight: Tensor, bias: Tensor, out: Tensor) -> None:
        """A 1 x 1 convolution in float32 with weights (outputs, n)."""


class Eager:
    """All of them in torch."""

    def lstm(self, gates: Tensor, more: Tensor | None, c: Tensor, h: Tensor) -> None:
        wide = gates.float() if more is None else gates.float() + more.float()
        i, f, g, o = wide.chunk(4, -1)
        c.mul_(f.sigmoid()).addcmul_(i.sigmoid(), g.tanh())
        h.copy_(o.sigmoid() * c.tanh())

    def gru(self, a: Tensor, b: Tensor, h: Tensor, out: Tensor) -> None:
        (az, ar, aq), (bz, br, bq) = a[..., : b.shape[-1]].float().chunk(3, -1), b.float().chunk(3, -1)
        q = F.leaky_relu(aq + (ar + br).sigmoid() * bq, SLOPE)
        h.copy_(q + (az + bz).sigmoid() * (h - q))
        out.copy_(h)

    def leaky(self, a: Tensor, b: Tensor, out: Tensor) -> None:
        out.copy_(F.leaky_relu(a.float() + b.float(), SLOPE))

    def warp(self, h: Tensor, flows: Tensor, out: Tensor, first: int, stretched: bool) -> None:
        (height, width, n), rows = h.shape, len(flows)
        against = -torch.unflatten(flows.float(), -1, (-1, 2)).permute(2, 3, 0, 1)  # (links, 2, rows, width)
        x = against[:, 0] + positions(width, like=against)
        y = against[:, 1] + positions(rows, like=against)[:, None] + first
        x, y = (stretch(x, width), stretch(y, height)) if stretched else (x, y)
        grid = torch.stack(((2 * x + 1) / width - 1, (2 * y + 1) / height - 1), -1).flatten(0, 1)
        seen = F.grid_sample(chw(h).float(), grid[None], align_corners=False)
        out.copy_(seen.view(n, -1, rows, width).permute(2, 3, 1, 0).flatten(2))

    def pool(self, h: Tensor, out: Tensor) -> None:
        out.copy_(hwc(F.max_pool2d(chw(h), len(h) // len(out))))

    def grow(self, h: Tensor, skip: Tensor, out: Tensor) -> None:
        factor = len(out) // len(h)
        grown = F.interpolate(chw(h).float(), scale_factor=factor, mode="bilinear", align_corners=False)
        out.copy_(hwc(grown) + skip)

    def head(self, h: Tensor, weight: Tensor, bias: Tensor, out: Tensor) -> None:
        out.copy_(F.linear(h.float(), weight, bias))


def stretch(places: Tensor, size: int) -> Tensor:
    """Places along an axis as the reference reads them: p W / (W - 1) - 1/2."""
    return places * (size / max(size - 1, 1)) - 0.5


def positions(size: int, like: Tensor) -> Tensor:
    """0, 1, ... size - 1."""
    return torch.arange(size, device=like.device, dtype=like.dtype)


def chw(a: Tensor) -> Tensor:
    """A map (rows, width, channels) as a batch of one image."""
    return a.permute(2, 0, 1)[None]


def hwc(image: Tensor) -> Tensor:
    """A batch of one image as a map."""
    return image[0].permute(1, 2, 0)
