"""One past on its way through the engine: from rain to a network's pixels, and from what it says back to rain.

Frames go in and leads come out one by one, so that of a large grid few are ever held twice.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from model.moving import Moving, Still
from model.zoo import Network
from radar.card import POINTS, Calibration, Card
from radar.chances import Chances, Outlook, coded, decoded, falling
from radar.extrapolation import Carrier, Floats, trajectories
from radar.fading import fading, softened
from radar.frames import Frames, Rain
from radar.matching import match
from radar.nowcast import future_times
from radar.rain import decode, encode

DRIZZLE = 0.05
"""mm/h below which a forecast is no rain: less than a radar measures, and what a network says of dry ground."""
MADE_BY = "network"


class Sample:
    """A past in the view of a network, and the leads it has said so far; thresholds are of the chances to keep."""

    def __init__(self, past: Frames, card: Card, horizon: int, thresholds: tuple[float, ...] = ()) -> None:
        about = Network.of(card.network or {})
        view = Moving.along(past.rain) if about.moving else Still()
        self.past, self.matched, self.calibration = past, about.matched, card.calibration
        self.seen = view.enter(latest(past.rain))
        self.fading = fading(self.seen) if about.matched and about.faded else 0.0
        self.places: Iterator[Floats] | None = trajectories(view.motion, horizon) if isinstance(view, Moving) else None
        shape = horizon, *past.grid.shape
        self.rain = np.zeros(shape, np.float32)
        self.curves = tables(card.calibration, len(thresholds))
        self.thresholds, self.codes = thresholds, np.zeros((len(thresholds), *shape), np.uint8)
        self.unseen = ~np.isfinite(past.rain).any(axis=0)

    def pixels(self, shape: tuple[int, int]) -> Iterator[Floats]:
        """The frames of the past as a network's pixels (Y, X), padded to a shape."""
        return (padded(pixels_of(rain), shape) for rain in self.seen)

    def keep(self, lead: int, pixels: Floats, chances: Floats | None) -> None:
        """What was said of a lead: padded pixels (Y, X), and the log-odds (thresholds, Y, X) that rain reaches each.

        Leads come in order: the places that what was said is carried to are those of the next one.
        """
        height, width = self.past.grid.shape
        inside = pixels[:height, :width]
        rain = self._matched(inside, lead) if self.matched else rain_of(inside)
        leave = self._leaving(np.isfinite(rain))
        self.rain[lead] = leave(rain)
        if chances is None or not self.thresholds:
            return
        for at, chance in enumerate(probability(chances[:, :height, :width], lead, self.calibration)):
            np.take(self.curves[at], coded(leave(chance)), out=self.codes[at, lead], mode="clip")
        self.codes[:, lead] = falling(self.codes[:, lead])

    def _matched(self, pixels: Floats, lead: int) -> Rain:
        """Pixels (Y, X) of a lead as rain, whose details have faded, with the amounts of the last frame."""
        now = self.seen[-1]
        return match(softened(pixels, np.isfinite(now), self.fading * (lead + 1)), now)

    def _leaving(self, known: NDArray[np.bool_]) -> Callable[[Floats], Floats]:
        """What puts fields (Y, X) of the next lead, known there, on the ground; NaN where nothing was ever seen."""
        if self.places is None:
            return lambda field: np.where(known & ~self.unseen, field, np.float32(np.nan))
        carrier = Carrier(known, next(self.places))
        carrier.share[self.unseen] = np.nan
        return carrier.carry

    def outlook(self) -> Outlook:
        """All that was said."""
        frames = future(self.past, self.rain)
        return Outlook(frames, Chances(self.thresholds, self.codes, MADE_BY) if self.thresholds else None)


def dry(past: Frames, horizon: int, thresholds: tuple[float, ...]) -> Outlook:
    """What is said of a dry past: no rain, and no chance of any; unknown where nothing was seen."""
    unseen = ~np.isfinite(past.rain).any(axis=0)
    rain = np.zeros((horizon, *past.grid.shape), np.float32)
    rain[:, unseen] = np.nan
    chances = Chances(thresholds, np.stack([coded(rain)] * len(thresholds)), MADE_BY) if thresholds else None
    return Outlook(future(past, rain), chances)


def future(past: Frames, rain: Rain) -> Frames:
    """Rain (horizon, Y, X) that follows the past, as Frames."""
    return replace(past, rain=rain, times=future_times(past, len(rain)), interpolated=())


def latest(rain: Rain) -> Rain:
    """(T, Y, X) where a pixel that was not observed has what was last seen there, or else what was first seen.

    Not dry: a radar that has just gone silent does not end the rain. What was never seen stays NaN.
    """
    if np.isfinite(rain).all():
        return rain
    filled = rain.copy()
    for before, frame in pairwise(filled):
        np.copyto(frame, before, where=np.isnan(frame))
    for after, frame in pairwise(filled[::-1]):
        np.copyto(frame, after, where=np.isnan(frame))
    return filled


def pixels_of(rain: Rain) -> Floats:
    """Network pixels in [0, 1] of rain in mm/h; what was never observed is as if dry."""
    return np.nan_to_num(encode(rain)).astype(np.float32)


def rain_of(pixels: Floats) -> Rain:
    """Rain rate in mm/h of network pixels, drizzle dropped."""
    rain = decode(pixels)
    return np.where(rain < DRIZZLE, 0, rain).astype(np.float32)


def padded(pixels: Floats, shape: tuple[int, int]) -> Floats:
    """(Y, X) mirrored at the lower and right edge up to the shape."""
    return np.pad(pixels, [(0, wanted - side) for side, wanted in zip(pixels.shape, shape, strict=True)], "reflect")


def probability(odds: Floats, lead: int, calibration: Calibration | None) -> Floats:
    """The chances of log-odds (thresholds, Y, X); leads count from 0, beyond the last calibrated as it."""
    if calibration is not None:
        row = min(lead, len(calibration.slope) - 1)
        slope, offset = (
            np.asarray(table[row], np.float32)[:, None, None] for table in (calibration.slope, calibration.offset)
        )
        odds = slope * odds + offset
    return np.asarray(0.5 * (1 + np.tanh(0.5 * odds)), np.float32)  # the logistic function, without overflow


def tables(calibration: Calibration | None, thresholds: int) -> NDArray[np.uint8]:
    """(thresholds, 256) what is said for each byte of a chance: itself, or what the calibration's curve makes of it."""
    same = np.broadcast_to(np.arange(256, dtype=np.uint8), (thresholds, 256))
    if calibration is None or not calibration.curve or not thresholds:
        return same
    tenths, chances = np.linspace(0, 1, POINTS), decoded(same[0])
    return np.stack([coded(np.interp(chances, tenths, curve)) for curve in calibration.curve])


def north_up(frames: Frames) -> Frames:
    """The frames with row 0 in the north, as networks were trained: equal weather gives an equal forecast."""
    a, b, c, d, e, f = frames.grid.transform
    if e <= 0:
        return frames
    height = frames.grid.height
    grid = replace(frames.grid, transform=(a, -b, c + b * height, d, -e, f + e * height))
    return replace(frames, rain=frames.rain[:, ::-1], grid=grid)


def as_given(said: Outlook, past: Frames) -> Outlook:
    """An outlook with its rows in the order of the past it was made from."""
    if said.frames.grid.transform == past.grid.transform:
        return said
    frames, chances = replace(said.frames, rain=said.frames.rain[:, ::-1], grid=past.grid), said.chances
    return Outlook(frames, chances and Chances(chances.thresholds, chances.codes[:, :, ::-1], chances.made_by))
