"""Points and polygons of GeoJSON (RFC 7946), and the pixels of a grid they lie on."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from radar.errors import BadFrames, BadInput, TooLarge
from radar.grid import Grid, to_lonlat

MOST_POSITIONS = 1000
"""Of one polygon, holes included."""
MOST_PIXELS = 2**20
"""Of one polygon: each takes 16 bytes, and those of alerts are remembered."""
Position = tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]]
Line = tuple[Position, ...]
Points = NDArray[np.float64]
Pixels = NDArray[np.intp]
"""(N, 2) row and column of each, none of them twice."""


def closed(ring: Line) -> Line:
    """A ring ends where it begins."""
    if ring[0] != ring[-1]:
        raise ValueError("a ring ends with the position it begins with")
    return ring


def few(rings: tuple[Line, ...]) -> tuple[Line, ...]:
    """A polygon is looked at in each cycle."""
    if sum(map(len, rings)) > MOST_POSITIONS:
        raise ValueError(f"a polygon has at most {MOST_POSITIONS} positions")
    return rings


Ring = Annotated[Line, Field(min_length=4, max_length=MOST_POSITIONS), AfterValidator(closed)]
Rings = Annotated[tuple[Ring, ...], Field(min_length=1, max_length=100), AfterValidator(few)]


class Point(BaseModel):
    """A longitude and a latitude in degrees (WGS 84)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["Point"]
    coordinates: Position

    @property
    def lines(self) -> tuple[Line, ...]:
        """A line of one position."""
        return ((self.coordinates,),)


class Polygon(BaseModel):
    """Rings of longitudes and latitudes in degrees (WGS 84), holes after the outer one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["Polygon"]
    coordinates: Rings

    @property
    def lines(self) -> tuple[Line, ...]:
        """Its rings."""
        return self.coordinates


Geometry = Annotated[Point | Polygon, Field(discriminator="type")]


@lru_cache(256)
def pixels(geometry: Point | Polygon, grid: Grid) -> Pixels:
    """As `looked_up`, remembered: that of an alert is asked for in each cycle."""
    return looked_up(geometry, grid)


def looked_up(geometry: Point | Polygon, grid: Grid) -> Pixels:
    """The pixels whose centre lies inside, and those in which a position lies, read-only; BadInput for none.

    Edges are straight on the grid.
    """
    lines = placed(geometry.lines, grid)
    corners = np.floor(np.concatenate(lines))
    within = np.all((corners >= 0) & (corners < grid.shape), axis=1)
    found = np.unique(np.concatenate([covered(lines, grid.shape), corners[within].astype(np.intp)]), axis=0)
    if not len(found):
        raise BadInput("This place lies outside the region's grid.")
    found.setflags(write=False)
    return found


def placed(lines: Sequence[Line], grid: Grid) -> list[Points]:
    """(N, 2) row and column, with fractions, of each position of some lines; BadInput where the map does not reach.

    Where the map shows the world again and again, it is the one of it that is nearest to the grid; all lines together,
    so that none is torn.
    """
    if grid.crs is None:
        raise BadFrames("The region's frames carry no coordinate reference system, so no place can be found in them.")
    a, b, c, d, e, f = grid.transform
    lon, lat = np.concatenate(lines).T
    x, y = np.asarray(to_lonlat(grid.crs).transform(lon, lat, direction="INVERSE"), np.float64)
    if not np.isfinite([x, y]).all():
        raise BadInput("This place lies where the map projection of the region does not reach.")
    middle = (x.min() + x.max()) / 2
    columns, rows = np.linalg.solve([[a, b], [d, e]], np.stack([x + grid.unrolled(middle) - middle - c, y - f]))
    ends = np.cumsum([len(line) for line in lines])[:-1]
    return np.split(np.stack([rows, columns], axis=1), ends)


def covered(rings: list[Points], shape: tuple[int, int]) -> Pixels:
    """The pixels whose centre lies within an odd number of rings; TooLarge for too many."""
    edges = np.concatenate([np.stack([ring[:-1], ring[1:]], axis=1) for ring in rings])
    low, high = np.sort(edges[:, :, 0], axis=1).T
    first, last = max(0, int(low.min(initial=shape[0]))), min(shape[0], int(max(0, high.max(initial=0))) + 1)
    found, count = [np.empty((0, 2), np.intp)], 0
    for row in range(first, last):
        columns = inside(edges[(low <= row + 0.5) & (row + 0.5 < high)], row + 0.5, shape[1])
        found.append(np.stack([np.full_like(columns, row), columns], axis=1))
        count += len(columns)
        if count > MOST_PIXELS:
            raise TooLarge(f"A polygon covers at most {MOST_PIXELS} pixels; draw a smaller one.")
    return np.concatenate(found)


def inside(edges: NDArray[np.float64], y: float, width: int) -> Pixels:
    """The columns whose middle has an odd number of edges to its left, of those that cross the line at y."""
    (y0, x0), (y1, x1) = edges[:, 0].T, edges[:, 1].T
    crossed = np.sort(x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return np.flatnonzero(np.searchsorted(crossed, np.arange(width) + 0.5, side="right") % 2)
