"""Neighbourhood chances, counted by hand, and on real radar."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar import neighbourhood as module
from radar.chances import THRESHOLDS, Chances, Outlook
from radar.frames import Frames, Rain
from radar.grid import Grid
from radar.neighbourhood import neighbourhood, radius, shares, side_km, with_chances
from radar.synthetic import place, storm

START = datetime(2026, 6, 1, tzinfo=UTC)


def forecast(rain: Rain, minutes: int = 5, pixel_km: float = 1.0) -> Frames:
    times = tuple(START + timedelta(minutes=minutes * n) for n in range(1, len(rain) + 1))
    return Frames(rain, times, place((rain.shape[1], rain.shape[2]), pixel_km))


def by_hand(rain: Rain, threshold: float, row: int, column: int, reach: int) -> float:
    """The share of the known pixels of the square, by loops."""
    rows = range(max(row - reach, 0), min(row + reach + 1, rain.shape[0]))
    columns = range(max(column - reach, 0), min(column + reach + 1, rain.shape[1]))
    square = [rain[y, x] for y in rows for x in columns if np.isfinite(rain[y, x])]
    return float(np.mean([value >= threshold for value in square]))


@settings(max_examples=30)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 20), st.floats(0, 0.9), st.integers(0, 99))
def test_a_chance_is_the_share_of_the_square(height: int, width: int, reach: int, missing: float, seed: int) -> None:
    chance = np.random.default_rng(seed)
    rain = chance.gamma(0.5, 3, (height, width)).astype(np.float32)
    rain[chance.random(rain.shape) < missing] = np.nan
    (found,) = shares(rain, (1.0,), reach)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(rain))
    for row, column in zip(*np.nonzero(np.isfinite(rain)), strict=True):
        assert found[row, column] == pytest.approx(by_hand(rain, 1.0, row, column, reach), abs=1e-4)


def test_the_square_grows_with_lead_and_counts_km() -> None:
    hour, grid = timedelta(hours=1), place((8, 8), 1.0)
    assert [radius(grid, lead * hour) for lead in (0, 1 / 12, 1, 2)] == [1, 3, 25, 49]
    assert radius(place((8, 8), 5.0), hour) == 5


def test_a_grid_without_a_place_has_pixels_of_a_km() -> None:
    assert side_km(Grid.picture((4, 4))) == 1


def test_a_lone_shower_spreads_and_thins() -> None:
    rain = np.zeros((4, 60, 60), np.float32)
    rain[:, 28:32, 28:32] = 3
    made = neighbourhood(forecast(rain), START)
    assert made is not None
    assert made.made_by == "neighbourhood"
    here = made.of(2.0)[:, 30, 30]
    assert (np.diff(here) < 0).all()
    assert made.of(2.0)[3, 30, 34] > 0
    assert (made.of(5.0) == 0).all()


def test_chances_fall_with_the_threshold_and_are_unknown_where_the_forecast_is() -> None:
    rain = storm((40, 50), frames=3, seed=4).rain.copy()
    rain[:, :7] = np.nan
    made = neighbourhood(forecast(rain), START)
    assert made is not None
    assert made.thresholds == THRESHOLDS
    np.testing.assert_array_equal(np.isnan(made.values), np.broadcast_to(np.isnan(rain), made.values.shape))
    assert (np.diff(made.values[:, :, 7:], axis=0) <= 0).all()


def test_a_single_frame_knows_its_lead() -> None:
    rain = storm((40, 40), frames=1, seed=1).rain
    near, far = (neighbourhood(forecast(rain, minutes), START) for minutes in (5, 60))
    assert near is not None
    assert far is not None
    assert np.nanstd(far.of(0.5)) < np.nanstd(near.of(0.5))


def test_too_many_are_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CODES", 40 * 40 * 5 - 1)
    assert neighbourhood(forecast(storm((40, 40), frames=1).rain), START) is None


def test_chances_that_are_there_are_kept() -> None:
    frames = forecast(storm((8, 8), frames=1).rain)
    own = Chances((1.0,), np.zeros((1, 1, 8, 8), np.float32), "network")
    assert with_chances(Outlook(frames, own), START).chances is own
    given_them = with_chances(Outlook(frames), START).chances
    assert given_them is not None
    assert given_them.made_by == "neighbourhood"
