"""Where places of the Earth lie on a region's grid."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer

from radar import regrid
from radar.errors import BadFrames
from radar.grid import Grid, to_lonlat
from service.tiles.address import Square, pixel_m

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]
LATTICE = 33
"""Points a side at which the extent of a grid is felt."""
MARGIN = 0.02
"""Of the extent, added on all sides before anything is left out of a tile: an edge bends between two points."""
MICRODEGREES = 6
"""Decimals of an extent: what PROJ's rounding leaves of 180 degrees is these, and no degree beyond."""
AROUND = np.array([-180.0, -90.0, 0.0, 90.0])
"""Longitudes from which to come to a pole."""


@dataclass(frozen=True, eq=False)
class Places:
    """Where the pixels of a tile lie on a grid, for the part of the tile that the grid may reach.

    rows, columns: between the grid's pixel centres, NaN outside it; to a thousandth of a pixel on the largest one.
    """

    window: tuple[slice, slice]
    rows: NDArray[np.float32]
    columns: NDArray[np.float32]


def places(grid: Grid, square: Square) -> Places:
    """Where the pixel centres of a tile lie on a grid."""
    lons, lats = square.lonlat()
    west, south, east, north = reach(grid) or (0, 0, 0, 0)
    across = span(np.mod(lons - west, 360) <= east - west)
    down = span((lats >= south) & (lats <= north))
    rows, columns = located(grid, *np.meshgrid(lons[across], lats[down]))
    return Places((down, across), rows.astype(np.float32), columns.astype(np.float32))


def span(wanted: NDArray[np.bool_]) -> slice:
    """From the first to the last of what is wanted."""
    found = np.flatnonzero(wanted)
    return slice(int(found[0]), int(found[-1]) + 1) if found.size else slice(0, 0)


def located(grid: Grid, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Rows and columns on a grid of longitudes and latitudes in degrees, NaN outside it."""
    places = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    x, y = transformer(grid).transform(*places, direction="INVERSE")
    return regrid.inside(grid, *regrid.pixels(grid, grid.unrolled(x), np.asarray(y)))


def transformer(grid: Grid) -> Transformer:
    """From the grid's own x and y to longitude and latitude; BadFrames when it has none. Threads may share it."""
    if grid.crs is None:
        raise BadFrames("These frames carry no coordinate reference system, so they have no place on a map.")
    return to_lonlat(grid.crs)


@lru_cache(maxsize=1024)
def extent(grid: Grid) -> Box | None:
    """West, south, east, north of a grid in degrees; None when it is nowhere.

    West is at least -180, and east beyond 180 when it crosses the antimeridian; around a pole it is -180 to 180.
    """
    lon, lat = lattice(grid)
    if not lon.size:
        return None
    poles = [pole for pole in (-90.0, 90.0) if holds_pole(grid, pole)]
    west, east = (-180.0, 180.0) if poles else spanned(lon)
    south, north = min([float(lat.min()), *poles]), max([float(lat.max()), *poles])
    return west, round(south, MICRODEGREES), east, round(north, MICRODEGREES)


def spanned(lon: Floats) -> tuple[float, float]:
    """West and east of longitudes on both sides of the one in their middle."""
    middle = lon[lon.size // 2]
    away = np.mod(lon - middle + 180, 360) - 180
    if np.isclose(np.abs(away), 180, rtol=0, atol=10**-MICRODEGREES).any():  # where both ends meet
        return -180.0, 180.0
    west, east = (round(float(middle + end), MICRODEGREES) for end in (away.min(), away.max()))
    shift = 360 * math.floor((west + 180) / 360)
    return west - shift, east - shift


def reach(grid: Grid) -> Box | None:
    """A box that nothing of a grid lies outside of: its extent with some margin, which may go beyond -180 and 180."""
    box = extent(grid)
    if box is None:
        return None
    west, south, east, north = box
    wide, high = MARGIN * (east - west), MARGIN * (north - south)
    return west - wide, max(south - high, -90), east + wide, min(north + high, 90)


def rolled(box: Box) -> Box:
    """A box as GeoJSON has it (RFC 7946 section 5.2): west is more than east across the antimeridian."""
    west, south, east, north = box
    return west, south, east - 360 if east > 180 else east, north


def unrolled(box: Box) -> Box:
    """A box as GeoJSON has it with its east beyond 180 where it crosses the antimeridian."""
    west, south, east, north = box
    return west, south, east + 360 if east < west else east, north


def lattice(grid: Grid) -> tuple[Floats, Floats]:
    """Longitudes and latitudes of points all over a grid, those that are on the Earth."""
    a, b, c, d, e, f = grid.transform
    rows, columns = np.meshgrid(np.linspace(0, grid.height, LATTICE), np.linspace(0, grid.width, LATTICE))
    x, y = (a * columns + b * rows + c).ravel(), (d * columns + e * rows + f).ravel()
    lon, lat = transformer(grid).transform(x, y)
    there = np.isfinite(lon) & np.isfinite(lat)
    return lon[there], lat[there]


def holds_pole(grid: Grid, lat: float) -> bool:
    """True when a pole lies on the grid, from wherever one comes: on some maps it is as wide as the equator."""
    rows, _ = located(grid, AROUND, np.full(AROUND.shape, lat))
    return bool(np.isfinite(rows).all())


def meet(one: Box, other: Box) -> bool:
    """True when two boxes of degrees overlap somewhere on the round Earth."""
    beside = any(one[0] + turn <= other[2] and one[2] + turn >= other[0] for turn in (-360, 0, 360))
    return beside and one[1] <= other[3] and one[3] >= other[1]


@lru_cache(maxsize=4096)
def coarseness(grid: Grid, z: int, size: int) -> int:
    """How many pixels a side, a power of two, go into one before it is drawn at a zoom: all of them count then."""
    box = extent(grid)
    if box is None or grid.pixel_km is None or not math.isfinite(grid.pixel_km):
        return 1
    ratio = pixel_m(z, size, (box[1] + box[3]) / 2) / (1000 * grid.pixel_km)
    return int(2 ** max(0, min(math.floor(math.log2(max(ratio, 1e-9))), 12)))


def coarser(grid: Grid, factor: int) -> Grid:
    """The grid of pixels `factor` times as long."""
    a, b, c, d, e, f = grid.transform
    scaled = (a * factor, b * factor, c, d * factor, e * factor, f)
    return Grid(-(-grid.height // factor), -(-grid.width // factor), scaled, grid.crs)
