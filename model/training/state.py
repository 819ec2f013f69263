"""A run as it stands after a step, in one file: what it needs to go on as if it had never stopped."""

import os
import pickle
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import torch

from model.recipe import FREE, Recipe
from model.training.words import written
from radar.errors import BadInput

FILE = "state.pt"
State = dict[str, Any]
"""Numbers, words and tensors in dicts and lists: what torch reads without running what a file says."""


def save(folder: Path, recipe: Recipe, state: State) -> None:
    """Write the state; whoever is killed on the way leaves the older one whole."""
    path = folder / FILE
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        torch.save({"recipe": asdict(recipe), **state}, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def load(folder: Path, recipe: Recipe) -> State | None:
    """The state in a folder, None where there is none; BadInput for one that cannot be read or is of another recipe."""
    path = folder / FILE
    if not path.exists():
        return None
    if not is_zipfile(path):  # torch would take it for a bare pickle
        raise unreadable(folder)
    try:
        state: State = torch.load(path, map_location="cpu", weights_only=True)
        began = dict(state["recipe"])
    except (RuntimeError, EOFError, pickle.UnpicklingError, LookupError, TypeError, ValueError) as error:
        raise unreadable(folder) from error
    if fault := difference(began, asdict(recipe)):
        raise BadInput(f"{folder} holds a run with {fault}; give another folder, or that recipe.")
    return state


def unreadable(folder: Path) -> BadInput:
    """What to say of a file that holds no state of the run it should."""
    return BadInput(f"{folder / FILE} is not the state of a run; remove it to begin again.")


def difference(began: dict[str, Any], wanted: dict[str, Any]) -> str:
    """The first setting in which two recipes differ and that decides the weights; empty when there is none."""
    for key, value in wanted.items():
        if key not in FREE and began.get(key) != value:
            return f"{key}={written(began.get(key))}, not {key}={written(value)}"
    return ""
