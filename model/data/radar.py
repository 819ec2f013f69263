"""Radar archives: a folder of CF NetCDF files or Zarr stores, each an event, split by whole files.

A field of rain (time, y, x) in any unit that radar/formats/cf_rain.py converts; `cadence_minutes` among the attributes,
or else the cadence is the most common step between times.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from model.data.cache import Cache
from model.data.event import Event, Seen, block_mean, seen
from model.data.rain_windows import RainWindows
from model.data.reading import reading
from model.data.unpack import Unpack
from model.data.window import Options
from radar.errors import BadFrames, BadInput
from radar.formats import cf_grid
from radar.formats.cf_rain import ROLES, axes, converter, rain_name
from radar.formats.container import Container
from radar.frames import Rain
from radar.grid import Grid, check_size
from radar.rain import to_byte
from radar.windows import WET

NARROW = 64
"""Pixels: an event no wider than this is not averaged to coarser ones."""
BLOCK = 2**22
"""Pixels that are decoded at a time where all of an event is looked at."""
SUFFIXES = (".nc", ".zarr")


def open_radar(folder: Path, split: str, options: Options) -> RainWindows:
    """Windows of the events not held out (train), or of those held out (valid and test are the same)."""
    files = event_files(folder)
    if unknown := options.held_out - {path.stem for path in files}:
        raise BadInput(f"There is no event {min(unknown)} to hold out in {folder}.")
    if split != "train" and not options.held_out:
        raise BadInput(f"No event in {folder} is held out to be the {split} split; name some with held_out.")
    wanted = [path for path in files if (path.stem in options.held_out) != (split == "train")]
    if not wanted:
        raise BadInput(f"Every event in {folder} is held out: there is none to train on.")
    cache = Cache()
    return RainWindows([event for path in wanted for event in views(path, options.coarsen, cache)], options)


def views(path: Path, coarsen: Iterable[int], cache: Cache) -> list["RadarFile"]:
    """A file at each pixel size; one that is narrow only at its own."""
    event = RadarFile(path, cache)
    if min(event.shape) <= NARROW:
        return [event]
    return [event if by == 1 else RadarFile(path, cache, by, finest=event) for by in coarsen]


class RadarFile(Event):
    """One file, its pixels averaged over by x by blocks, read from disk a few frames at a time.

    finest: the same without averaging; how wet it is counts for both.
    """

    def __init__(self, path: Path, cache: Cache, by: int = 1, finest: "RadarFile | None" = None) -> None:
        self.path, self.by, self.finest = path, by, finest
        with described(path):
            stored = stored_dataset(path, mask_and_scale=False)
            times, cadence = clock(stored)
            self.field = rain_field(stored)
            self.unpack = Unpack(self.field)
        _, height, width = self.field.shape
        check_size(1, height, width)
        name = path.stem if by == 1 else f"{path.stem}/{by}"
        super().__init__(name, (height // by, width // by), times, cadence, cache)

    def decode(self, frames: range) -> Seen:
        with described(self.path):
            raw = self.field[frames.start : frames.stop : frames.step].values
        return self.unpack.pixels(raw) if self.by == 1 else seen(block_mean(self.unpack.rain(raw), self.by))

    def wetness(self) -> NDArray[np.floating]:
        return self._wetness if self.finest is None else self.finest.wetness()

    @cached_property
    def _wetness(self) -> NDArray[np.floating]:
        block, wet, whole = max(1, BLOCK // prod(self.shape)), to_byte(WET), range(len(self.times))
        parts = [self.read(whole[at : at + block]).pixels >= wet for at in whole[::block]]
        return np.concatenate([part.mean((1, 2)) for part in parts])

    def origin(self, frame: int) -> str:
        return self.path.stem


def stored_dataset(path: Path, **how: Any) -> xr.Dataset:
    """A file or store, opened to be read lazily."""
    if path.suffix != ".zarr":
        return xr.open_dataset(path, **how)
    if find_spec("zarr") is None:
        raise BadInput("This is a Zarr store; pip install 'nowcast[zarr]' brings what reads it.")
    return xr.open_dataset(path, engine="zarr", consolidated=False, **how)


@contextmanager
def described(path: Path) -> Iterator[None]:
    """BadInput, naming the file, for what goes wrong with it."""
    with reading(path, "a radar event (CF NetCDF or Zarr with a field of rain over time, y, x)"):
        yield


@contextmanager
def opened(path: Path) -> Iterator[xr.Dataset]:
    """An event file with its rain unpacked; BadInput when it is none, or turns out to be damaged."""
    with described(path):
        dataset = stored_dataset(path)
        clock(dataset)
        rain_field(dataset)
    try:
        with dataset:
            yield dataset
    except (OSError, RuntimeError) as error:
        raise BadInput(f"{path} is damaged.") from error


def rain_field(dataset: xr.Dataset) -> xr.Variable:
    """The rain (time, y, x) of an event; BadFrames when there is none, or it lies otherwise."""
    name, where = rain_axes(dataset)
    if dataset[name].dims != tuple(where.get(role) for role in ROLES):
        raise BadFrames("The rain does not lie as time, y, x.")
    return dataset.variables[name]


def rain_axes(dataset: xr.Dataset) -> tuple[str, dict[str, str]]:
    """The name of the rain, and time, y, x -> its dimension."""
    variables = named(dataset)
    name = rain_name(variables)
    return name, axes(name, variables)


def named(dataset: xr.Dataset) -> dict[str, xr.Variable]:
    """All variables by name."""
    return {str(name): variable for name, variable in dataset.variables.items()}


def rain_reader(dataset: xr.Dataset) -> Callable[[slice], Rain]:
    """What reads frames of an opened event: (T, Y, X) in mm/h, NaN where not observed."""
    name, _ = rain_axes(dataset)
    field = dataset.variables[name]
    convert = converter(name, field)
    return lambda frames: np.asarray(convert(field[frames].values), np.float32)


def grid_of(dataset: xr.Dataset) -> Grid:
    """The grid of an opened event, found as that of a request is."""
    variables = named(dataset)
    container = Container(variables, dataset.attrs, lambda name, _: variables[name].values)
    return cf_grid.grid_of(container, *rain_axes(dataset))


def clock(dataset: xr.Dataset) -> tuple[tuple[datetime, ...], timedelta]:
    """The times of an event in UTC, and its cadence."""
    stamps = np.atleast_1d(dataset["time"].values).astype("datetime64[s]")
    times = tuple(time.replace(tzinfo=UTC) for time in stamps.tolist())
    if (said := dataset.attrs.get("cadence_minutes")) is not None:
        return times, timedelta(minutes=float(said))
    if len(times) < 2:
        raise BadFrames("A single frame has no cadence.")
    steps, counts = np.unique(np.diff(stamps).astype(int), return_counts=True)
    return times, timedelta(seconds=int(steps[counts.argmax()]))


def event_files(folder: Path) -> list[Path]:
    """The event files below a folder, in order; BadInput when there is none. A store is not looked into."""
    files = [folder] if folder.suffix in SUFFIXES else []
    for root, folders, names in [] if files else os.walk(folder):
        files += [Path(root, name) for name in (*folders, *names) if Path(name).suffix in SUFFIXES]
        folders[:] = [name for name in folders if Path(name).suffix not in SUFFIXES]
    if not files:
        raise BadInput(f"There is no radar event (*.nc or *.zarr) in {folder}.")
    return sorted(files)
