"""Regions and their frames to test with."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest

from jobs.region import GridSpec, Region
from radar.frames import Frames, Rain
from radar.grid import Grid

STEP = timedelta(minutes=5)
SIDE = 8
PLACE = GridSpec(height=SIDE, width=SIDE, transform=(1000, 0, 4_321_000, 0, -1000, 3_210_000), crs="EPSG:3035")


def region(name: str = "here", **other: Any) -> Region:
    """A small region of 5-minute frames."""
    return Region(**{"id": name, "grid": PLACE, "cadence_minutes": 5, **other})


@cache
def now() -> datetime:
    """The newest step that has come; the same until the cache is cleared."""
    return region().step_before(datetime.now(UTC))


@pytest.fixture(autouse=True)
def steady_clock() -> None:
    """The newest step is fresh, and the same throughout a test."""
    now.cache_clear()


def rain(seed: int, side: int = SIDE) -> Rain:
    """A frame that no other seed gives, to 0.01 mm/h, not observed in a corner."""
    values = np.random.default_rng(seed).integers(0, 5000, (side, side)) / 100
    values[0, 0] = np.nan
    return values.astype(np.float32)


def frames(*steps: int, last: datetime | None = None, grid: Grid | None = None, salt: int = 0) -> Frames:
    """Frames so many steps before the last; equal for equal steps and salt. Steps count down and have one cadence."""
    end = last or now()
    fields = np.stack([rain(step + 1000 * salt) for step in steps])
    return Frames(fields, tuple(end - step * STEP for step in steps), grid or PLACE.grid())
