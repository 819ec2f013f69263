"""Rainfields NetCDF of the Bureau of Meteorology: one accumulation around one radar, from a start to a valid time."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from radar.errors import BadFrames
from radar.formats.cf_grid import TOLERANCE, grid_of
from radar.formats.container import HDF5, Container, opened, unpacked
from radar.formats.hdf5_tree import members
from radar.formats.hints import Hints
from radar.formats.netcdf import decoded_times
from radar.formats.untrusted import check_readable, untrusted
from radar.frames import Frames
from radar.grid import Grid

SIGNS = (b"rainfields", b"precipitation_amount")
TIMES = {"start_time", "valid_time"}
AMOUNT = "precipitation"
UNITS = {"kg m-2", "mm"}
AXES = {"y": "y", "x": "x"}
NO_HINTS = Hints()


def sniff(data: bytes) -> bool:
    """True for NetCDF-4 with what Rainfields calls its variables."""
    return data.startswith(HDF5) and members(data) >= TIMES and all(sign in data for sign in SIGNS)


@untrusted("Rainfields NetCDF")
def read(data: bytes, hints: Hints = NO_HINTS) -> Frames:
    """The one frame of a file: the amount spread over its time, at the end of it."""
    container = opened(data)
    amount = amount_of(container, served=hints.served)
    start, valid = (decoded_times(container, name)[0] for name in ("start_time", "valid_time"))
    hours = (valid - start).total_seconds() / 3600
    if hours <= 0:
        raise BadFrames("The accumulation of the Rainfields file ends before it starts.")
    grid = centred(grid_of(container, AMOUNT, AXES), container)
    return Frames((amount / hours)[np.newaxis], (valid,), grid)


def amount_of(container: Container, *, served: bool) -> NDArray[np.floating]:
    """(Y, X) mm, NaN where filled."""
    variable = container.variables.get(AMOUNT)
    if variable is None or variable.dims != ("y", "x") or variable.attrs.get("units") not in UNITS:
        raise BadFrames(f"The Rainfields file has no {AMOUNT} in kg m-2 over y and x.")
    check_readable(1, *variable.shape, served=served)
    return unpacked(container.stored(AMOUNT, None), variable.attrs)


def centred(grid: Grid, container: Container) -> Grid:
    """The grid with its coordinates understood: files without bounds give the upper left corner of each pixel.

    Nothing in these files says so; but the radar, at the origin, is then in the very middle, as in those with bounds.
    """
    a, b, c, d, e, f = grid.transform
    off = abs((grid.x[0] + grid.x[-1]) / a + 1), abs((grid.y[0] + grid.y[-1]) / e + 1)
    corners = max(off) <= TOLERANCE
    bounded = any("bounds" in attributes(container, axis) for axis in AXES)
    return replace(grid, transform=(a, b, c + a / 2, d, e, f + e / 2)) if corners and not bounded else grid


def attributes(container: Container, name: str) -> Mapping[str, object]:
    """What is said about a variable."""
    return container.variables[name].attrs if name in container.variables else {}
