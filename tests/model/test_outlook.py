"""Chances beside the rain: log-odds of the network, calibrated, falling, carried as the rain is."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import expit, logit

from model.engine import Engine
from model.nowcaster import Nowcaster
from model.sample import probability
from model.zoo import Network
from radar import chances as limits
from radar.card import Calibration
from radar.chances import Chances
from radar.frames import Rain
from radar.grid import Grid
from tests.model.samples import blob, card, enliven, frames

HORIZON = 3
THRESHOLDS = (0.5, 2.0, 8.0)


def engine(made: Nowcaster | None = None, calibration: Calibration | None = None, **fields: Any) -> Engine:
    about = Network("ms-convlstm", width=8, patch=2, residual=True, thresholds=THRESHOLDS, **fields)
    torch.manual_seed(0)
    said = card(network=about.fields(), calibration=calibration, max_horizon=HORIZON)
    return Engine(made or enliven(about.build()), said, precision="float32")


def chances(made: Engine, rain: Rain) -> Chances:
    found = made.outlook([frames(rain)], HORIZON)[0].chances
    assert found is not None
    return found


def sure(odds: float, **fields: Any) -> Engine:
    """An engine whose network says the same log-odds everywhere."""
    made = engine(**fields)
    assert made.network.chance is not None
    torch.nn.init.zeros_(made.network.chance.weight)
    torch.nn.init.constant_(torch.as_tensor(made.network.chance.bias), odds)
    return made


@pytest.mark.parametrize("moving", [False, True])
def test_frames_are_those_of_the_forecast_and_chances_lie_on_them(moving: bool) -> None:
    made, past = engine(moving=moving), frames(blob(4, 21, 13))
    (said,), (forecast,) = made.outlook([past], HORIZON), made.forecast([past], HORIZON)
    np.testing.assert_array_equal(said.frames.rain, forecast.rain)
    assert said.frames.times[0] == past.times[-1] + timedelta(minutes=5)
    assert said.chances is not None
    assert said.chances.thresholds == THRESHOLDS
    assert said.chances.made_by == "network"
    assert said.chances.values.shape == (3, HORIZON, 21, 13)


@pytest.mark.parametrize("matched", [False, True])
def test_they_are_unknown_where_the_rain_is(matched: bool) -> None:
    rain = blob(4, 24, 24)
    rain[:, :3, 5] = np.nan
    made = engine(moving=True, matched=matched)
    (said,) = made.outlook([frames(rain)], HORIZON)
    assert said.chances is not None
    unknown = np.isnan(said.frames.rain)
    assert unknown.any()
    np.testing.assert_array_equal(np.isnan(said.chances.values), np.broadcast_to(unknown, (3, *unknown.shape)))


def test_a_higher_threshold_is_never_likelier() -> None:
    values = chances(engine(), blob(4, 24, 24)).values
    assert (np.diff(values, axis=0) <= 0).all()
    assert values.std() > 0.02


def test_a_calibration_is_a_line_through_the_log_odds_of_its_lead() -> None:
    table = Calibration(slope=((1, 1, 1), (2, 2, 2), (1, 1, 1)), offset=((0, 0, 0), (0.5, -0.5, -1), (0, -9, -9)))
    values = chances(sure(0.4, calibration=table), blob(4, 8, 8)).values
    np.testing.assert_allclose(values[:, 0], expit(0.4), atol=0.003)
    np.testing.assert_allclose(values[:, 1, 0, 0], expit([1.3, 0.3, -0.2]), atol=0.003)
    np.testing.assert_allclose(values[1:, 2], 0, atol=0.003)


def test_a_calibration_bends_what_its_lines_give() -> None:
    """A chance of 0.6 is said as 0.85 at the first threshold, and as it is at the others."""
    lines: Any = {"slope": ((1, 1, 1),) * 3, "offset": ((0, 0, 0),) * 3}
    straight = tuple(at / 10 for at in range(11))
    bent = (*straight[:6], 0.85, 0.9, 0.9, 1.0, 1.0)
    table = Calibration(curve=(bent, straight, straight), **lines)
    values = chances(sure(float(logit(0.6)), calibration=table), blob(4, 8, 8)).values
    np.testing.assert_allclose(values[:, 1, 0, 0], (0.85, 0.6, 0.6), atol=0.003)


def test_leads_beyond_the_calibrated_are_as_the_last_of_them() -> None:
    table = Calibration(slope=((1,), (0,)), offset=((0,), (2,)))
    odds = np.full((1, 1, 1), 7, np.float32)
    assert probability(odds, 9, table) == pytest.approx(expit(2))


def test_large_log_odds_are_certainty_without_a_warning() -> None:
    np.testing.assert_array_equal(probability(np.array([[[-1e5, 1e5]]], np.float32), 0, None), [[[0, 1]]])


def test_chances_are_carried_along_with_the_rain() -> None:
    rain = blob(4, 64, 64)
    said = engine(moving=True).outlook([frames(rain)], HORIZON)[0]
    assert said.chances is not None
    # what came in from outside is unknown, and grows with lead
    unknown = np.isnan(said.chances.values[0]).sum((1, 2))
    assert 0 < unknown[0] < unknown[-1]


def test_a_dry_past_has_no_chance_of_rain() -> None:
    rain = np.zeros((4, 7, 9), np.float32)
    rain[:, 2] = np.nan
    values = chances(sure(np.nan), rain).values
    assert np.isnan(values[:, :, 2]).all()
    assert (values[:, :, 3:] == 0).all()


def test_a_network_without_a_head_for_them_gives_none() -> None:
    about = Network("ms-convlstm", width=8)
    made = Engine(about.build(), card(network=about.fields()), precision="float32")
    assert made.outlook([frames(blob(4, 8, 8))], HORIZON)[0].chances is None


@pytest.mark.parametrize("wet", [0, 1])
def test_more_than_are_kept_are_not_given_but_the_frames_are(wet: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.engine.MAX_CODES", 3 * HORIZON * 64 - 1)
    assert limits.MAX_CODES > 64
    (said,) = engine().outlook([frames(wet * blob(4, 8, 8))], HORIZON)
    assert said.chances is None
    assert said.frames.rain.shape == (HORIZON, 8, 8)


def test_rows_from_the_south() -> None:
    north = frames(blob(4, 9, 12) * np.linspace(0, 1, 9, dtype=np.float32)[:, None])
    south = type(north)(north.rain[:, ::-1], north.times, turned(north.grid))
    made = engine()
    (one,), (other,) = made.outlook([north], HORIZON), made.outlook([south], HORIZON)
    assert one.chances is not None
    assert other.chances is not None
    np.testing.assert_array_equal(one.chances.codes, other.chances.codes[:, :, ::-1])


def turned(grid: Grid) -> Grid:
    """A grid with its rows in the other order."""
    a, b, c, d, e, f = grid.transform
    return Grid(grid.height, grid.width, (a, b, c, d, -e, f + grid.height * e), grid.crs)
