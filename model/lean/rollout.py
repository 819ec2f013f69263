"""The lean rollout of a whole network: from frames to what it says, one time step at a time."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from model.lean.door import biases
from model.lean.eager import Kernels
from model.lean.layers import Means
from model.lean.memories import MemoryLayer
from model.lean.strips import Layer
from model.lean.table import LEAN, has_memory, laid_out
from model.nowcaster import Nowcaster, Said
from model.reference import ReferenceStack
from model.stack import Stack


def fits(network: Nowcaster) -> bool:
    """True when every part of a network has a lean step."""
    cells = network.stack.layers
    known = all(type(cell) in LEAN for cell in cells) or all(has_memory(cell) for cell in cells)
    return type(network.stack) in (Stack, ReferenceStack) and known


class Lean:
    """A network whose weights are laid out for the processor, in float32 or bfloat16 with float32 memories.

    Says the same as the network, to rounding. Takes the memory of its states, which do not grow with the number of
    leads, and of a strip.
    """

    def __init__(self, network: Nowcaster, precision: torch.dtype, kernels: Kernels) -> None:
        self.kernels, self.scales = kernels, network.stack.scales
        self.patch, self.residual = network.patch, network.residual
        self.embed, self.forgets = network.embed, isinstance(network.stack, ReferenceStack)
        with torch.inference_mode():
            embeds = [network.embed, *[None] * (len(self.scales) - 1)]
            self.cells = [
                laid_out(cell, network.embed.out_channels, Means(kernels, precision, embed))
                for cell, embed in zip(network.stack.layers, embeds, strict=True)
            ]
            heads = [network.head] if network.chance is None else [network.head, network.chance]
            self.weight = torch.cat([head.weight[:, :, 0, 0] for head in heads])
            self.bias = torch.cat([biases(head) for head in heads])
            self.images = network.head.out_channels

    def said(self, past: Iterable[Tensor], horizon: int) -> Iterator[Said]:
        """What the network says for each of `horizon` leads after frames (1, C, H, W) of the past."""
        rollout: Rollout | None = None
        for frame in past:
            rollout = rollout or Rollout(self, *frame.shape[2:])
            rollout.step(frame)
        for lead in range(horizon):
            assert rollout is not None, "a forecast rests on at least one frame"
            if lead:
                rollout.step(frame)
            said = rollout.say(frame)
            frame = said.frame
            yield said


class Rollout:
    """The layers of a network with their states, for frames of (height, width)."""

    def __init__(self, lean: Lean, height: int, width: int) -> None:
        self.lean, self.shape = lean, (height // lean.patch, width // lean.patch)
        self.layers: list[Layer[Any]] = [
            weights.begin(*(side // scale for side in self.shape))
            for weights, scale in zip(lean.cells, lean.scales, strict=True)
        ]
        shared: dict[tuple[type[Any], int, int], Any] = {}
        for layer in self.layers:
            if layer.shares is not None:
                alike = layer.shares, layer.height, layer.pad
                if alike not in shared:
                    shared[alike] = layer.shares(layer)
                layer.take(shared[alike])

    def step(self, frame: Tensor) -> None:
        """One time step with a frame (1, C, H, W)."""
        self.enter(folded(frame, self.lean.patch))
        self.layers[0].step()
        left: list[Tensor] = []
        for below, layer in pairwise(self.layers):
            if len(layer.x) < len(below.h):
                left.append(below.h)
            skip = left.pop() if len(layer.x) > len(below.h) else None
            self.carry(below, layer, skip)
            layer.step()
            if self.lean.forgets and skip is not None and isinstance(layer, MemoryLayer):
                layer.forget(skip)

    def enter(self, pixels: Tensor) -> None:
        """The input of the first layer, of a frame (height, width, channels)."""
        first, door, embed = self.layers[0], self.lean.cells[0].door, self.lean.embed
        if door is not None:
            first.frame = door.planes(pixels)
            return
        for rows in first.strips():
            first.x[rows] = F.linear(pixels[rows], embed.weight[:, :, 0, 0], embed.bias)

    def carry(self, below: Layer[Any], layer: Layer[Any], skip: Tensor | None) -> None:
        """What a layer says as the input of the next, with what was left at its scale on the way down; and its m."""
        self.rescale(below.h, layer.x, skip)
        if isinstance(below, MemoryLayer) and isinstance(layer, MemoryLayer) and below.m is not layer.m:
            self.rescale(below.m.exact, layer.m.exact, None)
            layer.m.round()

    def rescale(self, here: Tensor, there: Tensor, skip: Tensor | None) -> None:
        """A map as one of another size."""
        if len(there) > len(here):
            self.lean.kernels.grow(here, skip, there)
        else:
            self.lean.kernels.pool(here, there)

    def say(self, frame: Tensor) -> Said:
        """What the network says after the step of a frame (1, C, H, W)."""
        lean = self.lean
        out = torch.empty(*self.shape, len(lean.weight))
        lean.kernels.head(self.layers[-1].h, lean.weight, lean.bias, out)
        images = unfolded(out, lean.patch)
        change, chances = images.tensor_split([lean.images // lean.patch**2], 1)
        return Said(frame + change if lean.residual else change, chances if chances.shape[1] else None)


def folded(frame: Tensor, patch: int) -> Tensor:
    """(height, width, C * patch²) of (1, C, H, W), as pixel_unshuffle makes it, in a third of its time."""
    _, channels, height, width = frame.shape
    blocks = frame.reshape(channels, height // patch, patch, width // patch, patch).permute(1, 3, 0, 2, 4)
    return blocks.reshape(height // patch, width // patch, -1)


def unfolded(out: Tensor, patch: int) -> Tensor:
    """(1, images, H, W), as pixel_shuffle makes it of (height, width, images * patch²), in a third of its time."""
    height, width, _ = out.shape
    blocks = out.view(height, width, -1, patch, patch).permute(2, 0, 3, 1, 4)
    return blocks.reshape(1, -1, patch * height, patch * width)
