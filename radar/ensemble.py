"""A probabilistic baseline: extrapolations that differ in motion and growth, and the chances they give.

Each member moves the rain a little differently (Bowler et al. 2006) and lets it grow or decay by chance. Only the
chance at each lead is asked for, not a member's way from lead to lead, so what can be integrated is not drawn:
growth in closed form, as if of infinitely many members, and the motion that still differs between neighbours by the
mean over a square. Twenty displacements are left to be drawn, and these once, before the rain is carried along.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, special

from radar.chances import MAX_CODES, THRESHOLDS, Chances, Codes, Outlook, coded, falling, rising
from radar.extrapolation import carried, motion, trajectories
from radar.frames import Frames, Rain
from radar.matching import match
from radar.neighbourhood import side_km
from radar.nowcast import future_times
from radar.rain import from_byte, to_byte

Floats = NDArray[np.float32]

ENSEMBLE = "ensemble"
"""The word for chances that come from here."""
MEMBERS = 20
ASTRAY = 14.0
"""km/h: standard deviation of a member's motion, along as across. Bowler et al. have 20 and 18 an hour ahead; less is
better with our optical flow, by the Brier score on the radar that radar.neighbourhood names."""
NEAREST_KM, LOCALLY_ASTRAY = 0.5, 12.0
"""Half the side of the square over which motion differs between neighbours: km at lead 0, and its growth in km/h."""
UNSURE, GROWTH = 0.2, 0.3
"""Standard deviation of the logarithm of rain: of what the radar says now, and of what an hour of growth adds."""
FEWEST = 0.1
"""Share of the members that must know of a pixel."""
GOLDEN = (0.7548776662466927, 0.5698402909980532)
"""Powers of the inverse of the plastic number, whose multiples fill a square evenly (Roberts 2018)."""
KEPT = 2
"""Blocks that half a square has at least, where members are added up on a coarser grid."""


def ensemble(
    past: Frames, horizon: int, thresholds: Sequence[float] = THRESHOLDS, members: int = MEMBERS, seed: int = 0
) -> Outlook:
    """The mean of the members with the amounts of the extrapolation, and the chance of each threshold.

    Frames and chances are NaN where the extrapolation is. The same frames, members and seed give the same answer.
    There are no chances, only frames, for a forecast with more than MAX_CODES of them.
    """
    asked = rising(thresholds)
    if len(asked) * horizon * past.rain[-1].size > MAX_CODES:
        return Outlook(ensemble_mean(past, horizon, members, seed))
    codes: Codes = np.empty((len(asked), horizon, *past.grid.shape), np.uint8)
    rain = np.empty((horizon, *past.grid.shape), np.float32)
    for at, (mean, chances) in enumerate(leads(past, horizon, asked, draws(members, seed))):
        rain[at], codes[:, at] = mean, falling(coded(chances))
    return Outlook(Frames(rain, future_times(past, horizon), past.grid), Chances(asked, codes, ENSEMBLE))


def ensemble_mean(past: Frames, horizon: int, members: int = MEMBERS, seed: int = 0) -> Frames:
    """The frames of `ensemble` alone."""
    rain = [mean for mean, _ in leads(past, horizon, (), draws(members, seed))]
    return Frames(np.stack(rain), future_times(past, horizon), past.grid)


def draws(members: int, seed: int) -> Floats:
    """(members, 2) Laplace of mean zero and unit variance, spread as evenly as so few can be; the seed moves them."""
    even = np.outer(np.arange(1, members + 1), GOLDEN) + np.random.default_rng(seed).random(2)
    centred = even % 1 - 0.5
    drawn = -np.sign(centred) * np.log(np.maximum(1 - 2 * np.abs(centred), 1e-3))
    drawn -= drawn.mean(axis=0)
    return np.asarray(drawn / np.maximum(drawn.std(axis=0), 1e-6), np.float32)


def leads(
    past: Frames, horizon: int, thresholds: Sequence[float], drawn: Floats
) -> Iterator[tuple[Rain, list[Floats]]]:
    """For each lead the rain (Y, X) that is said, and the chances (Y, X) of each threshold."""
    now, pixel = past.rain[-1], side_km(past.grid)
    levels = to_byte(now)
    times, steps = future_times(past, horizon), trajectories(motion(past), horizon)
    for time, places in zip(times, steps, strict=True):
        hours = (time - past.times[-1]) / timedelta(hours=1)
        spread = Spread(drawn * ASTRAY * hours / pixel, (NEAREST_KM + LOCALLY_ASTRAY * hours) / pixel)
        soft = (chance_table(threshold, hours)[levels] for threshold in thresholds)
        *chances, mean = spread.over(np.isfinite(now), [*soft, np.nan_to_num(now)], places)
        moved = carried(now, places)
        for values in chances:
            values[np.isnan(moved)] = np.nan
        yield match(np.nan_to_num(mean, nan=-1.0), moved), chances  # where few members know, the least rain


def chance_table(threshold: float, hours: float) -> Floats:
    """(256,) the chance that rain of each 8-bit level grows or falls to the threshold or above.

    Log-normal around the level and of the same mean: Φ((ln R - ln threshold - σ²/2) / σ), σ² = UNSURE² + GROWTH² h.
    """
    deviation = np.sqrt(UNSURE**2 + GROWTH**2 * hours)
    with np.errstate(divide="ignore"):  # no rain stays no rain
        logarithm = np.log(from_byte(np.arange(256, dtype=np.uint8)) / threshold)
    return np.asarray(special.ndtr(logarithm / deviation - deviation / 2), np.float32)


@dataclass(frozen=True, eq=False)
class Spread:
    """How far the members have come apart: displacements (members, 2), x then y, and a radius, all in pixels."""

    displacements: Floats
    radius: float

    def over(self, known: NDArray[np.bool_], layers: Sequence[Floats], places: Floats) -> Iterator[Floats]:
        """The mean of the members of each layer (Y, X) where it is known, carried to where it is read from places.

        Members are added up in blocks, which are small against the square that they are averaged over next.
        """
        by = max(1, min(int(self.radius) // KEPT, *(side // 2 for side in known.shape)))
        whole = np.stack([blocks(layer * known, by) for layer in (*layers, known.astype(np.float32))])
        moves = np.rint(self.displacements / by).astype(int)
        size = (1, *(2 * min(round(self.radius / by), side) + 1 for side in whole.shape[1:]))
        *sums, share = ndimage.uniform_filter(displaced(whole, moves), size, mode="constant")
        inside = (places + np.float32(0.5)) / by - np.float32(0.5)
        for total in sums:
            mean = np.where(share >= FEWEST, total / np.maximum(share, FEWEST), np.float32(np.nan))
            yield carried(mean, inside)


def blocks(layer: Floats, by: int) -> Floats:
    """(Y / by, X / by) the means over blocks of by x by pixels, zero where they stick out."""
    if by == 1:
        return layer
    height, width = layer.shape
    padded = np.pad(layer, ((0, -height % by), (0, -width % by)))
    return np.asarray(padded.reshape(-1, by, padded.shape[1] // by, by).mean((1, 3)))


def displaced(layers: Floats, moves: NDArray[np.int_]) -> Floats:
    """The mean over members of layers (N, Y, X) moved by whole pixels (members, 2), x then y; zero comes in."""
    total = np.zeros_like(layers)
    for right, down in moves:
        (into_y, from_y), (into_x, from_x) = shifted(int(down), layers.shape[1]), shifted(int(right), layers.shape[2])
        total[:, into_y, into_x] += layers[:, from_y, from_x]
    return total / np.float32(len(moves))


def shifted(by: int, size: int) -> tuple[slice, slice]:
    """Where along an axis what is moved arrives, and where it comes from; both empty when it leaves the frame."""
    kept = max(size - abs(by), 0)
    return slice(max(by, 0), max(by, 0) + kept), slice(max(-by, 0), max(-by, 0) + kept)
