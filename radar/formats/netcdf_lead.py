"""A little of a nowcast file that we wrote ourselves, the rest left undecoded: files of an archive are many."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, BinaryIO

import netCDF4
import numpy as np
import pyfive
from numpy.typing import NDArray

from radar.chances import decoded
from radar.errors import BadFrames, BadInput
from radar.formats.netcdf_write import CHANCES, WRITING, mapping, unsigned
from radar.formats.untrusted import untrusted
from radar.frames import Rain
from radar.grid import Grid

PLACE = ("GeoTransform", "crs_wkt")
DAMAGED = (OSError, KeyError, IndexError, AttributeError, ValueError, OverflowError)


@dataclass(frozen=True, eq=False)
class Foretold:
    """What a nowcast said of one time.

    asked_for: the method that was wanted; method, version: what made it. lead: which frame ahead, from 1.
    rain: (Y, X) mm/h, NaN where nothing was said. chances: (Y, X) in [0, 1] by threshold in mm/h.
    """

    asked_for: str
    method: str
    version: str
    lead: int
    rain: Rain
    chances: Mapping[float, NDArray[np.float32]]


@dataclass(frozen=True)
class Heading:
    """What a nowcast file says of itself: the times of its frames, and the thresholds (mm/h) it has chances of."""

    method: str
    reference_time: datetime
    times: tuple[datetime, ...]
    thresholds: tuple[float, ...]


def read_heading(opened: BinaryIO, name: str) -> Heading:
    """All but the rain and the chances of a file, of which only these few kilobytes are read; BadFrames, naming it."""
    try:
        with untrusted("NetCDF"):
            file = pyfive.File(opened)
            seconds = [int(file["forecast_reference_time"][()]), *map(int, file["time"][:])]
            thresholds = tuple(file["threshold"][:].tolist()) if CHANCES in file else ()
            made, *times = (datetime.fromtimestamp(second, UTC) for second in seconds)
            return Heading(file.attrs["method"].decode(), made, tuple(times), thresholds)
    except BadInput as error:
        raise BadFrames(f"{name} is no nowcast of ours, or damaged.") from error


def read_lead(data: bytes, name: str, grid: Grid, time: datetime) -> Foretold | None:
    """What a file says of a time; None when it says nothing of it or lies on another grid. BadFrames, naming it."""
    try:
        with WRITING, netCDF4.Dataset(name, memory=data) as file:
            file.set_auto_maskandscale(False)
            return foretold(file, grid, round(time.timestamp()))
    except DAMAGED as error:
        raise BadFrames(f"{name} is no nowcast of ours, or damaged.") from error


def foretold(file: Any, grid: Grid, second: int) -> Foretold | None:
    """As `read_lead`, of an open file."""
    times = file["time"][:].tolist()
    there = {name: file["crs"].getncattr(name) for name in PLACE if name in file["crs"].ncattrs()}
    if second not in times or there != place(grid) or file["rain_rate"].shape[1:] != grid.shape:
        return None
    at = times.index(second)
    packed = dict(zip(file["threshold"][:].tolist(), file[CHANCES][:, at], strict=True)) if has_chances(file) else {}
    return Foretold(
        asked_for=str(file.asked_for),
        method=str(file.method),
        version=str(file.method_version),
        lead=at + 1,
        rain=np.asarray(file["rain_rate"][at]),
        chances={threshold: decoded(unsigned(codes)) for threshold, codes in packed.items()},
    )


def has_chances(file: Any) -> bool:
    """True when a file says how likely its rain is."""
    return CHANCES in file.variables


@lru_cache(64)
def place(grid: Grid) -> dict[str, Any]:
    """What a file on this grid says of it."""
    said = mapping(grid)
    return {name: said[name] for name in PLACE if name in said}
