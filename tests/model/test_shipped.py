"""The checkpoints in this repository are worth shipping."""

from functools import cache
from pathlib import Path

import pytest

from model import checkpoint
from model.checkpoint import SHIPPED
from model.engine import Engine
from radar.frames import Frames
from radar.persistence import persistence
from radar.scores import count
from radar.synthetic import storm

FOLDERS = sorted(path.parent for path in SHIPPED.glob("*/card.json"))
LEADS = 12

each = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


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
