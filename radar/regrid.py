"""Rain on one grid read off at the pixels of another."""

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer
from pyproj.exceptions import ProjError
from scipy import ndimage

from radar.errors import BadFrames
from radar.frames import Rain
from radar.grid import Grid, same_place

Floats = NDArray[np.float64]
Reading = Literal["bilinear", "nearest"]
SEEN = 0.5
"""Share of a pixel's bilinear weight that must lie on observed pixels for the pixel to be observed."""
EDGE = 1e-6
"""Pixels that rounding may put beyond the outermost centres."""


def regrid(rain: Rain, grid: Grid, onto: Grid, reading: Reading = "bilinear") -> Rain:
    """Rain (..., Y, X) mm/h on `grid` as rain on `onto`; the very same rain when both are one place.

    bilinear: between the four pixel centres around, those that are NaN left out, and NaN where more than half of
    the weight is NaN or outside; nearest: the pixel whose centre is nearest. Neither averages over finer pixels: a
    far coarser `onto` samples. Raises BadFrames when a grid has no place on the Earth.
    """
    if same_place(grid, onto):
        return rain
    rows, columns = origins(grid, onto)
    read = bilinear if reading == "bilinear" else nearest
    frames = [read(frame, rows, columns) for frame in rain.reshape(-1, *grid.shape)]
    return np.asarray(frames, np.float32).reshape(*rain.shape[:-2], *onto.shape)


@lru_cache(maxsize=8)
def origins(grid: Grid, onto: Grid) -> tuple[Floats, Floats]:
    """Row and column (Y, X) on `grid`, in pixels between centres, of each pixel centre of `onto`; NaN outside it."""
    if grid.crs is None or onto.crs is None:
        raise BadFrames(
            f"The frames are {grid.height} x {grid.width} pixels and wanted on {onto.height} x {onto.width}, "
            "but one of these grids has no place on the Earth."
        )
    x, y = centres(onto)
    if grid.projection != onto.projection:
        try:
            x, y = Transformer.from_crs(onto.crs, grid.crs, always_xy=True).transform(x, y)
        except ProjError as error:
            raise BadFrames("There is no way from the projection of the frames to the one wanted.") from error
    return inside(grid, *pixels(grid, grid.unrolled(x), y))


def centres(grid: Grid) -> tuple[Floats, Floats]:
    """x and y (Y, X) of the pixel centres, in units of the CRS."""
    a, b, c, d, e, f = grid.transform
    rows, columns = np.indices(grid.shape) + 0.5
    return a * columns + b * rows + c, d * columns + e * rows + f


def pixels(grid: Grid, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Rows and columns between pixel centres: 0 is the centre of the first pixel."""
    a, b, c, d, e, f = grid.transform
    determinant = a * e - b * d
    columns = (e * (x - c) - b * (y - f)) / determinant - 0.5
    rows = (a * (y - f) - d * (x - c)) / determinant - 0.5
    return rows, columns


def inside(grid: Grid, rows: Floats, columns: Floats) -> tuple[Floats, Floats]:
    """The same, NaN for what lies in no pixel."""
    out = ~(np.isfinite(rows) & np.isfinite(columns))
    for places, side in ((rows, grid.height), (columns, grid.width)):
        out |= ~((places >= -0.5 - EDGE) & (places <= side - 0.5 + EDGE))
    return np.where(out, np.nan, rows), np.where(out, np.nan, columns)


def nearest(frame: Rain, rows: Floats, columns: Floats) -> Rain:
    """The pixel each place lies in."""
    outside = np.isnan(rows)
    row = np.clip(np.rint(np.where(outside, 0, rows)), 0, frame.shape[0] - 1).astype(np.intp)
    column = np.clip(np.rint(np.where(outside, 0, columns)), 0, frame.shape[1] - 1).astype(np.intp)
    return np.where(outside, np.float32(np.nan), frame[row, column])


def bilinear(frame: Rain, rows: Floats, columns: Floats) -> Rain:
    """The mean of the observed pixels around each place by their bilinear weights."""
    observed = np.isfinite(frame)
    places = np.nan_to_num(np.stack([rows, columns]))
    weight = ndimage.map_coordinates(observed.astype(np.float64), places, order=1, mode="nearest")
    total = ndimage.map_coordinates(np.where(observed, frame, 0).astype(np.float64), places, order=1, mode="nearest")
    seen = (weight >= SEEN) & ~np.isnan(rows)
    mean = np.divide(total, weight, out=np.full(rows.shape, np.nan), where=seen)
    return np.asarray(np.maximum(mean, 0), np.float32)
