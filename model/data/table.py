"""The data sets by name.

A recipe names one by its field `data` ("radar" by default), the command line gives the folder: `nowcast train PATH
data=hko7`. What a recipe leaves at 0 is the data set's own.

    dataset = open_dataset(recipe.data, path, "train", Options(past=..., future=..., crop=..., seed=...))
    with Ahead(dataset, recipe.batch) as batches:     # draws in the background, the same batches in the same order
        pixels, observed = batches.batch()
        batches.state()                               # for a checkpoint: of what was taken, not of what waits
    for window in open_dataset(recipe.data, path, "test", options):
        ...
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from model.data.hko7 import open_hko7
from model.data.kth import open_kth
from model.data.moving_mnist import open_moving_mnist
from model.data.radar import open_radar
from model.data.taxibj import open_taxibj
from model.data.window import Dataset, Options
from radar.errors import BadInput


@dataclass(frozen=True)
class Kind:
    """One data set: how it is opened, and what windows the papers cut from it.

    every: frames between the starts of two windows in the fixed order; 0 where the data set has its own rule.
    rain: its pixels are rain in the HKO-7 encoding, so that they may be averaged, turned and held still.
    unit: what its pixels count, where they are no shades of grey.
    """

    open: Callable[[Path, str, Options], Dataset]
    splits: tuple[str, ...]
    past: int
    future: int
    every: int
    channels: int = 1
    rain: bool = False
    unit: str = ""


ALL_SPLITS = ("train", "valid", "test")
DATASETS: dict[str, Kind] = {
    "radar": Kind(open_radar, ALL_SPLITS, past=8, future=12, every=12, rain=True),
    "hko7": Kind(open_hko7, ALL_SPLITS, past=5, future=20, every=5, rain=True),
    "moving-mnist": Kind(open_moving_mnist, ALL_SPLITS, past=10, future=10, every=0),
    "kth": Kind(open_kth, ("train", "test"), past=10, future=10, every=0),
    "taxibj": Kind(open_taxibj, ("train", "test"), past=4, future=4, every=1, channels=2, unit="taxis in half an hour"),
}


OWN = Options()


def kind_of(name: str) -> Kind:
    """A data set of the table; BadInput when there is none of that name."""
    if name not in DATASETS:
        raise BadInput(f"There is no data set {name!r}; there are {', '.join(DATASETS)}.")
    return DATASETS[name]


def open_dataset(name: str, folder: Path, split: str, options: Options = OWN) -> Dataset:
    """A split of a data set; BadInput when there is none, or the options or the files are not what it needs."""
    kind = kind_of(name)
    if split not in kind.splits:
        raise BadInput(f"{name} has no {split} split; it has {', '.join(kind.splits)}.")
    check(name, kind, options)
    if not folder.exists():
        raise BadInput(f"{folder} is missing.")
    own = {field: getattr(options, field) or getattr(kind, field) for field in ("past", "future", "every")}
    return kind.open(folder, split, replace(options, **own))


def check(name: str, kind: Kind, options: Options) -> None:
    """Refuse options that no data set has, or that are not this one's."""
    counts = (options.past, options.future, options.every, options.crop, options.seed)
    if min(*counts, options.multiple - 1, *(by - 1 for by in options.coarsen), options.rank, options.world - 1) < 0:
        raise BadInput("past, future, every, crop and seed are 0 or more, multiple and coarsen at least 1.")
    if not kind.rain and (options.moving or options.coarsen != (1,)):
        raise BadInput(f"{name} is no rain, so that it is neither averaged nor held still: coarsen=1 moving=false.")
    if options.held_out and name != "radar":
        raise BadInput(f"{name} has its own test split; held_out is for radar.")
