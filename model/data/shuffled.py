"""Data sets that are a list of windows: at random, each comes once before any comes again."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.data.crop import place
from model.data.window import Dataset, Window
from radar.errors import BadInput

ORDER, CUT = 0, 1
"""What is drawn by chance, each from its own stream."""


class Shuffled(Dataset):
    """Windows that lie in a list, drawn in a new order each time round, cropped."""

    def draw(self, number: int) -> Window:
        """The random window of this number."""
        rounds, at = divmod(number, len(self))
        window = self[int(shuffled(self.options.seed, rounds, len(self))[at])]
        return cropped(window, self.options.crop, np.random.default_rng((self.options.seed, CUT, number)))


@lru_cache(maxsize=4)
def shuffled(seed: int, rounds: int, count: int) -> NDArray[np.intp]:
    """The order of `count` windows in one round."""
    return np.random.default_rng((seed, ORDER, rounds)).permutation(count)


def cropped(window: Window, side: int, chance: np.random.Generator) -> Window:
    """The same square of every frame, or the whole frames for a side of 0."""
    if not side:
        return window
    height, width = window.past.shape[-2:]
    if side > min(height, width):
        raise BadInput(f"crop is {side}, but the frames are {height} x {width} pixels.")
    rows, columns = place(chance, (height, width), side)
    cut = np.s_[..., rows, columns]
    return window._replace(past=window.past[cut], future=window.future[cut], mask=window.mask[cut])


def observed_window(pixels: NDArray[Any], past: int, **about: Any) -> Window:
    """Frames (T, C, Y, X) in [0, 1] of which every pixel was observed."""
    frames = np.ascontiguousarray(pixels, np.float32)
    return Window(frames[:past], frames[past:], np.ones(frames.shape, bool), **about)
