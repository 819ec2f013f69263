"""What a nowcast says of a place."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.alert_state import Verdict
from radar.chances import Chances
from radar.frames import Frames, Rain
from radar.nowcast import Nowcast
from tests.alerts import GRID, alert, point, polygon
from tests.regions import STEP, now, region, steady_clock
from workers.alerts.looking import Look, Sight, first_in_a_row, look, sight

__all__ = ["steady_clock"]
NAN = float("nan")
HERE = region(horizon=3)


def nowcast(*rates: float, chances: Chances | None = None) -> Nowcast:
    """Rates at pixel (3, 4) lead by lead, dry elsewhere."""
    rain = np.zeros((len(rates), 8, 8), np.float32)
    rain[:, 3, 4] = rates
    times = tuple(now() + n * STEP for n in range(1, len(rates) + 1))
    return Nowcast(Frames(rain, times, GRID), "persistence", "1", "persistence", (now(),), chances=chances)


def seen(rate: float) -> Rain:
    found: Rain = nowcast(rate).frames.rain[0]
    return found


def at(said: Nowcast, newest: float = 0, **other: Any) -> Look:
    return look(alert(**other), HERE, said, seen(newest), now() + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("rates", "newest", "verdict"),
    [
        ((0, 0, 5), 0, Verdict.REACHED),
        ((0, 0, 4.99), 0, Verdict.BETWEEN),
        ((0, 0, 1.99), 0, Verdict.BELOW),
        ((0, 0, 0), 3, Verdict.BETWEEN),
        ((0, 0, NAN), 0, Verdict.UNKNOWN),
        ((NAN, NAN, NAN), 0, Verdict.UNKNOWN),
        ((0, 0, 0), NAN, Verdict.UNKNOWN),
        ((NAN, 6, NAN), NAN, Verdict.REACHED),
        ((NAN, 3, 0), 0, Verdict.UNKNOWN),
        ((0, 0), 0, Verdict.UNKNOWN),
    ],
)
def test_nothing_is_coming_only_where_all_is_known(rates: tuple[float, ...], newest: float, verdict: Verdict) -> None:
    assert at(nowcast(*rates), newest).verdict is verdict


def test_leads_beyond_within_are_not_looked_at() -> None:
    assert at(nowcast(0, 0, 9), within_minutes=10).verdict is Verdict.BELOW
    assert at(nowcast(9, 9, 9), within_minutes=0).verdict is Verdict.BELOW
    assert at(nowcast(0, 0, 0), 9, within_minutes=0).verdict is Verdict.REACHED


def test_what_is_shorter_than_it_must_be_is_no_event() -> None:
    assert at(nowcast(0, 9, 0), min_steps=2).verdict is Verdict.BETWEEN
    found = at(nowcast(0, 9, 8), min_steps=2)
    assert (found.verdict, found.starts, found.peak) == (Verdict.REACHED, now() + 2 * STEP, 9)


def test_a_stale_nowcast_says_nothing() -> None:
    for rate in (0, 9):
        found = look(alert(), HERE, nowcast(rate, rate, rate), seen(0), now() + HERE.stale_after + STEP)
        assert found.verdict is Verdict.UNKNOWN


def test_without_the_newest_frame_nothing_ends() -> None:
    assert look(alert(), HERE, nowcast(0, 0, 0), None, now()).verdict is Verdict.UNKNOWN


def test_an_operator_may_live_with_less_than_all() -> None:
    assert at(nowcast(0, 0, NAN), min_known=0.75).verdict is Verdict.BELOW


def test_of_a_polygon_the_wettest_pixel_counts() -> None:
    around = polygon((2.4, 3.4), (2.4, 5.6), (4.6, 5.6), (4.6, 3.4))
    assert at(nowcast(0, 6, 0), geometry=around).peak == 6
    beside = polygon((5.1, 3.4), (5.1, 5.6), (6.6, 5.6), (6.6, 3.4))
    assert at(nowcast(0, 6, 0), geometry=beside).verdict is Verdict.BELOW
    partly = nowcast(0, 0, 0)
    rain = partly.frames.rain.copy()
    rain[1, 3, 5] = np.nan
    said = replace(partly, frames=replace(partly.frames, rain=rain))
    assert at(said, geometry=around).verdict is Verdict.UNKNOWN


def certain(*said: float) -> Chances:
    """Chances of 5 mm/h in pixel (3, 4)."""
    values = np.zeros((1, len(said), 8, 8), np.float32)
    values[0, :, 3, 4] = said
    return Chances((5.0,), values, "network")


def test_an_alert_on_a_chance_looks_at_chances() -> None:
    probable: dict[str, Any] = {"off_threshold": None, "chance": 0.6, "off_chance": 0.3}
    for said, verdict in (
        ((0, 0.7, 0), Verdict.REACHED),
        ((0, 0.5, 0), Verdict.BETWEEN),
        ((0, 0.2, 0), Verdict.BELOW),
        ((0, NAN, 0), Verdict.UNKNOWN),
    ):
        assert at(nowcast(0, 0, 0, chances=certain(*said)), **probable).verdict is verdict
    assert at(nowcast(0, 0, 0, chances=certain(0, 0, 0)), 9, **probable).verdict is Verdict.REACHED


def test_chances_of_another_threshold_are_those_of_the_neighbourhood() -> None:
    said = nowcast(9, 9, 9, chances=certain(0, 0, 0))
    assert at(said, threshold=4, off_threshold=None, chance=0.01).verdict is Verdict.REACHED


@pytest.mark.parametrize(
    ("rate", "wet", "whole"),
    [(5, True, True), (4, None, True), (1, False, True), (NAN, None, False)],
)
def test_what_the_radar_saw(rate: float, wet: bool | None, whole: bool) -> None:
    assert sight(alert(), GRID, now(), seen(rate)) == Sight(now(), wet, whole)


@given(st.lists(st.booleans(), max_size=20), st.integers(1, 5))
def test_so_many_in_a_row(reached: list[bool], count: int) -> None:
    text = "".join("01"[one] for one in reached)
    found = text.find("1" * count)
    assert first_in_a_row(np.array(reached, bool), count) == (None if found < 0 else found)


def test_a_point_is_one_pixel() -> None:
    assert at(nowcast(9, 9, 9), geometry=point(3.5, 5.5)).verdict is Verdict.BELOW
