"""Frames in, frames out, whatever their size and holes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from model.engine import Engine, EngineFailed
from model.nowcaster import Nowcaster
from model.sample import DRIZZLE
from radar.frames import Frames, Rain
from radar.grid import Grid
from tests.model.samples import START, blob, card, frames, lively, network

HORIZON = 3


def engine(made: Nowcaster | None = None, **fields: object) -> Engine:
    return Engine(made or lively(patch=2, residual=True), card(**fields))


def one(made: Engine, rain: Rain, horizon: int = HORIZON) -> Rain:
    """The forecast of one past."""
    return made.forecast([frames(rain)], horizon)[0].rain


def broken(value: float) -> Engine:
    """An engine whose network says `value` everywhere."""
    made = lively(patch=2)
    torch.nn.init.constant_(torch.as_tensor(made.head.bias), value)
    return engine(made)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 13), (8, 8), (61, 127)])
def test_any_size(shape: tuple[int, int]) -> None:
    past = frames(blob(4, *shape) + 1)
    (said,) = engine().forecast([past], HORIZON)
    assert said.rain.shape == (HORIZON, *shape)
    assert np.isfinite(said.rain).all()
    assert said.grid == past.grid
    assert said.times == tuple(past.times[-1] + timedelta(minutes=5 * n) for n in (1, 2, 3))


@pytest.mark.parametrize(("count", "horizon"), [(1, 1), (1, 12), (2, 1), (4, 24)])
def test_any_number_of_frames(count: int, horizon: int) -> None:
    (said,) = engine().forecast([frames(blob(count, 9, 9))], horizon)
    assert len(said) == horizon
    assert said.times[0] == START + timedelta(minutes=5 * count)


def test_a_fresh_residual_network_says_persistence() -> None:
    rain = blob(4, 13, 21)
    said = one(engine(network(patch=2, residual=True)), rain)
    wanted = np.where(rain[-1] < DRIZZLE, 0, rain[-1])
    np.testing.assert_allclose(said, np.broadcast_to(wanted, said.shape), rtol=1e-4)


def test_drizzle_is_no_rain() -> None:
    rain = np.full((2, 8, 8), DRIZZLE * 0.9, np.float32)
    rain[:, 4:] = DRIZZLE * 1.1
    said = one(engine(network(patch=2, residual=True)), rain)
    assert not said[:, :4].any()
    np.testing.assert_allclose(said[:, 4:], DRIZZLE * 1.1, rtol=1e-4)


def test_the_edge_is_mirrored() -> None:
    rain, made = blob(4, 13, 21), engine()
    whole = np.pad(rain, [(0, 0), (0, 3), (0, 3)], "reflect")
    np.testing.assert_array_equal(one(made, rain), one(made, whole)[:, :13, :21])


def test_what_was_never_observed_stays_unknown() -> None:
    rain = blob(4, 12, 12)
    rain[:, :3, 5] = np.nan
    rain[1, 6, 6] = rain[3, 7, 7] = rain[:3, 8, 8] = np.nan
    unknown = np.isnan(one(engine(), rain))
    assert unknown[:, :3, 5].all()
    assert unknown.sum() == HORIZON * 3


@pytest.mark.parametrize(("silent", "seen"), [(1, 0), (3, 2), (0, 1)])
def test_a_silent_radar_goes_on_as_last_seen_and_not_as_dry(silent: int, seen: int) -> None:
    rain, made = blob(4, 12, 12) + np.float32(1), engine()
    rain[silent, 3:6] = np.nan
    filled = rain.copy()
    filled[silent, 3:6] = rain[seen, 3:6]
    np.testing.assert_array_equal(one(made, rain), one(made, filled))
    assert np.abs(one(made, rain) - one(made, np.nan_to_num(rain))).max() > 0.1


def test_rows_from_the_south_are_turned_for_the_network_and_back() -> None:
    made, north = engine(), frames(blob(4, 9, 12) * np.linspace(0, 1, 9, dtype=np.float32)[:, None])
    a, b, c, d, e, f = north.grid.transform
    south = replace(north, rain=north.rain[:, ::-1], grid=Grid(9, 12, (a, b, c, d, -e, f + 9 * e)))
    (one_way,), (other,) = (made.forecast([past], HORIZON) for past in (north, south))
    np.testing.assert_array_equal(one_way.rain, other.rain[:, ::-1])
    assert other.grid == south.grid


@pytest.mark.parametrize("unknown", [(0, 0), (3, 5)])
def test_an_all_dry_past_is_answered_without_the_network(unknown: tuple[int, int]) -> None:
    rain = np.zeros((4, 7, 9), np.float32)
    rain[:, : unknown[0], : unknown[1]] = np.nan
    said = one(broken(np.nan), rain)
    assert said.shape == (HORIZON, 7, 9)
    np.testing.assert_array_equal(said, rain[:HORIZON])


def test_nothing_observed_is_nothing_known() -> None:
    assert np.isnan(one(engine(), np.full((2, 3, 3), np.nan, np.float32))).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("count", "horizon"), [(1, 1), (3, 2)])
def test_a_forecast_that_is_not_finite_is_none(value: float, count: int, horizon: int) -> None:
    with pytest.raises(EngineFailed, match="tiny gave a forecast that is not finite"):
        one(broken(value), blob(count, 8, 8), horizon)


def test_weights_of_nan() -> None:
    made = lively(patch=2, residual=True)
    torch.nn.init.constant_(made.stack.layers[0].get_parameter("gates.weight"), np.nan)
    with pytest.raises(EngineFailed):
        one(engine(made), blob(4, 8, 8))


def test_only_the_newest_frames_count() -> None:
    made, rain = engine(max_frames=3), blob(6, 9, 9)
    (all_six,), (newest,) = (made.forecast([past], HORIZON) for past in (frames(rain), frames(rain).last(3)))
    np.testing.assert_array_equal(all_six.rain, newest.rain)
    assert all_six.times == newest.times
    assert np.abs(newest.rain - made.forecast([frames(rain).last(2)], HORIZON)[0].rain).max() > 0.1


def test_rain_in_frames_too_old_to_count_is_no_rain() -> None:
    rain = blob(6, 9, 9)
    rain[2:] = 0
    assert not one(engine(max_frames=3), rain).any()


def each(made: Engine, past: Sequence[Frames]) -> list[Rain]:
    return [made.forecast([frames], HORIZON)[0].rain for frames in past]


def test_a_batch_equals_its_samples() -> None:
    made = engine()
    past = [frames(rain) for rain in (blob(4, 13, 21), np.zeros((4, 9, 9), np.float32), blob(4, 16, 24)[::-1])]
    assert made.shape(past[0]) == made.shape(past[2]) == (4, 16, 24)
    together = made.forecast(past, HORIZON)
    assert [said.grid for said in together] == [given.grid for given in past]
    assert np.abs(together[0].rain - together[2].rain[:, :13, :21]).max() > 1
    for said, wanted in zip(together, each(made, past), strict=True):
        np.testing.assert_allclose(said.rain, wanted, rtol=1e-5, atol=1e-5)


def test_no_past_no_forecast() -> None:
    assert engine().forecast([], HORIZON) == []


@pytest.mark.parametrize(
    ("rain", "shape"), [((1, 1, 1), (1, 8, 8)), ((9, 8, 16), (4, 8, 16)), ((3, 9, 17), (3, 16, 24))]
)
def test_what_may_run_in_one_batch(rain: tuple[int, int, int], shape: tuple[int, int, int]) -> None:
    assert engine().shape(frames(np.zeros(rain, np.float32))) == shape


@pytest.mark.parametrize("wet", [0, 1])
def test_a_forecast_is_not_interpolated(wet: int) -> None:
    given_frames = frames(blob(4, 8, 8) * np.float32(wet))
    filled = Frames(given_frames.rain, given_frames.times, given_frames.grid, given_frames.times[1:2])
    assert engine().forecast([filled], HORIZON)[0].interpolated == ()


rains = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 3), st.integers(1, 12), st.integers(1, 12)),
    elements=st.floats(0, 4096, width=32) | st.just(float("nan")),
)


@settings(max_examples=50)
@given(rain=rains)
def test_a_forecast_is_rain_wherever_anything_was_seen(rain: Rain) -> None:
    said = one(engine(), rain)
    seen = np.isfinite(rain).any(0)
    assert np.isnan(said[:, ~seen]).all()
    assert np.isfinite(said[:, seen]).all()
    assert (said[:, seen] >= 0).all()


def test_on_a_cpu_samples_run_one_by_one() -> None:
    made = engine()
    made.warm_up()
    assert made.max_batch == 1


def test_a_network_is_served_in_evaluation_mode() -> None:
    assert not engine(lively().train()).network.training


def test_a_thread_that_helps_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rain, made = blob(4, 13, 21), engine()
    alone = one(made, rain, 6)
    monkeypatch.setattr("model.engine.LARGE", 1)
    np.testing.assert_array_equal(one(made, rain, 6), alone)
