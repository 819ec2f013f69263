"""What every data set gives: windows in a fixed order to score on, and batches of random ones to train on."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from radar.errors import BadInput

Pixels = NDArray[np.float32]
Observed = NDArray[np.bool_]
State = dict[str, int]


class Window(NamedTuple):
    """Frames that follow each other without a hole.

    past, future: (T, C, Y, X) in [0, 1], what is known and what came after it.
    mask: (T of both, C, Y, X), True where a pixel was observed.
    times: of all frames, UTC; None where the data set has none.
    event: what it was cut from (a file, a day, a film): windows of one event are not independent of each other.
    """

    past: Pixels
    future: Pixels
    mask: Observed
    times: tuple[datetime, ...] | None = None
    event: str = ""


class Batch(NamedTuple):
    """Windows to train on: pixels (B, T, C, Y, X) float32 in [0, 1], past and future joined, and where observed."""

    pixels: Tensor
    observed: Tensor


@dataclass(frozen=True)
class Options:
    """What a run wants of a data set; each is named like the recipe's field, and 0 stands for the data set's own.

    past, future: frames a window. every: frames from the start of one window to the next, in the fixed order.
    multiple: of the cadence; 2 makes 10-minute windows of 5-minute frames.
    crop: pixels a side of a training window; 0 is the whole frame.
    coarsen: block sizes that rain is averaged over, one after the other a data set of its own. held_out: names of
    the events that are not trained on. moving: training windows stand still while the rain moves on
    (model/moving.py). flips: they are turned and mirrored.
    rank of world: which share of every batch this process draws; all shares together are what one process would draw.
    """

    past: int = 0
    future: int = 0
    every: int = 0
    multiple: int = 1
    crop: int = 0
    coarsen: tuple[int, ...] = (1,)
    held_out: frozenset[str] = frozenset()
    moving: bool = False
    flips: bool = True
    seed: int = 0
    rank: int = 0
    world: int = 1

    @property
    def length(self) -> int:
        """Frames a window."""
        return self.past + self.future


class Dataset(ABC):
    """Windows in a fixed order, and an endless sequence of random ones that the seed alone decides.

    The n-th random window is a function of seed and n: what a run needs to go on exactly where it stopped is one
    number, whoever draws ahead changes nothing, and processes that share a batch need not talk.

    reach: how far 1 is from 0 in the data's own unit, where it has one (`unit` in model/data/table.py).
    """

    reach: float = 1.0

    def __init__(self, options: Options) -> None:
        self.options = options
        self.drawn = 0

    @abstractmethod
    def __len__(self) -> int:
        """How many windows there are in the fixed order."""

    @abstractmethod
    def __getitem__(self, at: int) -> Window:
        """The window at a place of the fixed order, whole frames; IndexError beyond the last."""

    @abstractmethod
    def draw(self, number: int) -> Window:
        """The random window of this number: cropped, turned, carried along, as the options want it."""

    def event(self, at: int) -> str:
        """What the window at a place of the fixed order was cut from, mostly known without reading it."""
        return self[at].event

    def __iter__(self) -> Iterator[Window]:
        return (self[at] for at in range(len(self)))

    def batch(self, size: int) -> Batch:
        """The next `size` random windows of this process."""
        first = self.drawn + self.options.rank * size
        self.drawn += self.options.world * size
        return collated([self.draw(number) for number in range(first, first + size)])

    def state(self) -> State:
        """Where the random sequence is, for a checkpoint."""
        return {"drawn": self.drawn, "windows": len(self)}

    def restore(self, state: State) -> None:
        """Go on where `state` was taken; BadInput when that was another data set."""
        if state.get("windows") != len(self):
            raise BadInput(f"The data set has {len(self)} windows, but {state.get('windows')} when the run was saved.")
        self.drawn = state["drawn"]


def collated(windows: list[Window]) -> Batch:
    """Windows of one shape as a batch."""
    pixels = np.stack([np.concatenate([window.past, window.future]) for window in windows])
    observed = np.stack([window.mask for window in windows])
    return Batch(torch.from_numpy(pixels), torch.from_numpy(observed))
