"""Calibration finds the line that made the chances wrong, and leaves alone what it cannot know."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit

from model.calibrate import AS_IT_IS, FEW, LOG_ODDS, Frequencies, calibrate, count, curve, fit, line
from model.evaluate import Case
from radar.chances import STEPS, Chances, Outlook
from radar.errors import NowcastError
from radar.frames import Frames, Rain
from tests.model.samples import frames

SAID = np.full(STEPS + 1, 20_000)


def came(slope: float, offset: float, said: NDArray[np.int64] = SAID) -> NDArray[np.int64]:
    """How often the event came where the true log-odds are a line through those that were said."""
    return np.asarray(np.round(said * expit(slope * LOG_ODDS + offset)), np.int64)


def chances(values: NDArray[np.floating]) -> Chances:
    return Chances((0.5, 2.0)[: len(values)], values, "network")


def test_a_tally_by_hand() -> None:
    said = chances(np.array([[[[0.1, 0.1, 0.7, np.nan]]], [[[0.0, 0.1, 0.2, np.nan]]]]))
    tally = count(said, np.array([[[0.0, 0.5, 3.0, 9.0]]], np.float32))
    assert tally.said.shape == (1, 2, STEPS + 1)
    assert {at: (tally.said[0, 0, at], tally.came[0, 0, at]) for at in (20, 140)} == {20: (2, 1), 140: (1, 1)}
    assert {at: (tally.said[0, 1, at], tally.came[0, 1, at]) for at in (0, 20, 40)} == {
        0: (1, 0),
        20: (1, 0),
        40: (1, 1),
    }
    assert tally.said.sum() == 6  # a chance that is not known is no chance


def test_what_was_not_observed_does_not_count() -> None:
    tally = count(chances(np.full((1, 1, 1, 2), 0.5)), np.array([[[np.nan, 1.0]]], np.float32))
    assert (tally.said.sum(), tally.came.sum()) == (1, 1)


@pytest.mark.parametrize(("side", "counted"), [(128, 128 * 128), (129, 65 * 65), (300, 100 * 100)])
def test_a_wide_window_counts_no_more_than_a_narrow_one(side: int, counted: int) -> None:
    tally = count(chances(np.full((1, 1, side, side), 0.5)), np.ones((1, side, side), np.float32))
    assert tally.said.sum() == tally.came.sum() == counted


def test_tallies_add_up() -> None:
    random = np.random.default_rng(0)
    values, rain = random.random((2, 3, 4, 5)), random.random((3, 4, 5)).astype(np.float32) * 3
    whole = count(chances(values), rain)
    parts = count(chances(values[..., :2]), rain[..., :2]) + count(chances(values[..., 2:]), rain[..., 2:])
    np.testing.assert_array_equal(parts.said, whole.said)
    np.testing.assert_array_equal(parts.came, whole.came)
    np.testing.assert_array_equal(whole.pooled().said[0], whole.said.sum(0))


@pytest.mark.parametrize(("slope", "offset"), [(1, 0), (0.6, 0), (1.4, -0.5), (1, 1), (0.2, -2)])
def test_the_line_is_found(slope: float, offset: float) -> None:
    assert line(SAID, came(slope, offset), AS_IT_IS) == pytest.approx((slope, offset), abs=0.01)


def test_the_line_is_found_where_the_event_is_rare() -> None:
    said = np.round(3e7 * np.exp(-np.arange(STEPS + 1) / 3)).astype(np.int64)
    assert line(said, came(0.7, -1.0, said), AS_IT_IS) == pytest.approx((0.7, -1.0), abs=0.05)


def test_what_is_said_upside_down_is_worth_nothing() -> None:
    slope, offset = line(SAID, came(-1, 0), AS_IT_IS)
    assert slope == 0
    assert offset == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("hits", [0, 1, FEW - 1])
def test_too_few_events_leave_things_as_they_are(hits: int) -> None:
    rare = np.zeros_like(SAID)
    rare[100] = hits
    assert line(SAID, rare, (0.8, 0.1)) == (0.8, 0.1)
    assert line(SAID, SAID - rare, (0.8, 0.1)) == (0.8, 0.1)


def test_a_few_more_pull_a_little() -> None:
    few = SAID // 4000
    slope, _ = line(few, came(0.2, 0, few), AS_IT_IS)
    assert 0.25 < slope < 0.95


@given(st.floats(0, 3), st.floats(-3, 3), st.integers(0, 2**32 - 1))
def test_chances_never_get_worse(slope: float, offset: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    said = random.integers(0, 1000, STEPS + 1)
    happened = random.binomial(said, expit(slope * LOG_ODDS + offset))
    found = line(said, happened, AS_IT_IS)

    def surprise(slope: float, offset: float) -> float:
        z = slope * LOG_ODDS + offset
        return float(said @ np.logaddexp(0, z) - happened @ z)

    assert found[0] >= 0
    assert surprise(*found) <= surprise(*AS_IT_IS) + 1e-6


def test_each_lead_and_threshold_has_its_line() -> None:
    lines = [[(0.9, 0.0), (0.7, -0.3)], [(0.6, 0.2), (0.5, -1.0)]]
    happened = np.array([[came(*each) for each in lead] for lead in lines])
    found = fit(Frequencies(np.broadcast_to(SAID, happened.shape), happened))
    np.testing.assert_allclose(found.slope, [[a for a, _ in lead] for lead in lines], atol=0.02)
    np.testing.assert_allclose(found.offset, [[b for _, b in lead] for lead in lines], atol=0.02)


def test_a_lead_without_events_has_the_line_of_all() -> None:
    happened = np.stack([came(0.5, 0), np.zeros_like(SAID)])[:, None]
    found = fit(Frequencies(np.stack([SAID, 0 * SAID])[:, None], happened))
    np.testing.assert_allclose(found.slope, [[0.5], [0.5]], atol=0.01)
    assert fit(Frequencies.zero(2, 1)).slope == ((1,), (1,))


TENTHS = np.linspace(0, 1, 11)


def test_a_curve_mends_what_no_line_can() -> None:
    """Too much is said of what is unlikely, too little of what is likely, each by another amount."""
    values = np.arange(STEPS + 1) / STEPS
    found = curve(values, SAID, np.round(SAID * values**3).astype(np.int64))
    np.testing.assert_allclose(found, TENTHS**3, atol=0.02)


def test_where_nothing_was_said_a_curve_says_what_is_said() -> None:
    nothing = np.zeros(STEPS + 1, np.int64)
    np.testing.assert_allclose(curve(expit(LOG_ODDS), nothing, nothing), TENTHS)


@given(st.integers(0, 2**32 - 1))
def test_a_curve_rises_from_nothing_to_certainty(seed: int) -> None:
    random = np.random.default_rng(seed)
    said = random.integers(0, 3000, STEPS + 1)
    found = curve(np.sort(random.random(STEPS + 1)), said, random.binomial(said, random.random(STEPS + 1)))
    assert (np.diff(found) >= 0).all()
    assert 0 <= found[0] <= found[-1] <= 1


def test_a_true_line_leaves_nothing_for_the_curve() -> None:
    found = fit(Frequencies(SAID[None, None], came(0.7, -0.4)[None, None]))
    np.testing.assert_allclose(found.curve, TENTHS[None], atol=0.02)


def case(past: Frames, observed: Rain) -> Case:
    return Case("somewhere", "once", "once", past, past.rain, observed, pixel_km=1)


def test_windows_are_counted_one_by_one() -> None:
    """Half of what is said with 80 % comes: what is said then is a half."""
    past = frames(np.ones((2, 8, 8), np.float32))
    said = Outlook(past, chances(np.full((1, 2, 8, 8), 0.8)))
    windows = (case(past, np.full((2, 8, 8), at % 2, np.float32)) for at in range(200))
    found = calibrate(lambda past, leads: said, windows, leads=2, thresholds=1)
    line = np.array([found.slope[0][0], found.offset[0][0]])
    assert expit(line @ [np.log(4), 1]) == pytest.approx(0.5, abs=0.02)


def test_a_method_without_chances_cannot_be_calibrated() -> None:
    past = frames(np.ones((2, 8, 8), np.float32))
    with pytest.raises(NowcastError, match="gives no chances"):
        calibrate(lambda past, leads: past, [case(past, past.rain)], leads=2, thresholds=3)
