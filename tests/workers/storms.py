"""Frames and methods for tests of workers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from radar.card import Card
from radar.chances import Chances, Outlook
from radar.frames import Frames
from radar.grid import Grid
from radar.nowcast import future_times

START = datetime(2026, 1, 1, tzinfo=UTC)


def frames(rate: float = 1.0, count: int = 4, side: int = 6) -> Frames:
    """Steady rain everywhere."""
    rain = np.full((count, side, side), rate, np.float32)
    times = tuple(START + timedelta(minutes=5 * n) for n in range(count))
    return Frames(rain, times, Grid.picture((side, side)))


CARD = Card(method="fragile", version="1", summary="dies of one rain rate", max_horizon=12)


@dataclass
class Fragile:
    """A method that repeats the last frame and dies of one rain rate."""

    poison: float = 13.0
    error: type[Exception] = ValueError
    max_batch: int = 4
    batches: tuple[int, ...] = ()
    card: Card = CARD
    chances: Chances | None = None

    def shape(self, past: Frames) -> tuple[int, ...]:
        return past.rain.shape

    def forecast(self, past: Sequence[Frames], horizon: int) -> list[Frames]:
        self.batches += (len(past),)
        if any(one.rain.max() == np.float32(self.poison) for one in past):
            raise self.error("poison")
        return [repeated(one, horizon) for one in past]

    def outlook(self, past: Sequence[Frames], horizon: int) -> list[Outlook]:
        return [Outlook(frames, self.chances) for frames in self.forecast(past, horizon)]


def repeated(past: Frames, horizon: int) -> Frames:
    """The last frame again and again."""
    rain = np.repeat(past.rain[-1:], horizon, axis=0)
    return replace(past, rain=rain, times=future_times(past, horizon), interpolated=())
