"""Training windows drawn from events: wet ones preferred, cropped, flipped."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.events import WET, Event
from model.moving import Moving
from radar.errors import BadInput
from radar.rain import from_byte, to_byte

DRY_SHARE = 0.02
"""Added to a window's wetness, so that dry ones are seen too."""


class Windows:
    """Random windows of `length` frames and crop x crop pixels, the same sequence for the same seed.

    An event is drawn with a chance that grows with the root of its wetness summed over windows, so that one long
    event does not crowd out the short ones; a window in it by its wetness; of two crops the wetter is kept.
    known: how many of the frames come before now. When given, all frames are carried along the motion of these to
    where their rain is now (model/moving.py); a margin around the crop feeds it where the event is wide enough.
    """

    def __init__(self, events: Sequence[Event], length: int, crop: int, seed: int, known: int | None = None) -> None:
        fitting = [event for event in events if fits(event, length, crop)]
        if not fitting:
            raise BadInput(f"No event has {length} frames in a row of at least {crop} x {crop} pixels.")
        self.events, self.length, self.crop, self.known = fitting, length, crop, known
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
        if self.known is not None:
            pixels, seen = (middle(part, self.crop) for part in held_still(pixels, seen, self.known))
        turns, mirrored = int(self.random.integers(4)), int(self.random.integers(2))
        return turned(pixels, turns, mirrored), turned(seen, turns, mirrored)

    def _crop(self, event: Event, start: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        wanted = self.crop if self.known is None else 2 * self.crop
        height, width = (min(side, wanted) for side in event.pixels.shape[1:])
        y, x = (
            self.random.integers(side - own + 1)
            for side, own in zip(event.pixels.shape[1:], (height, width), strict=True)
        )
        where = np.s_[start : start + self.length, y : y + height, x : x + width]
        return event.pixels[where], event.observed[where]


def fits(event: Event, length: int, crop: int) -> bool:
    """True when an event is wide enough for a crop and has `length` frames in a row somewhere."""
    return min(event.pixels.shape[1:]) >= crop and len(event.starts(length)) > 0


def wet_count(window: tuple[NDArray[np.uint8], NDArray[np.bool_]]) -> int:
    """How many pixels of a window are wet."""
    return int((window[0] >= to_byte(WET)).sum())


def held_still(
    pixels: NDArray[np.uint8], seen: NDArray[np.bool_], known: int
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A window (T, Y, X) as it looks to who moves with its rain, as found in the `known` first frames."""
    rain = np.where(seen, from_byte(pixels), np.float32(np.nan))
    view = Moving.along(rain[:known])
    still = np.concatenate([view.enter(rain[:known]), view.enter_future(rain[known:])])
    return to_byte(still), np.isfinite(still)


def middle(array: NDArray[Any], side: int) -> NDArray[Any]:
    """The square in the middle of (T, Y, X)."""
    y, x = ((whole - side) // 2 for whole in array.shape[1:])
    return array[:, y : y + side, x : x + side]


def turned(array: NDArray[Any], turns: int, mirrored: int) -> NDArray[Any]:
    """(T, Y, X) turned by quarter turns, then mirrored or not."""
    rotated = np.rot90(array, turns, (1, 2))
    return np.ascontiguousarray(rotated[:, :, ::-1] if mirrored else rotated)
