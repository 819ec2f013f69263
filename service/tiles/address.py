"""Which square of the Web Mercator map a picture shows, a tile or what is around a place, and where its pixels lie."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.errors import UnknownTile

Floats = NDArray[np.float64]
MAX_ZOOM = 12
MAX_LATITUDE = 85.05
"""Where the map ends, which is a square."""
SIZES = (256, 512)
EQUATOR_M = 2 * math.pi * 6_378_137
"""Once around the sphere of Web Mercator."""


@dataclass(frozen=True)
class Square:
    """As much of the map as a tile shows: x tiles from the left, y from the top; size pixels a side. UnknownTile."""

    z: int
    x: float
    y: float
    size: int = 256

    def __post_init__(self) -> None:
        if not 0 <= self.z <= MAX_ZOOM:
            raise UnknownTile(f"There is no zoom {self.z}; there is 0 to {MAX_ZOOM}.")
        if self.size not in SIZES:
            raise UnknownTile(f"There are no tiles of {self.size} pixels; there are {' and '.join(map(str, SIZES))}.")

    def lonlat(self) -> tuple[Floats, Floats]:
        """Longitudes of the columns and latitudes of the rows, at pixel centres."""
        across, within = self.size * 2**self.z, np.arange(self.size) + 0.5
        return longitude((self.x * self.size + within) / across), latitude((self.y * self.size + within) / across)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        west, east = longitude(np.array([self.x, self.x + 1]) / 2**self.z)
        north, south = latitude(np.array([self.y, self.y + 1]) / 2**self.z)
        return float(west), float(south), float(east), float(north)


@dataclass(frozen=True)
class Address(Square):
    """One of the 2^z by 2^z tiles; UnknownTile when there is none."""

    x: int
    y: int

    def __post_init__(self) -> None:
        super().__post_init__()
        last = 2**self.z - 1
        if not (0 <= self.x <= last and 0 <= self.y <= last):
            raise UnknownTile(f"There is no tile {self.x}/{self.y} at zoom {self.z}; x and y go from 0 to {last}.")


def around(z: int, lat: float, lon: float, size: int) -> Square:
    """The square in whose middle a place lies, to the nearest pixel; UnknownTile where the map does not reach."""
    if abs(lon) > 180 or abs(lat) > MAX_LATITUDE:
        reach = f"it goes from -{MAX_LATITUDE} to {MAX_LATITUDE} degrees north and from -180 to 180 degrees east"
        raise UnknownTile(f"There is no place {lat:g}/{lon:g} on the map; {reach}.")
    across = Square(z, 0, 0, size).size * 2**z
    shares = (lon + 180) / 360, (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    left, top = (round(share * across - size / 2) / size for share in shares)
    return Square(z, left, top, size)


def longitude(share: Floats) -> Floats:
    """Of shares of the map's width from the left, in degrees."""
    return share * 360 - 180


def latitude(share: Floats) -> Floats:
    """Of shares of the map's height from the top, in degrees: the inverse of Mercator's projection."""
    return np.asarray(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * share)))))


def pixel_m(z: int, size: int, lat: float) -> float:
    """How long a tile's pixel is on the ground."""
    return EQUATOR_M / (size << z) * math.cos(math.radians(lat))
