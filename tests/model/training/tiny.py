"""A run so small that it takes a second."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from model.nowcaster import Nowcaster
from model.recipe import Recipe
from model.training.rollout import Rollout
from model.training.start import network_of
from tests.model.samples import blob, event_file

TINY = Recipe(width=8, patch=1, past=3, future=2, crop=16, batch=2, steps=3, warmup=2, average=0.9, bf16=False)
CPU = torch.device("cpu")


def tuned(**fields: Any) -> Recipe:
    """TINY with other settings."""
    return replace(TINY, **fields)


def data(folder: Path, *names: str) -> Path:
    """A folder with events: each a blob that moves."""
    for name in names or ("blob",):
        event_file(folder / "data" / f"{name}.nc", blob(12, 16, 16))
    return folder / "data"


def rollout(recipe: Recipe, network: Nowcaster | None = None) -> Rollout:
    """What the recipe minimises, of a fresh network or this one."""
    return Rollout(recipe, network or network_of(recipe).build(), CPU)


def same(one: Nowcaster, other: Nowcaster) -> bool:
    """True when all weights are equal to the last bit."""
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(name == twin and torch.equal(left, right) for (name, left), (twin, right) in pairs)
