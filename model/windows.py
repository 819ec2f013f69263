"""Training windows drawn from events: wet ones preferred, cropped, flipped."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.events import WET, Event
from radar.errors import BadInput
from radar.rain import to_byte

DRY_SHARE = 0.02
"""Added to a window's wetness, so that dry ones are seen too."""


class Windows:
    """Random windows of `length` frames and crop x crop pixels, the same sequence for the same seed.

    An event is drawn with a chance that grows with the root of its wetness summed over windows, so that one long
    event does not crowd out the short ones; a window in it by its wetness; of two crops the wetter is kept.
    """

    def __init__(self, events: Sequence[Event], length: int, crop: int, seed: int) -> None:
        fitting = [event for event in events if min(event.pixels.shape[1:]) >= crop and len(event.starts(length))]
        if not fitting:
            raise BadInput(f"No event has {length} frames in a row of at least {crop} x {crop} pixels.")
        self.events, self.length, self.crop = fitting, length, crop
        self.random = np.random.default_rng(seed)
        self.starts = [event.starts(length) for event in fitting]
        self.chances = [self._chances(event, starts) for event, starts in zip(fitting, self.starts, strict=True)]
        weight = np.sqrt([chances.sum() for chances in self.chances])
        self.event_chances = weight / weight.sum()

    def _chances(self, event: Event, starts: NDArray[np.intp]) -> NDArray[np.floating]:
        wet = np.convolve(event.wetness(), np.ones(self.length) / self.length, "valid")
        return np.asarray(wet[starts] + DRY_SHARE)

    def batch(self, size: int) -> tuple[Tensor, Tensor]:
        """Pixels (B, T, 1, Y, X) in [0, 1] and which of them were observed."""
        drawn = [self._draw() for _ in range(size)]
        pixels = np.stack([pixel for pixel, _ in drawn])[:, :, None]
        observed = np.stack([seen for _, seen in drawn])[:, :, None]
        return torch.from_numpy(pixels.astype(np.float32) / 255), torch.from_numpy(observed)

    def _draw(self) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        at = self.random.choice(len(self.events), p=self.event_chances)
        chances = self.chances[at] / self.chances[at].sum()
        start = self.random.choice(self.starts[at], p=chances)
        pixels, seen = max((self._crop(self.events[at], start) for _ in range(2)), key=wet_count)
        turns, mirrored = int(self.random.integers(4)), int(self.random.integers(2))
        return turned(pixels, turns, mirrored), turned(seen, turns, mirrored)

    def _crop(self, event: Event, start: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        _, height, width = event.pixels.shape
        y, x = self.random.integers(height - self.crop + 1), self.random.integers(width - self.crop + 1)
        where = np.s_[start : start + self.length, y : y + self.crop, x : x + self.crop]
        return event.pixels[where], event.observed[where]


def wet_count(window: tuple[NDArray[np.uint8], NDArray[np.bool_]]) -> int:
    """How many pixels of a window are wet."""
    return int((window[0] >= to_byte(WET)).sum())


def turned(array: NDArray[Any], turns: int, mirrored: int) -> NDArray[Any]:
    """(T, Y, X) turned by quarter turns, then mirrored or not."""
    rotated = np.rot90(array, turns, (1, 2))
    return np.ascontiguousarray(rotated[:, :, ::-1] if mirrored else rotated)
