"""Chances out of a single forecast: how much of a pixel's neighbourhood reaches a threshold (Theis et al. 2005)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radar.chances import MAX_CODES, THRESHOLDS, Chances, Codes, Outlook, coded, rising
from radar.frames import Frames, Rain
from radar.grid import Grid

NEIGHBOURHOOD = "neighbourhood"
"""The word for chances that come from here."""
NEAREST_KM, SPEED = 1.0, 24.0
"""Half the side of the square: km at lead 0, and by how many km/h it grows. A speed between 20 and 36 makes little
difference to the Brier score on radar of Switzerland, Germany, the Netherlands and the Alps, all apart from those
methods are scored on."""


def neighbourhood(frames: Frames, start: datetime, thresholds: Sequence[float] = THRESHOLDS) -> Chances | None:
    """The chances of a forecast from `start`, the time of the last observed frame; None for more than MAX_CODES.

    A chance is the share of the known pixels in a square around the pixel that reach the threshold. The further
    ahead, the larger the square, as rain may have gone elsewhere. NaN where the forecast is.
    """
    asked = rising(thresholds)
    if len(asked) * frames.rain.size > MAX_CODES:
        return None
    codes: Codes = np.empty((len(asked), *frames.rain.shape), np.uint8)
    for at, (rain, time) in enumerate(zip(frames.rain, frames.times, strict=True)):
        for row, share in zip(codes, shares(rain, asked, radius(frames.grid, time - start)), strict=True):
            row[at] = coded(share)
    return Chances(asked, codes, NEIGHBOURHOOD)


def radius(grid: Grid, lead: timedelta) -> int:
    """Half the side of the square in whole pixels."""
    return round((NEAREST_KM + SPEED * (lead / timedelta(hours=1))) / side_km(grid))


def side_km(grid: Grid) -> float:
    """Side of a pixel in km; one where the grid does not say, as most composites have it."""
    size = grid.pixel_km
    return size if size is not None and np.isfinite(size) and size > 0 else 1.0


def shares(rain: Rain, thresholds: Sequence[float], radius: int) -> Iterator[NDArray[np.float32]]:
    """For each threshold the share (Y, X) of the known pixels of the square that reach it, NaN where rain is."""
    known = np.isfinite(rain)
    among = np.maximum(box(known, radius), np.float32(1e-6))
    for threshold in thresholds:
        yield np.where(known, box(rain >= np.float32(threshold), radius) / among, np.float32(np.nan))


def box(layer: NDArray[np.bool_], radius: int) -> NDArray[np.float32]:
    """The mean (Y, X) over squares of side 2 radius + 1, of which what is outside the frame counts as False."""
    reach = [2 * min(radius, side) + 1 for side in layer.shape]
    return np.asarray(ndimage.uniform_filter(layer.astype(np.float32), reach, mode="constant"))


def with_chances(outlook: Outlook, start: datetime) -> Outlook:
    """The outlook with its own chances where it has some, else with those of its neighbourhood."""
    if outlook.chances is not None:
        return outlook
    return Outlook(outlook.frames, neighbourhood(outlook.frames, start))
