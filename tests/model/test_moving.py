"""The view that goes along with the rain."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from model.engine import Engine
from model.moving import Moving, Still
from model.zoo import Network
from radar.card import Card
from radar.extrapolation import extrapolation
from radar.frames import Frames, Rain
from radar.grid import Grid

START = datetime(2026, 1, 1, tzinfo=UTC)


def blob(frames: int, speed: float = 2.0, side: int = 64) -> Rain:
    """A round storm that moves to the right."""
    y, x = np.mgrid[:side, :side]
    centres = 20 + speed * np.arange(frames)
    return np.stack([20 * np.exp(-((x - at) ** 2 + (y - 32) ** 2) / 72) for at in centres]).astype(np.float32)


def test_a_steady_storm_stands_still() -> None:
    rain = blob(8)
    still = Moving.along(rain).enter(rain)
    assert np.abs(still[:, :, 16:] - still[-1, :, 16:]).max() < 1.5
    assert np.abs(rain[0] - rain[-1]).max() > 15


def test_the_future_enters_where_the_past_is() -> None:
    rain = blob(12)
    view = Moving.along(rain[:8])
    future = view.enter_future(rain[8:])
    inner = np.s_[:, 8:-8, 16:-16]
    assert np.nanmax(np.abs(future[inner] - rain[7][None][inner])) < 2.5


def test_what_leaves_is_where_the_rain_will_be() -> None:
    rain = blob(12)
    view = Moving.along(rain[:8])
    moved = view.leave(np.repeat(rain[7:8], 4, axis=0))
    assert np.nanmax(np.abs(moved - rain[8:])) < 2.5


def test_one_frame_has_no_motion() -> None:
    rain = blob(1)
    np.testing.assert_array_equal(Moving.along(rain).enter(rain), rain)


def test_on_the_ground_nothing_moves() -> None:
    rain = blob(3)
    assert Still().enter(rain) is rain
    assert Still().leave(rain) is rain


@pytest.mark.parametrize("moving", [False, True])
def test_an_untrained_network_says_persistence_or_in_its_moving_frame_extrapolation(moving: bool) -> None:
    network = Network(width=8, residual=True, moving=moving)
    card = Card(method="fresh", version="1", summary="untrained", max_frames=8, network=network.fields())
    times = tuple(START + timedelta(minutes=5 * n) for n in range(8))
    past = Frames(blob(8), times, Grid.picture((64, 64)))
    (said,) = Engine(network.build(), card).forecast([past], 4)
    wanted = extrapolation(past, 4).rain if moving else np.repeat(past.rain[-1:], 4, axis=0)
    np.testing.assert_allclose(np.nan_to_num(said.rain), np.nan_to_num(wanted), atol=0.06, rtol=1e-3)
