"""The ensemble: members where they should be, chances as many drawn members would give them, skill on real radar."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pytest
import xarray
from hypothesis import given, settings
from hypothesis import strategies as st

from radar import ensemble as module
from radar.baselines import BASELINES
from radar.chances import THRESHOLDS, Chances, Outlook
from radar.ensemble import (
    ASTRAY,
    GROWTH,
    UNSURE,
    blocks,
    chance_table,
    displaced,
    draws,
    ensemble,
    ensemble_mean,
)
from radar.extrapolation import extrapolation
from radar.frames import Frames, Rain
from radar.rain import from_byte, to_byte
from radar.scores import Counts, count
from radar.synthetic import place, storm
from tests.radar.test_extrapolation import blob, made_of

DATA = Path(__file__).parents[2].parent / "shared/data/radar"
real = pytest.mark.skipif(not DATA.is_dir(), reason="the real radar of ../shared/data/radar is not there")


def known(outlook: Outlook) -> Chances:
    assert outlook.chances is not None
    return outlook.chances


def test_members_are_laplace_of_unit_variance_and_spread_evenly() -> None:
    drawn = draws(2000, 0)
    assert drawn.shape == (2000, 2)
    assert np.abs(drawn[:, 0]).mean() == pytest.approx(1 / np.sqrt(2), abs=0.02)  # of a normal one it is 0.80
    for few in (drawn, draws(20, 0), draws(7, 3)):
        np.testing.assert_allclose(few.mean(0), 0, atol=1e-6)
        np.testing.assert_allclose(few.std(0), 1, atol=1e-6)
    assert draws(1, 0).tolist() == [[0, 0]]
    right = draws(20, 0) > 0
    assert all(4 <= np.sum((right == quarter).all(1)) <= 6 for quarter in ([0, 0], [0, 1], [1, 0], [1, 1]))


def test_the_seed_moves_the_members() -> None:
    assert np.array_equal(draws(20, 3), draws(20, 3))
    assert not np.allclose(draws(20, 3), draws(20, 4))


@pytest.mark.parametrize("hours", [1 / 12, 1.0, 2.0])
def test_growth_is_what_many_drawn_members_would_give(hours: float) -> None:
    deviation = np.sqrt(UNSURE**2 + GROWTH**2 * hours)
    grown = np.random.default_rng(0).lognormal(-(deviation**2) / 2, deviation, 200_000)
    assert grown.mean() == pytest.approx(1, abs=0.01)
    table, levels = chance_table(2.0, hours), np.array([120, 150, 170, 200], np.uint8)
    drawn = [np.mean(rain * grown >= 2.0) for rain in from_byte(levels)]
    np.testing.assert_allclose(table[levels], drawn, atol=0.005)
    assert table[0] == 0
    assert table[to_byte(100.0)] > 0.999


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 99))
@settings(max_examples=40)
def test_displaced_is_the_mean_of_moved_pictures(height: int, width: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    layer = chance.random((1, height, width), dtype=np.float32)
    moves = chance.integers(-12, 13, (3, 2))
    expected = np.zeros_like(layer)
    for right, down in moves:
        for y, x in np.ndindex(height, width):
            if 0 <= y - down < height and 0 <= x - right < width:
                expected[0, y, x] += layer[0, y - down, x - right] / 3
    np.testing.assert_allclose(displaced(layer, moves), expected, atol=1e-6)


def test_blocks_are_means_and_what_sticks_out_is_zero() -> None:
    layer = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert blocks(layer, 1) is layer
    np.testing.assert_allclose(blocks(layer, 2), [[2.5, 4.5], [4.25, 5.25]])


def test_chances_follow_a_moving_shower_and_spread_as_far_as_they_should() -> None:
    past = made_of(np.stack([blob(80 + 3 * n, 80, (160, 240)) for n in range(4)]))
    chance = known(ensemble(past, 12, (0.5,))).of(0.5)[11]
    rows, columns = np.indices(chance.shape)
    weight = np.nan_to_num(chance) / np.nansum(chance)
    x, y = (weight * columns).sum(), (weight * rows).sum()
    assert (x, y) == pytest.approx((89 + 36, 80), abs=3)
    apart = np.sqrt((weight * (rows - y) ** 2).sum())
    shower = np.sqrt(np.mean((np.nonzero(past.rain[-1] >= 0.5)[0] - 80) ** 2))
    square = 12.5 / np.sqrt(3)
    assert apart == pytest.approx(np.sqrt(ASTRAY**2 + shower**2 + square**2), rel=0.15)


def test_far_ahead_it_is_less_sure() -> None:
    past = storm((128, 128), frames=4, seed=2)
    chances = known(ensemble(past, 12)).of(1.0)
    near, middle, far = (np.nanmean((chances[lead] - 0.5) ** 2) for lead in (0, 4, 11))
    assert near > middle > far


def test_one_knows_the_pixels_of_the_extrapolation_and_its_amounts() -> None:
    rain = storm((70, 90), frames=4, seed=5).rain.copy()
    rain[:, 20:30, 40:50] = np.nan
    past = made_of(rain)
    said, plain = ensemble(past, 6), extrapolation(past, 6)
    np.testing.assert_array_equal(said.frames.observed, plain.observed)
    for ours, theirs in zip(said.frames.rain, plain.rain, strict=True):
        np.testing.assert_array_equal(np.sort(ours, axis=None), np.sort(theirs, axis=None))
    silent = np.broadcast_to(~plain.observed, known(said).codes.shape)
    assert np.isnan(known(said).values[silent]).all()
    assert np.isfinite(known(said).values[~silent]).mean() > 0.99


@settings(max_examples=25)
@given(st.tuples(st.integers(1, 40), st.integers(1, 40)), st.integers(1, 5), st.integers(1, 24), st.integers(0, 99))
def test_any_shape_is_served(shape: tuple[int, int], frames: int, horizon: int, seed: int) -> None:
    said = ensemble(storm(shape, frames=frames, seed=seed), horizon)
    chances = known(said).values
    assert said.frames.rain.shape == (horizon, *shape)
    assert chances.shape == (len(THRESHOLDS), horizon, *shape)
    assert (np.diff(np.nan_to_num(chances), axis=0) <= 0).all()


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_dry_stays_dry_and_unknown_unknown(value: float) -> None:
    said = ensemble(made_of(np.full((3, 20, 30), value, np.float32)), 4)
    np.testing.assert_array_equal(said.frames.rain, np.float32(value))
    np.testing.assert_array_equal(known(said).values, np.float32(value))


def test_the_same_frames_give_the_same_answer() -> None:
    past = storm((60, 70), frames=4)
    one, other = ensemble(past, 3), ensemble(past, 3)
    np.testing.assert_array_equal(known(one).codes, known(other).codes)
    np.testing.assert_array_equal(one.frames.rain, other.frames.rain)
    assert not np.array_equal(known(ensemble(past, 3, seed=1)).codes, known(one).codes)


def test_the_frames_can_be_had_alone() -> None:
    past = storm((60, 70), frames=4)
    np.testing.assert_array_equal(ensemble_mean(past, 3).rain, ensemble(past, 3).frames.rain)


def test_too_many_chances_are_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CODES", 5 * 2 * 30 * 30 - 1)
    said = ensemble(storm((30, 30), frames=3), 2)
    assert said.chances is None
    assert len(said.frames) == 2


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_says_how_sure_it_is(name: str) -> None:
    said = BASELINES[name].outlook(storm((24, 24), frames=4), 3)
    assert known(said).made_by == ("ensemble" if name == "ensemble" else "neighbourhood")
    assert known(said).codes.shape[1:] == said.frames.rain.shape


def window(name: str, start: int, leads: int) -> tuple[Frames, Rain]:
    """Four frames before `start` and those that came."""
    with xarray.open_dataset(DATA / name) as event:
        rain = event.rain_rate.isel(time=slice(start - 4, start + leads)).values
        pixel_km = abs(float(event.x[1] - event.x[0])) / 1000
    first = datetime(2026, 1, 1, tzinfo=UTC)
    times = tuple(first + timedelta(minutes=5 * n) for n in range(4))
    return Frames(rain[:4], times, place(rain.shape[1:], pixel_km)), rain[4:]


def brier_skill(pairs: list[tuple[Chances, Rain]], threshold: float) -> float:
    """1 - Brier score / that of the share of pixels where it rained so much, over the pixels both know."""
    said = np.concatenate([chances.of(threshold).ravel() for chances, _ in pairs])
    came = np.concatenate([rain.ravel() for _, rain in pairs])
    both = np.isfinite(said) & np.isfinite(came)
    event = came[both] >= threshold
    return float(1 - np.mean((said[both] - event) ** 2) / event.var())


def csi(pairs: list[tuple[Frames, Rain]]) -> float:
    """At 1 mm/h, all leads pooled."""
    counts: list[Counts] = [count(frames.rain, came, [1.0]) for frames, came in pairs]
    return reduce(add, counts).pooled().csi.item()


@real
@pytest.mark.slow
def test_it_beats_climatology_neighbourhood_and_extrapolation() -> None:
    """Over an hour in the Alps, from the starts that the extrapolation is compared with pysteps on."""
    cases = [window("it_taasrad19_20160710T0000.nc", start, 12) for start in (196, 287, 500, 675, 792, 1031)]
    came = [after for _, after in cases]
    ours = [ensemble(past, 12) for past, _ in cases]
    theirs = [BASELINES["extrapolation"].outlook(past, 12) for past, _ in cases]
    for threshold in (0.5, 1.0, 2.0):
        skills = [
            brier_skill([(known(said), rain) for said, rain in zip(outlooks, came, strict=True)], threshold)
            for outlooks in (ours, theirs)
        ]
        assert skills[0] > skills[1] > 0
    mean, plain = (csi([(said.frames, r) for said, r in zip(both, came, strict=True)]) for both in (ours, theirs))
    assert mean > plain


@real
@pytest.mark.slow
@pytest.mark.parametrize(("name", "start"), [("ch_mch_20160711T2045.nc", 14), ("fi_fmi_20160928T1445.nc", 24)])
def test_it_beats_climatology_on_national_composites(name: str, start: int) -> None:
    past, came = window(name, start, 12)
    chances = known(ensemble(past, 12))
    assert all(brier_skill([(chances, came)], threshold) > 0.05 for threshold in (0.5, 1.0, 2.0, 5.0))
