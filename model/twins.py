"""A network and its multi-scale twin, trained alike: the claim of the MS-RNN paper at the size a machine allows."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import reduce
from operator import add
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np

from model.data.table import open_dataset
from model.data.window import Dataset, Options, Window
from model.nowcaster import Nowcaster
from model.recipe import Recipe
from model.rollouts import held, rolled, step_sums
from model.train import train
from radar.errors import BadInput
from radar.pictures import PICTURES

PERSISTENCE = "persistence"


@dataclass(frozen=True)
class Errors:
    """Means over observed pixels in [0, 1]: of the forecast frames alone, and as the reference averages, over the
    predictions of all frames but the first, those during the known frames included."""

    forecast_mse: float
    forecast_mae: float
    rollout_mse: float
    rollout_mae: float


@dataclass(frozen=True)
class Trial:
    """How a network did that was trained from one seed; seed is None for persistence, which has none."""

    model: str
    seed: int | None
    windows: int
    errors: Errors

    def fields(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


@dataclass(frozen=True)
class Spread:
    """One error of one model over seeds: its mean, and its standard deviation, None for a single seed."""

    mean: float
    deviation: float | None


def twins(recipe: Recipe, families: Sequence[str], seeds: int) -> list[Recipe]:
    """The recipe for each family's plain network and its multi-scale twin, seed by seed; all else is alike."""
    models = [twin for family in families for twin in (family, f"ms-{family}")]
    return [replace(recipe, model=model, seed=recipe.seed + n) for n in range(seeds) for model in models]


def trials(recipes: Sequence[Recipe], folder: Path, out: Path, windows: int) -> Iterator[Trial]:
    """Train by each recipe, in a folder of its own under `out`, and test all on the same windows; persistence first.

    What an earlier call has trained there is not trained again.
    """
    test = tested(recipes[0], folder, windows)
    yield Trial(PERSISTENCE, None, len(test), errors(None, test))
    for recipe in recipes:
        network = train(recipe, folder, out / f"{recipe.model}-{recipe.seed}")
        yield Trial(recipe.model, recipe.seed, len(test), errors(network, test))


def tested(recipe: Recipe, folder: Path, most: int) -> list[Window]:
    """At most so many windows of the test split, evenly from all of it."""
    options = Options(past=recipe.past, future=recipe.future, held_out=recipe.scored)
    whole: Dataset = open_dataset(recipe.data, folder, "test", options)
    if not len(whole):
        raise BadInput(f"There is no test window in {folder}; held_out names the events to test on.")
    return [whole[int(at)] for at in np.unique(np.linspace(0, len(whole) - 1, most).astype(int))]


def errors(network: Nowcaster | None, windows: Sequence[Window]) -> Errors:
    """Of a network, or of persistence, on windows of one shape of time."""
    every = (held(window) if network is None else rolled(network, window) for window in windows)
    whole = reduce(add, (step_sums(said, window) for said, window in zip(every, windows, strict=True)))
    parts = whole.pooled(slice(-len(windows[0].future), None)), whole.pooled()
    return Errors(*(float(PICTURES[f"{name} a pixel"](part)[0]) for part in parts for name in ("mse", "mae")))


def spread(found: Sequence[Trial], model: str, error: str) -> Spread:
    """One error of one model over its seeds."""
    values = [getattr(trial.errors, error) for trial in found if trial.model == model]
    return Spread(mean(values), stdev(values) if len(values) > 1 else None)
