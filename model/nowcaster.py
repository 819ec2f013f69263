"""The loop over time around a stack: frames in, the frames after them out."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.stack import Stack

Teacher = tuple[Tensor, Tensor]
"""True future frames (B, horizon - 1, C, H, W) and where (B, horizon - 1, bool) they are fed instead of predictions."""


class Said(NamedTuple):
    """What a network says after a frame.

    frame: the next one, (B, C, H, W).
    chances: the log-odds that its rain reaches each threshold, (B, thresholds, H, W); None without a head for them.
    """

    frame: Tensor
    chances: Tensor | None


class Nowcaster(nn.Module):
    """Embed (1x1), stack, head (1x1), one frame a step; past the known frames it eats its own predictions.

    patch: space-to-depth at the door, the stack then works on a grid `patch` times coarser.
    residual: the head predicts the change from the frame eaten; its weights begin at zero, so an untrained network
    says persistence.
    thresholds: of how many rain rates a second head (1x1) gives the log-odds; it begins undecided.
    """

    def __init__(
        self,
        stack: Stack,
        width: int,
        channels: int = 1,
        *,
        patch: int = 1,
        residual: bool = False,
        thresholds: int = 0,
    ) -> None:
        super().__init__()
        self.stack, self.patch, self.residual = stack, patch, residual
        self.embed = nn.Conv2d(channels * patch**2, width, 1)
        self.head = nn.Conv2d(width, channels * patch**2, 1)
        self.chance = nn.Conv2d(width, thresholds * patch**2, 1) if thresholds else None
        for head in (self.head if residual else None, self.chance):
            if head is not None:
                nn.init.zeros_(head.weight)
                nn.init.zeros_(torch.as_tensor(head.bias))

    @property
    def stride(self) -> int:
        """By how much H and W must be divisible."""
        return self.stack.stride * self.patch

    def forward(self, past: Tensor, horizon: int, teacher: Teacher | None = None) -> Tensor:
        """Past (B, T, C, H, W) to the prediction after every frame, (B, T - 1 + horizon, C, H, W).

        The last `horizon` are the nowcast, the ones before it say how well each known frame was foreseen.
        """
        return torch.stack(list(self.steps(past, horizon, teacher)), 1)

    def steps(self, past: Tensor, horizon: int, teacher: Teacher | None = None) -> Iterator[Tensor]:
        """The predictions of `forward` one by one, (B, C, H, W) each: memory does not grow with the horizon."""
        return (said.frame for said in self.said(past, horizon, teacher))

    def said(self, past: Tensor, horizon: int, teacher: Teacher | None = None) -> Iterator[Said]:
        """As `steps`, each prediction with its chances."""
        states, m, frame = None, None, past[:, 0]
        for step in range(past.shape[1] - 1 + horizon):
            if step:
                frame = self._eaten(step, past, frame, teacher)
            x = self.embed(F.pixel_unshuffle(frame, self.patch))
            states = self.stack.begin(x) if states is None else states
            m = torch.zeros_like(x) if m is None else m
            x, m, states = self.stack(x, m, states)
            change = F.pixel_shuffle(self.head(x), self.patch)
            frame = frame + change if self.residual else change
            yield Said(frame, None if self.chance is None else F.pixel_shuffle(self.chance(x), self.patch))

    @staticmethod
    def _eaten(step: int, past: Tensor, predicted: Tensor, teacher: Teacher | None) -> Tensor:
        """The frame fed at a step: known, else predicted, else the teacher's where the mask says so."""
        known = past.shape[1]
        if step < known:
            return past[:, step]
        if teacher is None:
            return predicted
        truth, where = teacher
        # where(), not a product: a NaN in a true frame that is not fed must not leak through
        return torch.where(where[:, step - known, None, None, None], truth[:, step - known], predicted)
