"""A card refuses what its method was not made for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from radar.card import Calibration, Card
from radar.errors import OutsideCard
from radar.frames import Frames
from radar.grid import Grid
from tests.radar.samples import frames, times

CARD = Card(
    method="ms-convlstm",
    version="1",
    summary="A network.",
    min_frames=3,
    max_horizon=12,
    cadence_minutes=(5, 5),
    pixel_km=(0.5, 2),
)


def test_what_fits_passes() -> None:
    CARD.check(frames(3), 12)


def test_too_few_frames() -> None:
    with pytest.raises(OutsideCard, match="needs at least 3 frames and got 2"):
        CARD.check(frames(2), 1)


@pytest.mark.parametrize("horizon", [0, 13])
def test_horizon(horizon: int) -> None:
    with pytest.raises(OutsideCard, match=f"looks 1 to 12 frames ahead, not {horizon}"):
        CARD.check(frames(3), horizon)


def test_wrong_cadence() -> None:
    slow = replace(frames(3), times=tuple(times(1)[0] + n * timedelta(minutes=10) for n in range(3)))
    with pytest.raises(OutsideCard, match="trained on frames 5 min apart and these are 10 min apart"):
        CARD.check(slow, 1)


def test_wrong_pixel() -> None:
    coarse = Grid.of((7, 13), (5000, 0, 0, 0, -5000, 0), "EPSG:3413")
    with pytest.raises(OutsideCard, match=r"trained on pixels of 0\.5 to 2 km"):
        CARD.check(replace(frames(3), grid=coarse), 1)


def test_a_picture_and_a_single_frame_have_nothing_to_compare() -> None:
    one = Frames(frames(1).rain, times(1), Grid.picture((7, 13)))
    CARD.model_copy(update={"min_frames": 1}).check(one, 1)


def test_all_missing() -> None:
    blind = replace(frames(3), rain=np.full((3, 7, 13), np.nan, np.float32))
    with pytest.raises(OutsideCard, match="Every pixel of every frame is missing"):
        CARD.check(blind, 1)


def test_json_and_back() -> None:
    assert Card.model_validate_json(CARD.model_dump_json()) == CARD


def test_unknown_words_are_refused() -> None:
    with pytest.raises(ValidationError):
        Card.model_validate({**CARD.model_dump(), "colour": "green"})


def calibrated(rows: int, columns: int, leads: int = 12) -> Card:
    line = tuple((1.0,) * columns for _ in range(rows))
    network = {"thresholds": [0.5, 2.0]}
    return Card(
        method="a",
        version="1",
        summary="",
        max_horizon=leads,
        network=network,
        calibration=Calibration(slope=line, offset=line),
    )


def test_a_calibration_has_a_line_for_each_lead_and_threshold() -> None:
    card = calibrated(12, 2)
    assert card.calibration is not None
    assert card.calibration.shape == (12, 2)
    assert Card.model_validate_json(card.model_dump_json()) == card


RISING = tuple(at / 10 for at in range(11))


@pytest.mark.parametrize(
    "curve", [(RISING,), (RISING, RISING[:-1]), (RISING, RISING[::-1]), ((*RISING[:-1], 1.5),) * 2]
)
def test_a_curve_rises_in_as_many_points_for_each_threshold(curve: Any) -> None:
    lines: Any = {"slope": ((1, 1),), "offset": ((0, 0),)}
    assert Calibration(curve=(RISING, RISING), **lines).curve[1] == RISING
    with pytest.raises(ValidationError, match="a curve must"):
        Calibration(curve=curve, **lines)


@pytest.mark.parametrize(("rows", "columns"), [(11, 2), (12, 1), (12, 3)])
def test_a_calibration_of_other_chances_is_refused(rows: int, columns: int) -> None:
    with pytest.raises(ValidationError, match="leads and thresholds, not"):
        calibrated(rows, columns)


@pytest.mark.parametrize(
    ("slope", "offset"),
    [
        ([], []),
        ([[]], []),
        ([[1.0]], [[0.0], [0.0]]),
        ([[1.0]], [[0.0, 0.0]]),
        ([[1.0, 1.0], [1.0]], [[0.0, 0.0], [0.0]]),
        ([[1.0] * 17], [[0.0] * 17]),
        ([[-0.1]], [[0.0]]),
        ([[float("nan")]], [[0.0]]),
        ([[1.0]], [[float("inf")]]),
        ([["steep"]], [[0.0]]),
    ],
)
def test_what_is_no_calibration(slope: object, offset: object) -> None:
    with pytest.raises(ValidationError):
        Calibration.model_validate({"slope": slope, "offset": offset})
