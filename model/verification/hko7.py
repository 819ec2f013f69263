"""The rainy days of HKO-7's test split as events to score, by the benchmark's own protocol (Shi et al. 2017)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np

from model.data.hko7 import CADENCE, SIDE
from model.data.table import open_dataset
from model.data.window import Dataset, Pixels
from model.evaluate import Case, Protocol
from model.verification.events import Asked, Events
from radar.deviations import BALANCE
from radar.frames import Frames, Rain
from radar.grid import Grid
from radar.rain import from_byte

THRESHOLDS = tuple(edge for edge, _ in BALANCE)
"""mm/h: the benchmark scores at the rates where its weights change."""
ARCHIVED = "8-bit pixels of HKO-7's test split; methods see them also where its masks say they are not valid"
"""The word for its frames in a protocol."""
PIXEL_KM = 512 / SIDE
GRID = Grid.of(
    (SIDE, SIDE),
    (1000 * PIXEL_KM, 0, -256_000, 0, -1000 * PIXEL_KM, 256_000),
    "+proj=aeqd +lat_0=22.3 +lon_0=114.17 +units=m",
)
"""512 x 512 km around Hong Kong. The archive names no projection; only the size of a pixel is taken from this."""
DATA = f"hko7 {PIXEL_KM:.3g} km"


def hko7(folder: Path, asked: Asked) -> tuple[Protocol, Events]:
    """The test days of an archive: every window counts, wet or not, where the masks say a pixel is valid."""
    options = asked.options("hko7")
    windows = open_dataset("hko7", folder, "test", options)
    places: dict[str, list[int]] = defaultdict(list)
    for at in range(len(windows)):
        places[windows.event(at)].append(at)
    days = asked.chosen(places, folder)
    minutes, levels = CADENCE / timedelta(minutes=1), asked.thresholds or THRESHOLDS
    protocol = Protocol(
        days, options.past, options.future, minutes, levels, options.every, wet_share=0, frames=ARCHIVED
    )
    return protocol, {day: partial(cases_of, windows, places[day]) for day in days}


def cases_of(windows: Dataset, places: Sequence[int]) -> Iterator[Case]:
    """Windows at some places; those that begin on one day are a block."""
    for at in places:
        past, future, mask, times, day = windows[at]
        assert times is not None
        seen, after = rain_of(past), rain_of(future)
        known = np.where(mask[: len(past), 0], seen, np.float32(np.nan))
        came = np.where(mask[len(past) :, 0], after, np.float32(np.nan))
        yield Case(DATA, day, day, Frames(seen, times[: len(past)], GRID), known, came, PIXEL_KM)


def rain_of(pixels: Pixels) -> Rain:
    """Pixels (T, 1, Y, X) in [0, 1] as rain (T, Y, X) in mm/h, each level exactly as the archive's own."""
    return from_byte(np.rint(255 * pixels[:, 0]).astype(np.uint8))
