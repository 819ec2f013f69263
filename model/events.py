"""Radar events on disk, kept in memory as 8-bit pixels, and the windows without a hole in them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from radar.errors import BadInput
from radar.rain import to_byte

WET = 0.5
"""mm/h from which a pixel counts as wet where windows are chosen."""


@dataclass(frozen=True)
class Event:
    """One file: pixels (T, Y, X) uint8 in the HKO-7 encoding, observed (T, Y, X) bool, T times in UTC."""

    name: str
    pixels: NDArray[np.uint8]
    observed: NDArray[np.bool_]
    times: tuple[datetime, ...]
    cadence: timedelta

    def starts(self, length: int) -> NDArray[np.intp]:
        """First frames of every run of `length` frames with no hole in time."""
        return whole_runs(self.times, self.cadence, length)

    def wetness(self) -> NDArray[np.floating]:
        """(T,) share of the pixels that are wet."""
        return np.asarray((self.pixels >= to_byte(WET)).mean((1, 2)))


def whole_runs(times: Sequence[datetime], cadence: timedelta, length: int) -> NDArray[np.intp]:
    """The first index of every run of `length` times that follow each other at the cadence."""
    steps = [later - earlier == cadence for earlier, later in pairwise(times)]
    if len(steps) < length - 1:
        return np.empty(0, np.intp)
    return np.flatnonzero(np.convolve(steps, np.ones(length - 1, int), "valid") == length - 1)


def load(path: Path, coarsen: int = 1) -> Event:
    """An event file (CF NetCDF, `rain_rate` in mm/h), its pixels averaged over coarsen x coarsen blocks."""
    with opened(path) as dataset:
        rain = block_mean(dataset["rain_rate"].values.astype(np.float32), coarsen)
        times, cadence = clock(dataset)
    name = path.stem if coarsen == 1 else f"{path.stem}/{coarsen}"
    return Event(name, to_byte(rain), np.isfinite(rain), times, cadence)


@contextmanager
def opened(path: Path) -> Iterator[xr.Dataset]:
    """An event file; BadInput when it is none."""
    try:
        with xr.open_dataset(path) as dataset:
            yield dataset
    except (OSError, KeyError, ValueError, AttributeError) as error:
        raise BadInput(f"{path.name} is not a radar event (CF NetCDF with rain_rate and cadence_minutes).") from error


def clock(dataset: xr.Dataset) -> tuple[tuple[datetime, ...], timedelta]:
    """The times of an event in UTC, and its cadence."""
    times = dataset["time"].values.astype("datetime64[s]").tolist()
    cadence = timedelta(minutes=float(dataset.attrs["cadence_minutes"]))
    return tuple(time.replace(tzinfo=UTC) for time in times), cadence


def block_mean(rain: NDArray[np.float32], by: int) -> NDArray[np.float32]:
    """(T, Y, X) averaged over by x by blocks (NaN where any of a block is), cropped to whole blocks."""
    if by == 1:
        return rain
    frames, height, width = rain.shape
    whole = rain[:, : height // by * by, : width // by * by]
    blocks = whole.reshape(frames, height // by, by, width // by, by)
    return np.asarray(blocks.mean((2, 4)), np.float32)


def event_files(folder: Path, held_out: Iterable[str] = ()) -> list[Path]:
    """The event files below a folder, without those whose stem is held out; BadInput when there is none."""
    files = [path for path in sorted(folder.rglob("*.nc")) if path.stem not in set(held_out)]
    if not files:
        raise BadInput(f"There is no radar event (*.nc) in {folder}.")
    return files
