"""The data of a run: training windows, and the windows it is checked on."""

from pathlib import Path

from model.data.table import open_dataset
from model.data.window import Dataset, Options
from model.recipe import Recipe
from model.training.parallel import Crew
from radar.errors import BadInput


def training(recipe: Recipe, folder: Path, crew: Crew) -> Dataset:
    """What is trained on: all but the events held out for any reason."""
    return open_dataset(recipe.data, folder, "train", options(recipe, crew, recipe.apart))


def validating(recipe: Recipe, folder: Path, crew: Crew) -> Dataset:
    """What a run is checked on: the validation events of a radar archive, the validation split of another data set."""
    return open_dataset(recipe.data, folder, "valid", options(recipe, crew, recipe.validating))


def options(recipe: Recipe, crew: Crew, held_out: frozenset[str]) -> Options:
    """What a recipe wants of a data set."""
    return Options(
        past=recipe.past,
        future=recipe.future,
        crop=recipe.crop,
        coarsen=blocks(recipe.coarsen),
        held_out=held_out,
        moving=recipe.moving,
        seed=recipe.seed,
        rank=crew.rank,
        world=crew.size,
    )


def blocks(coarsen: str) -> tuple[int, ...]:
    """The sizes of the blocks that events are averaged over, 1 among them."""
    words = [word for word in coarsen.split(",") if word]
    if not all(word.isdecimal() for word in words):
        raise BadInput(f"coarsen is whole numbers with commas, not {coarsen!r}.")
    return (1, *sorted({int(word) for word in words if int(word) > 1}))


def check_size(dataset: Dataset, stride: int) -> None:
    """Refuse (BadInput) whole frames that a network cannot halve as often as it does."""
    if dataset.options.crop:
        return
    height, width = dataset[0].past.shape[-2:]
    if height % stride or width % stride:
        raise BadInput(f"Frames are {height} x {width}, but this network wants multiples of {stride}; set crop.")
