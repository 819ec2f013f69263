"""How fast a data set is drawn from, beside how fast a network learns from it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from pathlib import Path
from statistics import median
from typing import TypeVar

import torch

from model.data.ahead import Ahead
from model.data.window import Batch, Dataset
from model.recipe import Recipe
from model.training import windows
from model.training.parallel import Crew
from model.training.rollout import Rollout, device_of
from model.training.start import begun

T = TypeVar("T")


@dataclass(frozen=True)
class Speed:
    """Seconds until a data set has drawn its first window, and medians over rounds: of drawing a batch, of a forward
    and backward pass over it, and of waiting for a batch that was drawn in the background during such a pass."""

    data: str
    model: str
    seconds_to_open: float
    seconds_per_batch: float
    seconds_per_step: float
    seconds_waited: float

    @property
    def batches_per_step(self) -> float:
        """How many batches could be drawn in the time of a step; from 1 on the network need not wait."""
        return self.seconds_per_step / self.seconds_per_batch


def speed(recipe: Recipe, folder: Path, rounds: int) -> Speed:
    """Measure in turn, so that all meet the same noise of the machine; the first round of each is left out."""
    device = device_of(recipe.device)
    torch.set_num_threads(recipe.threads)
    rollout = Rollout(recipe, begun(recipe).to(device), device)
    opening, dataset = timed(partial(first_drawn, recipe, folder, Crew(device)))
    drawing: list[float] = []
    learning: list[float] = []
    waiting: list[float] = []
    for _ in repeat(None, rounds + 1):
        seconds, batch = timed(partial(dataset.batch, recipe.batch))
        drawing.append(seconds)
        learning.append(timed(partial(step, rollout, batch))[0])
    with Ahead(dataset, recipe.batch) as ahead:
        for _ in repeat(None, rounds + 1):
            seconds, batch = timed(ahead.batch)
            waiting.append(seconds)
            step(rollout, batch)
    parts = (median(times[1:]) for times in (drawing, learning, waiting))
    return Speed(recipe.data, recipe.model, opening, *parts)


def first_drawn(recipe: Recipe, folder: Path, crew: Crew) -> Dataset:
    """The training windows, once all that the first of them needs is known."""
    dataset = windows.training(recipe, folder, crew)
    dataset.draw(0)
    return dataset


def step(rollout: Rollout, batch: Batch) -> None:
    """A forward and backward pass."""
    device = next(rollout.parameters()).device
    rollout.zero_grad()
    rollout(batch.pixels.to(device), batch.observed.to(device)).backward()


def timed(what: Callable[[], T]) -> tuple[float, T]:
    """Seconds and result."""
    began = time.perf_counter()
    result = what()
    return time.perf_counter() - began, result
