"""The checkpoints in this repository are worth shipping."""

from functools import cache, reduce
from operator import add
from pathlib import Path

import numpy as np
import pytest

from model import checkpoint
from model.checkpoint import SHIPPED
from model.engine import Engine
from radar.frames import Frames
from radar.persistence import persistence
from radar.scores import Counts, count
from radar.synthetic import storm

FOLDERS = sorted(path.parent for path in SHIPPED.glob("*/card.json"))
LEADS = 12
THRESHOLDS = (0.5, 1.0, 2.0, 5.0)

each = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


STORMS = range(4)
FIXED = {
    "ms-convlstm": [0.506, 0.431, 0.406, 0.358],
    "ms-trajgru": [0.519, 0.435, 0.405, 0.373],
}
"""CSI at 0.5, 1, 2 and 5 mm/h on those storms: what the weights here have on any machine, to rounding."""


def csi(said: Frames, observed: Frames) -> float:
    """At 0.5 mm/h, counts pooled over all leads."""
    return float(count(said.rain, observed.rain[-LEADS:], [0.5]).pooled().csi[0, 0])


@cache
def engine(folder: Path) -> Engine:
    return Engine(*checkpoint.read(folder))


def test_there_is_one() -> None:
    assert FOLDERS


@each
def test_it_is_small(folder: Path) -> None:
    assert sum(path.stat().st_size for path in folder.iterdir()) < 12e6


@each
def test_it_lies_where_its_method_is_found(folder: Path) -> None:
    assert checkpoint.find()[engine(folder).card.method] == folder


@each
def test_its_card_tells_training_data_and_scores(folder: Path) -> None:
    card = engine(folder).card
    assert card.training
    assert card.data
    assert {"persistence", card.method} <= {score.method for score in card.scores}


@each
@pytest.mark.parametrize("side", [64, 96, 128])
def test_it_beats_persistence_by_far_on_storms(folder: Path, side: int) -> None:
    made = engine(folder)
    scores = [compared(made, storm((side, side), made.card.max_frames + LEADS, seed)) for seed in range(4)]
    ours, theirs = (sum(pair) / len(scores) for pair in zip(*scores, strict=True))
    assert ours > 1.3 * theirs


def compared(made: Engine, frames: Frames) -> tuple[float, float]:
    """The CSI of a method and of persistence on one storm."""
    past = Frames(frames.rain[:-LEADS], frames.times[:-LEADS], frames.grid)
    (said,) = made.forecast([past], LEADS)
    return csi(said, frames), csi(persistence(past, LEADS), frames)


@cache
def counted(folder: Path) -> Counts:
    """An hour of each of a few storms of 96 x 96 pixels of 2 km, where something was said."""
    made, whole = engine(folder), [storm((96, 96), 8 + LEADS, seed, pixel_km=2) for seed in STORMS]
    said = made.forecast([Frames(frames.rain[:8], frames.times[:8], frames.grid) for frames in whole], LEADS)
    pairs = [(one.rain, frames.rain[8:]) for one, frames in zip(said, whole, strict=True)]
    found = [count(ours, np.where(np.isnan(ours), np.nan, came), THRESHOLDS) for ours, came in pairs]
    return reduce(add, found).pooled()


@each
def test_its_scores_are_what_they_were(folder: Path) -> None:
    assert counted(folder).csi[0].tolist() == pytest.approx(FIXED[folder.name], abs=0.01)


@each
def test_it_makes_neither_rain_nor_drought(folder: Path) -> None:
    bias = dict(zip(THRESHOLDS, counted(folder).bias[0].tolist(), strict=True))
    assert 0.8 < bias[0.5] < 1.25
    assert 0.8 < bias[2.0] < 1.25


@each
@pytest.mark.parametrize("seed", STORMS)
def test_two_hours_hold_no_harder_rain_than_was_seen(folder: Path, seed: int) -> None:
    past = storm((64, 64), 8, seed, pixel_km=4)
    (said,) = engine(folder).forecast([past], 24)
    assert np.nanmax(said.rain) <= 1.5 * past.rain.max()


@each
def test_dry_stays_dry(folder: Path) -> None:
    wet = storm((64, 64), 8)
    said = engine(folder).outlook([Frames(np.zeros_like(wet.rain), wet.times, wet.grid)], 24)[0]
    assert said.frames.rain.max() == 0
    assert said.chances is not None
    assert said.chances.values.max() == 0
