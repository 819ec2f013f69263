"""Makes chances mean what they say: of all times 30 % was said, it should have come in 30 %."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit, logit

from model.evaluate import Case, Forecast, as_outlook
from radar.card import POINTS, Calibration
from radar.chances import STEPS, Chances
from radar.errors import NowcastError
from radar.frames import Rain

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
FEW = 100
"""Pixels with the event below which a lead, or all of them together, have nothing to say."""
SHRINK = 200.0
"""How many such pixels pull as hard as what a fit is shrunk to: neighbours in a storm are not independent."""
LOG_ODDS: Floats = logit(np.clip(np.arange(STEPS + 1) / STEPS, 0.25 / STEPS, 1 - 0.25 / STEPS))
"""Of each of the chances that there are bytes for; 0 and 1 stand for the half steps beside them."""
AS_IT_IS = (1.0, 0.0)
WIDEST = 128
"""Pixels a side of which a window counts: of wider ones every n-th, or a composite at 1 km outweighs days of radar."""


@dataclass(frozen=True)
class Frequencies:
    """How often each chance was said, and how often it came: (leads, thresholds, chances), mergeable by +."""

    said: Integers
    came: Integers

    @classmethod
    def zero(cls, leads: int, thresholds: int) -> "Frequencies":
        """Nothing counted yet."""
        shape = leads, thresholds, STEPS + 1
        return cls(np.zeros(shape, np.int64), np.zeros(shape, np.int64))

    def __add__(self, other: "Frequencies") -> "Frequencies":
        return Frequencies(self.said + other.said, self.came + other.came)

    def pooled(self) -> "Frequencies":
        """All leads as one."""
        return Frequencies(self.said.sum(0, keepdims=True), self.came.sum(0, keepdims=True))


def count(chances: Chances, observed: Rain) -> Frequencies:
    """Count chances against the rain (T, Y, X) in mm/h that came, where it was observed and a chance was known.

    Of grids wider than WIDEST every n-th row and column counts.
    """
    found = Frequencies.zero(len(observed), len(chances.thresholds))
    step = ceil(max(observed.shape[1:]) / WIDEST)
    for at, threshold in enumerate(chances.thresholds):
        for lead, rain in enumerate(observed[:, ::step, ::step]):
            codes = chances.codes[at, lead, ::step, ::step]
            found.said[lead, at] = histogram(codes[np.isfinite(rain)])
            found.came[lead, at] = histogram(codes[rain >= threshold])
    return found


def histogram(codes: NDArray[np.uint8]) -> Integers:
    """How often each chance is among the bytes; the byte for an unknown one is left out."""
    return np.bincount(codes, minlength=256)[: STEPS + 1].astype(np.int64)


def calibrate(forecast: Forecast, cases: Iterable[Case], leads: int, thresholds: int) -> Calibration:
    """The calibration of a method's chances, out of windows with `leads` frames to come.

    NowcastError for a method that gives no chances.
    """
    found = Frequencies.zero(leads, thresholds)
    for case in cases:
        said = as_outlook(forecast(case.past, leads)).chances
        if said is None:
            raise NowcastError("A method that gives no chances cannot be calibrated.")
        found += count(said, case.observed)
    return fit(found)


def fit(counts: Frequencies) -> Calibration:
    """A line for every lead and threshold, and for each threshold a curve through what the lines leave to mend."""
    slope, offset = lines(counts)
    straight = Calibration(slope=tuple(map(tuple, slope.tolist())), offset=tuple(map(tuple, offset.tolist())))
    chances = expit(slope[..., None] * LOG_ODDS + offset[..., None])
    said, came = counts.said, counts.came
    bent = (curve(chances[:, at].ravel(), said[:, at].ravel(), came[:, at].ravel()) for at in range(said.shape[1]))
    return straight.model_copy(update={"curve": tuple(tuple(np.round(values, 4).tolist()) for values in bent)})


def lines(counts: Frequencies) -> Floats:
    """Slope and offset (2, leads, thresholds); where too little came they are those of all leads together."""
    every = counts.pooled()
    found = np.empty((2, *counts.said.shape[:2]))
    for at in range(counts.said.shape[1]):
        parent = line(every.said[0, at], every.came[0, at], AS_IT_IS)
        for lead in range(len(counts.said)):
            found[:, lead, at] = line(counts.said[lead, at], counts.came[lead, at], parent)
    return np.asarray(np.round(found, 4), np.float64)


def curve(chances: Floats, said: Integers, came: Integers) -> Floats:
    """How often it came (POINTS) where the chance was 0, 0.1, ... 1: rising, and straight in between.

    Least squares, shrunk to what was said: where little was, that is what is believed.
    """
    knots = np.linspace(0, 1, POINTS)
    near = np.maximum(0, 1 - np.abs(chances[:, None] - knots) * (POINTS - 1))  # hats over the points, adding up to 1
    weights = near.T @ (said[:, None] * near) + SHRINK * np.eye(POINTS)
    free = np.linalg.solve(weights, near.T @ came + SHRINK * knots)
    rising = isotonic_regression(free, weights=np.diag(weights)).x
    return np.asarray(np.clip(rising, 0, 1), np.float64)


def line(said: Integers, came: Integers, parent: Sequence[float]) -> tuple[float, float]:
    """Slope (0 or more) and offset of the likeliest logistic line through one lead's and threshold's log-odds.

    Shrunk to the parent's, and equal to them where fewer than FEW pixels had the event, or had it not.
    """
    hits, misses = int(came.sum()), int((said - came).sum())
    if min(hits, misses) < FEW:
        return parent[0], parent[1]

    def cost(ab: Floats) -> tuple[float, Floats]:
        z, off = ab[0] * LOG_ODDS + ab[1], ab - parent
        wrong = said * expit(z) - came
        likely = said @ np.logaddexp(0, z) - came @ z + SHRINK / 2 * off @ off
        return likely / hits, (np.array([wrong @ LOG_ODDS, wrong.sum()]) + SHRINK * off) / hits

    found = minimize(cost, parent, jac=True, method="L-BFGS-B", bounds=[(0, None), (None, None)]).x
    return float(found[0]), float(found[1])
