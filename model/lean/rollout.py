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
from model.lean.strips import Layer
from model.lean.table import LEAN, laid_out
from model.nowcaster import Nowcaster, Said
from model.reference import ReferenceStack
from model.stack import Stack


def fits(network: Nowcaster) -> bool:
    """True when every part of a network has a lean step."""
    return type(network.stack) in (Stack, ReferenceStack) and all(type(cell) in LEAN for cell in network.stack.layers)


class Lean:
    """A network whose weights are laid out for the processor, in float32 or bfloat16 with float32 memories.

    Says the same as the network, to rounding. Takes the memory of its states, which do not grow with the number of
    leads, and of a strip.
    """

    def __init__(self, network: Nowcaster, precision: torch.dtype, kernels: Kernels) -> None:
        self.kernels, self.scales = kernels, network.stack.scales
        self.patch, self.residual = network.patch, network.residual
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

    def step(self, frame: Tensor) -> None:
        """One time step with a frame (1, C, H, W)."""
        door = self.lean.cells[0].door
        assert door is not None, "frames enter at the first layer"
        self.layers[0].frame = door.planes(F.pixel_unshuffle(frame, self.lean.patch)[0].permute(1, 2, 0))
        self.layers[0].step()
        left: list[Tensor] = []
        for below, layer in pairwise(self.layers):
            self.carry(below.h, layer.x, left)
            layer.step()

    def carry(self, h: Tensor, x: Tensor, left: list[Tensor]) -> None:
        """The output of a layer as the input of the next; `left` holds what was left at each scale on the way down."""
        if len(x) > len(h):
            self.lean.kernels.grow(h, left.pop(), x)
            return
        if len(x) < len(h):
            left.append(h)
        self.lean.kernels.pool(h, x)

    def say(self, frame: Tensor) -> Said:
        """What the network says after the step of a frame (1, C, H, W)."""
        lean = self.lean
        out = torch.empty(*self.shape, len(lean.weight))
        lean.kernels.head(self.layers[-1].h, lean.weight, lean.bias, out)
        images = F.pixel_shuffle(out.permute(2, 0, 1)[None], lean.patch)
        change, chances = images.tensor_split([lean.images // lean.patch**2], 1)
        return Said(frame + change if lean.residual else change, chances if chances.shape[1] else None)
