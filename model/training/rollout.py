"""The loss of a batch: a network rolled out over windows and measured against what came."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from model.cells import State
from model.losses import LOSSES, crossentropy
from model.nowcaster import Nowcaster
from model.recipe import Recipe
from model.stack import Stack
from radar.errors import BadInput


class Rollout(nn.Module):
    """A network and what its recipe minimises; `forward` is the loss of windows, which a data-parallel wrapper needs.

    windows: pixels (B, T, C, H, W) in [0, 1] and where they were observed; fed: (B, T - 2) where the true frame is
    eaten, frame 1 first, or None for the known ones only.
    """

    def __init__(self, recipe: Recipe, network: Nowcaster, device: torch.device) -> None:
        super().__init__()
        self.recipe, self.network = recipe, network
        self.bf16 = in_bf16(recipe, device)

    def forward(self, pixels: Tensor, observed: Tensor, fed: Tensor | None = None) -> Tensor:
        frames, chances = self.said(pixels, fed)
        target, seen = pixels[:, 1:], observed[:, 1:].expand_as(pixels[:, 1:])
        loss = LOSSES[self.recipe.loss](frames, target, seen)
        if chances is None:
            return loss
        return loss + self.recipe.chance_weight * crossentropy(chances, target, seen, self.recipe.levels)

    def said(self, pixels: Tensor, fed: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """The prediction after every frame but the last, (B, T - 1, C, H, W), and its chances' log-odds."""
        known, horizon = self.recipe.past, pixels.shape[1] - self.recipe.past
        with torch.autocast(pixels.device.type, dtype=torch.bfloat16, enabled=self.bf16):
            if fed is None:
                steps = self.network.said(pixels[:, :known], horizon)
            else:  # only the first frame is sure to be known
                steps = self.network.said(pixels[:, :1], horizon + known - 1, (pixels[:, 1:-1], fed))
            frames, chances = zip(*steps, strict=True)
        logits = None if chances[0] is None else torch.stack(chances, 1).float()
        return torch.stack(frames, 1).float(), logits


class Forgetful(Stack):
    """A stack that keeps its states for the backward pass and nothing within a step: that it computes again.

    For about a third more arithmetic a rollout of any length needs the activations of a single step (Chen et al. 2016).
    """

    @classmethod
    def like(cls, stack: Stack) -> "Forgetful":
        """With the cells of another stack."""
        return cls(stack.layers, stack.scales)

    def forward(self, x: Tensor, m: Tensor, states: Sequence[State]) -> tuple[Tensor, Tensor, list[State]]:
        """As the stack it is made of."""
        step: tuple[Tensor, Tensor, list[State]] = checkpoint(
            super().forward, x, m, states, use_reentrant=False, preserve_rng_state=False
        )
        return step


def count_observed(observed: Tensor) -> Tensor:
    """How many pixels of the frames to predict were observed."""
    return observed[:, 1:].sum()


def in_bf16(recipe: Recipe, device: torch.device) -> bool:
    """Whether to compute in bfloat16: as the recipe says, or where the device does so faster."""
    if recipe.bf16 != "auto":
        return recipe.bf16
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and bool(torch.cpu.get_capabilities().get("avx512_bf16", False))


def device_of(name: str) -> torch.device:
    """A torch device by name, `auto` for the first GPU where there is one; BadInput when there is no such device."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise BadInput(f"device is a torch device that is here, not {name!r}.") from error
    return device
