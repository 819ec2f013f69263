"""Tiny networks, cards, frames and event files to test with."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import netCDF4
import numpy as np
import torch

from model.nowcaster import Nowcaster
from model.zoo import Network
from radar.card import Card
from radar.frames import Frames, Rain
from radar.grid import Grid

M = TypeVar("M", bound=torch.nn.Module)
START = datetime(2016, 9, 28, 14, 45, tzinfo=UTC)
WIDTH = 8


def network(model: str = "ms-convlstm", seed: int = 0, **fields: Any) -> Nowcaster:
    """A network of width 8 with fresh weights, the same for the same seed."""
    torch.manual_seed(seed)
    return Network(model, **{"width": WIDTH, **fields}).build()


def lively(model: str = "ms-convlstm", seed: int = 0, **fields: Any) -> Nowcaster:
    """A network of large weights: through the small ones of a fresh network what it eats hardly shows."""
    return enliven(network(model, seed, **fields))


def enliven(made: M) -> M:
    """Large random weights for whatever it is."""
    for tensor in made.parameters():
        torch.nn.init.normal_(tensor, std=0.2 if tensor.dim() == 1 else 1.75 / tensor[0].numel() ** 0.5)
    return made


def pixels(*shape: int, seed: int = 0) -> torch.Tensor:
    """Random pixels in [0, 1]."""
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def card(**fields: Any) -> Card:
    """The card of a network for 1 to 4 frames."""
    said = {"method": "tiny", "version": "unpublished", "summary": "A tiny network.", "max_frames": 4, **fields}
    return Card(**said)


def times(count: int) -> tuple[datetime, ...]:
    """Times five minutes apart."""
    return tuple(START + timedelta(minutes=5 * n) for n in range(count))


def frames(rain: Rain) -> Frames:
    """Rain (T, Y, X) as frames."""
    return Frames(rain, times(len(rain)), Grid.picture(rain.shape[1:]))


def blob(count: int, height: int, width: int) -> Rain:
    """A shower as round as a Gaussian that moves one pixel a frame to the right and around the edge."""
    y, x = np.mgrid[:height, :width]
    ahead = (x - width / 4 - np.arange(count)[:, None, None]) % width
    apart = np.minimum(ahead, width - ahead) ** 2 + (y - height / 2) ** 2
    rain = 20 * np.exp(-apart / (height / 6) ** 2)
    return np.where(rain < 0.1, 0, rain).astype(np.float32)


def bar(count: int, shape: tuple[int, int], long: int) -> Rain:
    """All rows wet with 3 mm/h over `long` columns, one column further each frame: every score is a fraction."""
    columns = np.arange(shape[1]) - np.arange(count)[:, None]
    rain = np.where((columns >= 0) & (columns < long), 3.0, 0.0)
    return np.repeat(rain[:, None], shape[0], 1).astype(np.float32)


def event_file(path: Path, rain: Rain, minutes: Sequence[int] | None = None, **attributes: Any) -> Path:
    """An event as it lies in the data folder: packed int16, one file, what was not observed masked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with netCDF4.Dataset(path, "w", format="NETCDF4_CLASSIC") as file:
        said = {"institution": "Nobody", "license": "CC0", "attribution": "Made up", "cadence_minutes": np.int32(5)}
        file.setncatts({name: value for name, value in {**said, **attributes}.items() if value is not None})
        _axes(file, rain, range(0, 5 * len(rain), 5) if minutes is None else minutes)
        field = file.createVariable("rain_rate", "i2", ("time", "y", "x"), fill_value=-32768, zlib=True)
        field.setncatts({"units": "mm h-1", "scale_factor": 0.01, "add_offset": 0.0})
        field.set_auto_maskandscale(False)
        field[:] = np.where(np.isnan(rain), -32768, np.round(100 * np.nan_to_num(rain)))
    return path


def _axes(file: Any, rain: Rain, minutes: Sequence[int]) -> None:
    """Dimensions and coordinates: minutes after START, pixels of 2 km, row 0 in the north."""
    frames, height, width = rain.shape
    since = int(START.timestamp() // 60)
    values = {
        "time": ("i4", [since + minute for minute in minutes], "minutes since 1970-01-01 00:00:00"),
        "y": ("f8", np.arange(height)[::-1] * 2000.0, "m"),
        "x": ("f8", np.arange(width) * 2000.0, "m"),
    }
    for (name, (kind, where, units)), size in zip(values.items(), (frames, height, width), strict=True):
        file.createDimension(name, size)
        axis = file.createVariable(name, kind, (name,))
        axis.units = units
        axis[:] = where
