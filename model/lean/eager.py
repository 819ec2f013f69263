"""What a lean step does between its convolutions, in torch: without a compiler, and as the C++ is held to.

Maps are (rows, width, channels), float32 or bfloat16, as views of larger ones; results are written where they belong.
Sums are made in float32.
"""

from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from model.cells import gated

SLOPE = 0.2
"""Of the leaky ReLU of a TrajGRU."""


class Kernels(Protocol):
    """The parts of a step, of n channels each."""

    def lstm(self, gates: Tensor, more: Tensor | None, c: Tensor, h: Tensor) -> None:
        """A ConvLSTM's update of c (float32) and h out of i, f, g, o (4n), which may come in two parts to be added."""

    def gru(self, a: Tensor, b: Tensor, h: Tensor, now: Tensor, out: Tensor) -> None:
        """A TrajGRU's h (float32) as it is now, out of a (3n, or more that are left alone) and b (3n), copied to out.

        now may be h itself, or out.
        """

    def leaky(self, a: Tensor, b: Tensor, out: Tensor) -> None:
        """The leaky ReLU of a sum."""

    def warp(self, h: Tensor, flows: Tensor, out: Tensor, first: int, stretched: bool) -> None:
        """h against flows (rows, width, 2 links), of which the first row belongs to row `first` of h: (…, links n).

        stretched: by W / (W - 1) about the centre, as the reference's weights were trained with.
        """

    def pool(self, h: Tensor, out: Tensor) -> None:
        """Max-pooling to the size of out; a copy if it is as large."""

    def grow(self, h: Tensor, skip: Tensor | None, out: Tensor) -> None:
        """Bilinear upsampling to the size of out, with a skip added."""

    def head(self, h: Tensor, weight: Tensor, bias: Tensor, out: Tensor) -> None:
        """A 1 x 1 convolution in float32 with weights (outputs, n)."""

    def remember(self, gates: Tensor, memory: Tensor, out: Tensor) -> None:
        """A memory (float32) through gates i, f, g (3n): σ(f) m + σ(i) tanh(g), copied to out."""

    def replace(self, o: Tensor, kept: Tensor, gates: Tensor, memory: Tensor, out: Tensor) -> None:
        """A memory of MIM: σ(o) tanh(kept) + σ(i) tanh(g) of gates i, g (2n), kept in float32, copied to out."""

    def highway(self, gates: Tensor, z: Tensor, out: Tensor) -> None:
        """A highway's z (float32) through gates p, s (2n): σ(s) tanh(p) + (1 - σ(s)) z, copied to out."""

    def gated(self, a: Tensor, b: Tensor, out: Tensor) -> None:
        """σ(a) tanh(b), b in float32."""

    def squashed(self, a: Tensor, b: Tensor, out: Tensor) -> None:
        """tanh(a) tanh(b), b in float32."""


class Eager:
    """All of them in torch."""

    def lstm(self, gates: Tensor, more: Tensor | None, c: Tensor, h: Tensor) -> None:
        wide = gates.float() if more is None else gates.float() + more.float()
        i, f, g, o = wide.chunk(4, -1)
        c.mul_(f.sigmoid()).addcmul_(i.sigmoid(), g.tanh())
        h.copy_(o.sigmoid() * c.tanh())

    def gru(self, a: Tensor, b: Tensor, h: Tensor, now: Tensor, out: Tensor) -> None:
        (az, ar, aq), (bz, br, bq) = a[..., : b.shape[-1]].float().chunk(3, -1), b.float().chunk(3, -1)
        q = F.leaky_relu(aq + (ar + br).sigmoid() * bq, SLOPE)
        now.copy_(q + (az + bz).sigmoid() * (h - q))
        out.copy_(now)

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

    def grow(self, h: Tensor, skip: Tensor | None, out: Tensor) -> None:
        factor = len(out) // len(h)
        grown = F.interpolate(chw(h).float(), scale_factor=factor, mode="bilinear", align_corners=False)
        out.copy_(hwc(grown) if skip is None else hwc(grown) + skip)

    def head(self, h: Tensor, weight: Tensor, bias: Tensor, out: Tensor) -> None:
        out.copy_(F.linear(h.float(), weight, bias))

    def remember(self, gates: Tensor, memory: Tensor, out: Tensor) -> None:
        i, f, g = gates.float().chunk(3, -1)
        out.copy_(memory.mul_(f.sigmoid()).addcmul_(i.sigmoid(), g.tanh()))

    def replace(self, o: Tensor, kept: Tensor, gates: Tensor, memory: Tensor, out: Tensor) -> None:
        i, g = gates.float().chunk(2, -1)
        out.copy_(memory.copy_(gated(o.float(), kept) + gated(i, g)))

    def highway(self, gates: Tensor, z: Tensor, out: Tensor) -> None:
        p, s = gates.float().chunk(2, -1)
        out.copy_(z.lerp_(p.tanh(), s.sigmoid()))

    def gated(self, a: Tensor, b: Tensor, out: Tensor) -> None:
        out.copy_(gated(a.float(), b))

    def squashed(self, a: Tensor, b: Tensor, out: Tensor) -> None:
        out.copy_(a.float().tanh() * b.tanh())


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
