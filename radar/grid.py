"""Where the pixels of a frame lie on the Earth."""

import math
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError, ProjError

from radar.errors import BadFrames, TooLarge

MAX_SIDE = 4096
MAX_TEXT = 20_000
"""The most characters of a text about a CRS; longer ones keep PROJ busy for seconds."""
FILES = re.compile(r"grids\s*=(?!\s*@null\b)|\binit\s*=(?!\s*epsg:)|PARAMETERFILE", re.IGNORECASE)
"""Where PROJ reads the name of a file, but for those that every copy of it has; Web Mercator is often `@null`."""
MAX_VALUES = 2**28
"""The most pixels x frames we decode: 1 GiB of float32."""
SAME = 0.01
"""Pixels by which the corners of a grid may be off that was reckoned or written otherwise and is still the same."""

Affine = tuple[float, float, float, float, float, float]
CYLINDERS = ("Popular Visualisation Pseudo Mercator", "Mercator", "Equidistant Cylindrical", "Equirectangular")
"""Projections in which the world repeats itself along x."""


def check_size(frames: int, height: int, width: int) -> None:
    """Refuse (TooLarge) a declared shape before anything of it is decoded."""
    if max(height, width) > MAX_SIDE:
        raise TooLarge(f"The grid is {height} x {width} pixels; the largest served is {MAX_SIDE} x {MAX_SIDE}.")
    if frames * height * width > MAX_VALUES:
        raise TooLarge(
            f"{frames} frames of {height} x {width} pixels are more than {MAX_VALUES} values; send fewer frames."
        )


@dataclass(frozen=True)
class Grid:
    """CRS, affine transform and shape of a frame.

    `transform` is (a, b, c, d, e, f): a pixel corner at (column, row) lies at x = a column + b row + c,
    y = d column + e row + f in the units of the CRS; centres are half a pixel further. `crs` is WKT 2, or None
    for a picture with no place on the Earth. Raises BadFrames where these do not make a grid.
    """

    height: int
    width: int
    transform: Affine
    crs: str | None = None

    def __post_init__(self) -> None:
        a, b, _, d, e, _ = self.transform
        if min(self.height, self.width) < 1:
            raise BadFrames("A grid needs at least one pixel.")
        turned = a * e - b * d
        if not np.all(np.isfinite([*self.transform, turned])) or turned == 0:
            raise BadFrames(f"The grid's transform {self.transform} is not invertible.")

    @classmethod
    def of(cls, shape: tuple[int, int], transform: Affine, crs: Any) -> "Grid":
        """A grid whose CRS is anything pyproj understands (EPSG code, PROJ string, WKT, CF attributes)."""
        try:
            said = wkt(crs) if isinstance(crs, str) else CRS.from_user_input(crs).to_wkt()
        except CRSError as error:
            raise BadFrames("The coordinate reference system of the grid cannot be understood.") from error
        return cls(*shape, transform, said)

    @classmethod
    def picture(cls, shape: tuple[int, int]) -> "Grid":
        """A grid with no place on the Earth: one unit a pixel, row 0 on top."""
        return cls(*shape, (1.0, 0.0, 0.0, 0.0, -1.0, float(shape[0])))

    @cached_property
    def projection(self) -> CRS | None:
        """The CRS as a pyproj object."""
        return None if self.crs is None else CRS.from_wkt(self.crs)

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        return self.height, self.width

    @property
    def x(self) -> NDArray[np.floating]:
        """(X,) x of the pixel centres of row 0, in units of the CRS."""
        a, b, c, *_ = self.transform
        return a * (np.arange(self.width) + 0.5) + b * 0.5 + c

    @property
    def y(self) -> NDArray[np.floating]:
        """(Y,) y of the pixel centres of column 0, in units of the CRS."""
        _, _, _, d, e, f = self.transform
        return d * 0.5 + e * (np.arange(self.height) + 0.5) + f

    def lonlat(self, row: float, column: float) -> tuple[float, float]:
        """Longitude and latitude (degrees, WGS 84) of a pixel centre."""
        a, b, c, d, e, f = self.transform
        x, y = a * (column + 0.5) + b * (row + 0.5) + c, d * (column + 0.5) + e * (row + 0.5) + f
        lon, lat = self._to_lonlat.transform(x, y)
        return float(lon), float(lat)

    def pixel(self, lon: float, lat: float) -> tuple[int, int] | None:
        """(row, column) of the pixel a longitude and latitude fall into; None outside the grid."""
        a, b, c, d, e, f = self.transform
        x, y = self._to_lonlat.transform(lon, lat, direction="INVERSE")
        if not np.isfinite([x, y]).all():
            return None
        column, row = np.linalg.solve([[a, b], [d, e]], [self.unrolled(x) - c, y - f])
        inside = 0 <= row < self.height and 0 <= column < self.width
        return (int(row), int(column)) if inside else None

    def unrolled(self, x: ArrayLike) -> NDArray[np.float64]:
        """x within half a world of the middle of the grid; one that crosses the antimeridian goes on beyond 180°."""
        values = np.asarray(x, np.float64)
        if self.period is None:
            return values
        a, b, c, *_ = self.transform
        west = c + (a * self.width + b * self.height - self.period) / 2
        turns = np.floor((values - west) / self.period, where=np.isfinite(values), out=np.zeros_like(values))
        return np.asarray(values - self.period * turns)

    @cached_property
    def period(self) -> float | None:
        """After which distance along x the CRS shows the same place again; None for those that never do."""
        return None if self.crs is None else period(self.crs)

    @property
    def _to_lonlat(self) -> Transformer:
        if self.crs is None:
            raise BadFrames("These frames carry no coordinate reference system, so they have no longitude.")
        return to_lonlat(self.crs)

    @cached_property
    def pixel_km(self) -> float | None:
        """Side of the middle pixel in km on the ellipsoid, the mean of both sides; None without a CRS."""
        return pixel_km(self)


def same_place(one: Grid, other: Grid) -> bool:
    """True when the pixels of both grids are the same ones, up to SAME of a pixel."""
    if one.shape != other.shape or (one.crs is None) != (other.crs is None):
        return False
    return apart(one, other) <= SAME and (one.crs == other.crs or one.projection == other.projection)


def apart(one: Grid, other: Grid) -> float:
    """How far the corners of two grids of one shape lie apart at most, in pixels of the first."""
    height, width = one.shape
    corners = np.array([(0, 0, 1), (width, 0, 1), (0, height, 1), (width, height, 1)]).T
    first, second = (np.reshape(grid.transform, (2, 3)) for grid in (one, other))
    return float(np.abs(np.linalg.solve(first[:, :2], (second - first) @ corners)).max())


@lru_cache(maxsize=64)
def wkt(crs: str) -> str:
    """A CRS as WKT 2, out of what pyproj understands, which takes it milliseconds; a service is told the same few."""
    return understood(crs).to_wkt()


def understood(crs: str) -> CRS:
    """A CRS out of a stranger's text; BadFrames for one that is too long, or has PROJ open a file on this machine."""
    if len(crs) > MAX_TEXT:
        raise BadFrames("The coordinate reference system of the grid is too long a text.")
    if FILES.search(crs):
        raise BadFrames("The coordinate reference system of the grid names a file, and we open none for it.")
    return CRS.from_user_input(crs)


@lru_cache(maxsize=64)
def to_lonlat(crs: str) -> Transformer:
    """From a CRS (WKT) to longitude and latitude. It takes pyproj 40 ms to find, and each request brings a new Grid."""
    try:
        return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    except ProjError as error:  # of another body than the Earth, say
        raise BadFrames(
            "No way leads from the grid's coordinate reference system to longitude and latitude."
        ) from error


@lru_cache(maxsize=64)
def pixel_km(grid: Grid) -> float | None:
    """As `Grid.pixel_km` says, once for all equal grids."""
    if grid.crs is None:
        return None
    row, column = grid.height / 2, grid.width / 2
    here, right, down = (grid.lonlat(*at) for at in ((row, column), (row, column + 1), (row + 1, column)))
    geod = Geod(ellps="WGS84")
    sides = [geod.inv(*here, *there)[2] / 1000 for there in (right, down)]
    return float(np.mean(sides))


@lru_cache(maxsize=64)
def period(crs: str) -> float | None:
    """Of a CRS as WKT, as `Grid.period` says; in its own units."""
    known = CRS.from_wkt(crs)
    if known.is_geographic:
        return 2 * math.pi / known.axis_info[0].unit_conversion_factor
    operation = known.coordinate_operation
    if operation is None or not operation.method_name.startswith(CYLINDERS):
        return None
    x, _ = Transformer.from_crs("EPSG:4326", known, always_xy=True).transform([0.0, 1.0, 90.0, 91.0], [0.0] * 4)
    return float(360 * min(abs(x[1] - x[0]), abs(x[3] - x[2])))  # one of the two may straddle the seam
