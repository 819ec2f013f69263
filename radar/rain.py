"""Rain rate, reflectivity and pixel values: the only home of Z-R constants and of the pixel encoding."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.floating]


class ZR(NamedTuple):
    """A power law Z = a R^b between reflectivity factor Z (mm⁶ m⁻³) and rain rate R (mm/h)."""

    a: float
    b: float


MARSHALL_PALMER = ZR(200.0, 1.6)
"""Marshall and Palmer 1948; what most composites mean when they do not say."""
HKO7 = ZR(58.53, 1.56)
"""Shi et al. 2017, the HKO-7 benchmark."""
FMI = ZR(223.0, 1.53)
"""Leinonen et al. 2012, rain in Finland."""
DWD = ZR(256.0, 1.42)
"""Deutscher Wetterdienst, the RADOLAN products (Bartels et al. 2004)."""
METEOSWISS = ZR(316.0, 1.5)
"""Germann et al. 2006, the Swiss composites."""

PIXEL_OFFSET = 10.0
PIXEL_RANGE = 70.0


def to_dbz(rain: ArrayLike, zr: ZR = MARSHALL_PALMER) -> Floats:
    """Reflectivity in dBZ of a rain rate in mm/h: 10 log10(a) + 10 b log10(R); no rain is -inf, NaN stays.

    >>> round(float(to_dbz(1.0)), 2)
    23.01
    """
    with np.errstate(divide="ignore"):
        return np.asarray(10 * np.log10(zr.a) + 10 * zr.b * np.log10(np.asarray(rain)))


def from_dbz(dbz: ArrayLike, zr: ZR = MARSHALL_PALMER) -> Floats:
    """Rain rate in mm/h of a reflectivity in dBZ: (10^(dBZ/10) / a)^(1/b); -inf is no rain, NaN stays.

    >>> round(float(from_dbz(23.0103)), 2)
    1.0
    """
    return np.asarray((10 ** (np.asarray(dbz) / 10) / zr.a) ** (1 / zr.b))


def encode(rain: ArrayLike, zr: ZR = HKO7) -> Floats:
    """Rain rate in mm/h as a pixel in [0, 1]: (dBZ + 10) / 70, clipped (HKO-7); NaN stays.

    Pixel 0 is -10 dBZ and below (0.017 mm/h, no rain), pixel 1 is 60 dBZ and above (518 mm/h).
    """
    return np.asarray(np.clip((to_dbz(rain, zr) + PIXEL_OFFSET) / PIXEL_RANGE, 0, 1))


def decode(pixel: ArrayLike, zr: ZR = HKO7) -> Floats:
    """Pixel in [0, 1] as a rain rate in mm/h, the inverse of `encode`; 0 and below are no rain, NaN stays."""
    clipped = np.clip(pixel, 0, 1)
    return np.asarray(from_dbz(clipped * PIXEL_RANGE - PIXEL_OFFSET, zr) * (clipped > 0))


def to_byte(rain: ArrayLike, zr: ZR = HKO7) -> NDArray[np.uint8]:
    """Rain rate in mm/h as an 8-bit HKO-7 pixel: floor(255 (dBZ + 10) / 70 + 0.5); NaN, not observed, is 0."""
    levels: Floats = 255 * np.nan_to_num(encode(rain, zr)) + 0.5
    return levels.astype(np.uint8)


def from_byte(pixel: NDArray[np.uint8], zr: ZR = HKO7) -> NDArray[np.float32]:
    """8-bit HKO-7 pixel as a rain rate in mm/h; 0 is no rain."""
    table: NDArray[np.float32] = decode(np.arange(256) / 255, zr).astype(np.float32)
    return table[pixel]
