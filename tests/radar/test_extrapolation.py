import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from radar.baselines import BASELINES
from radar.errors import OutsideCard
from radar.extrapolation import advect, extrapolation, motion
from radar.frames import Frames, Rain
from radar.grid import Grid
from radar.persistence import persistence
from radar.scores import count
from radar.synthetic import storm

shapes = st.tuples(st.integers(1, 40), st.integers(1, 40))


def made_of(rain: Rain) -> Frames:
    start = datetime(2026, 6, 1, tzinfo=UTC)
    times = tuple(start + timedelta(minutes=5 * n) for n in range(len(rain)))
    return Frames(rain, times, Grid.picture(rain.shape[1:]))


def blob(x: float, y: float, shape: tuple[int, int] = (120, 160), width: float = 8) -> Rain:
    """A shower of 20 mm/h with its middle at (x, y)."""
    rows, columns = np.indices(shape)
    squared = (columns - x) ** 2 + (rows - y) ** 2
    rain = 20 * np.exp(-squared / (2 * width**2))
    return np.where(rain < 0.1, 0, rain).astype(np.float32)


def middle(rain: Rain) -> NDArray[np.floating]:
    """x, y of the centre of gravity."""
    rows, columns = np.indices(rain.shape)
    return np.array([np.nansum(columns * rain), np.nansum(rows * rain)]) / np.nansum(rain)


def constant(velocity: tuple[float, float], shape: tuple[int, int]) -> NDArray[np.float32]:
    return np.broadcast_to(np.reshape(np.array(velocity, np.float32), (2, 1, 1)), (2, *shape)).copy()


@pytest.mark.parametrize("velocity", [(3, 0), (0, 2), (-2.5, 1.5), (6, -4), (0, 0)])
@pytest.mark.parametrize("frames", [2, 3, 4, 6])
def test_a_moving_shower_moves_on(velocity: tuple[float, float], frames: int) -> None:
    start = np.array([80, 60]) - np.multiply(velocity, frames - 1)
    past = np.stack([blob(*(start + np.multiply(velocity, n))) for n in range(frames)])
    future = extrapolation(made_of(past), 6)
    for lead, rain in enumerate(future.rain, start=1):
        assert middle(rain) == pytest.approx(np.array([80, 60]) + np.multiply(velocity, lead), abs=0.12 * lead)


def test_motion_is_x_then_y_in_pixels_per_frame() -> None:
    past = np.stack([blob(70 + 4 * n, 60 - 2 * n) for n in range(4)])
    found = motion(made_of(past))
    assert found.shape == (2, 120, 160)
    assert found[:, 54, 82] == pytest.approx([4, -2], abs=0.15)


def test_dry_surroundings_move_with_the_rain_seen() -> None:
    past = np.stack([blob(40 + 4 * n, 60) for n in range(4)])
    assert motion(made_of(past))[:, 60, 150] == pytest.approx([4, 0], abs=0.3)


def test_one_shower_in_a_wide_dry_frame_tells_the_motion() -> None:
    past = np.stack([blob(40 + 4 * n, 60, (700, 800), width=5) for n in range(3)])
    assert motion(made_of(past))[:, 600, 700] == pytest.approx([4, 0], abs=0.4)


def test_radars_that_scan_in_turns_do_not_slow_the_rain_down() -> None:
    """Half of every second frame is the frame before, as in composites of radars with a ten minute cycle."""
    past = np.stack([np.hypot(blob(40 + 5 * n, 30), blob(40 + 5 * n, 90)) for n in range(5)])
    past[1::2, :60] = past[0:-1:2, :60]
    assert motion(made_of(past[1:]))[0, 30, 60] == pytest.approx(5, abs=0.5)


def test_a_radar_that_is_just_back_tells_the_motion_it_sees() -> None:
    past = np.stack([np.hypot(blob(40 + 4 * n, 60, (120, 320)), blob(240 - 3 * n, 60, (120, 320))) for n in range(4)])
    past[:2, :, 160:] = np.nan
    found = motion(made_of(past))
    assert found[:, 60, 52] == pytest.approx([4, 0], abs=0.2)
    assert found[:, 60, 231] == pytest.approx([-3, 0], abs=0.4)


@pytest.mark.parametrize(("velocity", "source"), [((1, 0), (0, -1)), ((0, 2), (-2, 0)), ((-3, 1), (-1, 3))])
def test_whole_pixels_are_carried_exactly(velocity: tuple[int, int], source: tuple[int, int]) -> None:
    rain = storm((30, 40), frames=1).rain[0]
    carried = advect(rain, constant(velocity, rain.shape), 3)
    for lead, frame in enumerate(carried, start=1):
        inner = np.isfinite(frame)
        expected = np.roll(rain, (-source[0] * lead, -source[1] * lead), axis=(0, 1))
        assert np.allclose(frame[inner], expected[inner], atol=1e-4)


def test_what_comes_from_outside_is_not_known() -> None:
    rain = np.ones((5, 8), np.float32)
    carried = advect(rain, constant((2, 0), rain.shape), 5)
    assert [int(np.isnan(frame).all(axis=0).sum()) for frame in carried] == [2, 4, 6, 8, 8]
    assert np.nanmin(carried) == np.nanmax(carried) == 1


def test_what_was_not_observed_moves_along() -> None:
    rain = np.ones((9, 9), np.float32)
    rain[4, 2] = np.nan
    carried = advect(rain, constant((1, 1), rain.shape), 2)
    inside = carried[1, 2:, 2:]
    assert np.argwhere(np.isnan(inside)).tolist() == [[4, 2]]


def test_a_turning_field_is_followed_round() -> None:
    """A quarter turn in twenty steps about the middle: the path is an arc, which straight steps would leave."""
    rows, columns = np.indices((101, 101), dtype=np.float32)
    omega = np.pi / 2 / 20
    velocity = omega * np.stack([-(rows - 50), columns - 50])
    carried = advect(blob(75, 50, (101, 101), 4), velocity.astype(np.float32), 20)
    assert middle(carried[-1]) == pytest.approx([50, 75], abs=0.1)


def test_a_single_frame_stays() -> None:
    past = storm(frames=1)
    assert np.array_equal(extrapolation(past, 3).rain, persistence(past, 3).rain)


def test_dry_stays_dry() -> None:
    assert extrapolation(made_of(np.zeros((3, 20, 30), np.float32)), 4).dry


def test_nothing_observed_answers_nothing() -> None:
    rain = np.full((3, 20, 30), np.nan, np.float32)
    assert not extrapolation(made_of(rain), 2).observed.any()


@settings(max_examples=40, deadline=None)
@given(shapes, st.integers(1, 5), st.integers(1, 4), st.integers(0, 99))
def test_any_shape_is_served(shape: tuple[int, int], frames: int, horizon: int, seed: int) -> None:
    past = storm(shape, frames=frames, seed=seed)
    future = extrapolation(past, horizon)
    assert future.rain.shape == (horizon, *shape)
    assert future.times[0] - past.times[-1] == timedelta(minutes=5)
    assert np.isfinite(motion(past)).all()


@settings(max_examples=40, deadline=None)
@given(shapes, st.floats(0, 1), st.integers(0, 99))
def test_rain_neither_grows_nor_falls_below_zero(shape: tuple[int, int], missing: float, seed: int) -> None:
    rain = storm(shape, frames=3, seed=seed).rain.copy()
    rain[np.random.default_rng(seed).random(rain.shape) < missing] = np.nan
    future = extrapolation(made_of(rain), 3)
    most = np.nanmax(rain[-1], initial=0)
    assert np.nanmax(future.rain, initial=0) <= most * (1 + 1e-5)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99))
def test_a_hole_changes_nothing_far_from_it(seed: int) -> None:
    rain = storm((60, 60), frames=1, seed=seed).rain[0]
    holed = rain.copy()
    holed[:5, :5] = np.nan
    velocity = constant((1.3, 0.7), rain.shape)
    whole, broken = advect(rain, velocity, 3), advect(holed, velocity, 3)
    assert np.array_equal(whole[:, 20:, 20:], broken[:, 20:, 20:])


def test_the_same_frames_give_the_same_answer() -> None:
    past = storm((90, 70), frames=4)
    assert np.array_equal(extrapolation(past, 3).rain, extrapolation(past, 3).rain, equal_nan=True)


@pytest.mark.parametrize("seed", range(4))
def test_it_beats_persistence_on_storms(seed: int) -> None:
    weather = storm(frames=16, seed=seed)
    past, truth = made_of(weather.rain[:4]), weather.rain[4:]
    ours, still = (
        count(method(past, 12).rain, truth, [1.0]).pooled().csi.item() for method in (extrapolation, persistence)
    )
    assert ours > 1.5 * still


@pytest.mark.parametrize("name", BASELINES)
def test_the_table_tells_and_makes_forecasts(name: str) -> None:
    baseline, past = BASELINES[name], storm((16, 16), frames=2)
    baseline.card.check(past, 48)
    assert baseline.card.method == name
    assert len(baseline.forecast(past, 48)) == 48


def test_extrapolation_asks_for_two_frames() -> None:
    with pytest.raises(OutsideCard, match="at least 2 frames"):
        BASELINES["extrapolation"].card.check(storm((8, 8), frames=1), 1)
    BASELINES["persistence"].card.check(storm((8, 8), frames=1), 1)


def test_the_cards_can_be_read_without_opencv() -> None:
    code = "import sys, radar.baselines; sys.exit('cv2' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
