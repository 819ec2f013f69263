from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from radar.synthetic import HEAVIEST, LIGHTEST, storm


def test_one_seed_is_one_storm() -> None:
    assert np.array_equal(storm(seed=3).rain, storm(seed=3).rain)
    assert not np.array_equal(storm(seed=3).rain, storm(seed=4).rain)


def test_more_frames_go_on_where_fewer_end() -> None:
    assert np.array_equal(storm(frames=12, seed=1).rain, storm(frames=20, seed=1).rain[:12])


def test_a_slower_cadence_sees_the_same_weather() -> None:
    slow = storm(frames=3, seed=1, cadence=timedelta(minutes=10))
    assert np.array_equal(slow.rain, storm(frames=6, seed=1).rain[::2])


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (7, 13), (64, 64), (65, 40), (200, 130)])
def test_any_shape_is_dry_for_at_least_half_in_its_wider_surroundings(shape: tuple[int, int]) -> None:
    frames = storm(shape, frames=3)
    assert frames.rain.shape == (3, *shape)
    assert frames.observed.all()
    if min(shape) >= 64:
        assert np.mean(frames.rain > 0) < 0.5


def test_rain_is_of_radar_like_rates() -> None:
    rain = np.concatenate([storm(frames=6, seed=seed).rain for seed in range(5)])
    wet = rain[rain > 0]
    assert wet.min() >= np.float32(LIGHTEST)
    assert 20 < wet.max() <= HEAVIEST
    assert 0.2 < np.median(wet) < 2


def test_rain_is_correlated_in_space() -> None:
    logs = np.log(np.maximum(storm(frames=1).rain[0], 0.05))
    correlation = np.corrcoef(logs[:, 1:].ravel(), logs[:, :-1].ravel())[0, 1]
    assert correlation > 0.8


def test_it_changes_with_time_in_place_and_in_area() -> None:
    wet = storm(frames=24, seed=2).rain > 0
    areas = wet.mean(axis=(1, 2))
    assert areas.max() > 1.2 * areas.min()
    assert np.mean(wet[0] & wet[-1]) < 0.9 * areas.min()


def test_it_lies_on_the_earth_and_in_utc() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    frames = storm((20, 30), frames=2, pixel_km=2.0, start=start)
    assert frames.times == (start, start + timedelta(minutes=5))
    assert frames.grid.pixel_km == pytest.approx(2, rel=1e-3)
    assert frames.grid.lonlat(9.5, 14.5) == pytest.approx((10, 52), abs=1e-6)
