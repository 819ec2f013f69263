"""Curves: how they change chances, and for which nowcasts they hold."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from jobs import keys
from jobs.calibration import GROUPS, OFF, Calibrated, Calibration, Calibrations, Curve, group, table, version
from jobs.history import History
from radar.chances import STEPS, UNKNOWN, Chances, coded
from radar.frames import Frames
from radar.nowcast import Nowcast
from tests.alerts import GRID
from tests.regions import STEP, frames, now, rain, region, steady_clock

__all__ = ["steady_clock"]
MAKER = ("extrapolation", "1")
PICTURE = GRID.picture((2, 3))
WHAT = Calibrated.of("here", PICTURE, *MAKER)
HALVED = Curve(threshold=1, group=0, said=(0.1, 0.5, 1.0), came=(0.05, 0.25, 0.5))
rising = st.lists(st.floats(0, 1), min_size=1, max_size=10).map(lambda values: tuple(sorted(values)))


def calibration(*curves: Curve, name: str = "a") -> Calibration:
    return Calibration(version=name, frames=200, curves=curves)


def chances(*values: float, thresholds: tuple[float, ...] = (1.0,)) -> Chances:
    """The same of every pixel, a lead each."""
    rows = np.broadcast_to(np.array(values, np.float32)[None, :, None, None], (len(thresholds), len(values), 2, 3))
    return Chances(thresholds, rows, "ensemble")


def test_a_chance_becomes_how_often_it_came() -> None:
    said = calibration(HALVED).said(chances(0.5, 0.25, 1), [5, 10, 15])
    np.testing.assert_allclose(said.at(0, 0), [[0.25, 0.125, 0.5]], atol=0.005)
    assert (said.calibration, said.made_by) == ("a", "ensemble")


def test_what_has_no_curve_stays_as_it_is() -> None:
    other = HALVED.model_copy(update={"threshold": 2.0})
    later = HALVED.model_copy(update={"group": 1})
    for known in (calibration(), calibration(other), calibration(later)):
        np.testing.assert_array_equal(known.said(chances(0.5), [5]).codes, chances(0.5).codes)
    assert calibration(later).said(chances(0.5), [45]).at(0, 0) == 0.25


@pytest.mark.parametrize(("minutes", "which"), [(5, 0), (30, 0), (31, 1), (60, 1), (120, 2), (300, len(GROUPS))])
def test_leads_go_in_groups(minutes: float, which: int) -> None:
    assert group(minutes) == which


@given(rising, st.data())
def test_a_table_never_falls_keeps_none_and_knows_what_is_unknown(said: tuple[float, ...], data: Any) -> None:
    came = data.draw(st.lists(st.floats(0, 1), min_size=len(said), max_size=len(said)).map(sorted))
    found = table(Curve(threshold=1, group=0, said=said, came=tuple(came)))
    if said[0] > 0:
        assert found[0] == 0
    assert (np.diff(found[: STEPS + 1].astype(int)) >= 0).all() or len(set(said)) < len(said)
    assert (found[STEPS + 1 :] == UNKNOWN).all()
    assert found[: STEPS + 1].max() <= coded([came[-1]])[0]


def test_chances_never_rise_with_the_threshold() -> None:
    steep = Curve(threshold=2, group=0, said=(0.5,), came=(0.9,))
    said = calibration(HALVED, steep).said(chances(0.5, thresholds=(1.0, 2.0)), [5])
    assert said.at(0, 0)[1] <= said.at(0, 0)[0] == 0.25


def test_one_lead_by_itself_says_the_same() -> None:
    """What the verifier finds in the archive is what the gateway served, to the byte."""
    steep = Curve(threshold=2, group=1, said=(0.4, 0.8), came=(0.1, 0.9))
    known, made = calibration(HALVED, steep), chances(0.3, 0.6, float("nan"), thresholds=(1.0, 2.0, 5.0))
    said = known.said(made, [5, 35, 40])
    for at, minutes in enumerate((5, 35, 40)):
        found = known.by_threshold({rate: made.of(rate)[at] for rate in made.thresholds}, minutes)
        for rate, one in found.items():
            np.testing.assert_array_equal(one, said.of(rate)[at])
    assert known.by_threshold({}, 5) == {}


@pytest.fixture
def calibrations(redis: Redis) -> Calibrations:
    append(redis, 3)
    return Calibrations(redis)


def append(redis: Redis, step: int) -> None:
    """The frame of so many steps ago comes."""
    History(redis).append(region(), GRID, [(now() - step * STEP, rain(step))])


def held(calibrations: Calibrations, step: int) -> str | None:
    """The version that holds for the nowcast of a step."""
    found = calibrations.at(WHAT, now() - step * STEP)
    assert calibrations.held(WHAT).at(now() - step * STEP) == found
    return None if found is None else found.version


def test_a_calibration_holds_for_frames_that_come_later_and_never_changes(
    calibrations: Calibrations, redis: Redis
) -> None:
    assert held(calibrations, 3) is None
    assert calibrations.put(WHAT, calibration(name="a")) == now() - 3 * STEP
    assert [held(calibrations, step) for step in (3, 2, 0)] == [None, "a", "a"]
    append(redis, 1)
    calibrations.put(WHAT, calibration(name="b"))
    assert [held(calibrations, step) for step in (3, 2, 1, 0)] == [None, "a", "a", "b"]
    append(redis, 0)
    calibrations.put(WHAT, None)
    assert held(calibrations, 0) == "b"
    assert calibrations.at(WHAT, now() + STEP) is None
    last = calibrations.last(WHAT)
    assert last
    assert (last[0], last[1].version) == (now() + timedelta(seconds=1), OFF)


def test_no_two_begin_at_one_frame(calibrations: Calibrations) -> None:
    assert calibrations.put(WHAT, calibration(name="a"))
    assert calibrations.put(WHAT, calibration(name="b")) is None
    assert held(calibrations, 0) == "a"


def test_without_frames_there_is_none(redis: Redis) -> None:
    assert Calibrations(redis).put(WHAT, calibration()) is None


def test_the_same_curves_may_come_back(calibrations: Calibrations, redis: Redis) -> None:
    calibrations.put(WHAT, calibration(name="a"))
    append(redis, 2)
    calibrations.put(WHAT, None)
    append(redis, 1)
    calibrations.put(WHAT, calibration(name="a"))
    assert [held(calibrations, step) for step in (2, 1, 0)] == ["a", None, "a"]


def test_those_that_held_before_the_time_that_is_kept_go(
    calibrations: Calibrations, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.calibration.KEEP", STEP)
    for at, name in ((None, "a"), (2, "b"), (1, "c"), (0, "d")):
        if at is not None:
            append(redis, at)
        calibrations.put(WHAT, calibration(name=name))
    times, curves = keys.calibrations(*WHAT)
    assert redis.zcard(times) == redis.hlen(curves) == 3
    assert [held(calibrations, step) for step in (1, 0)] == ["b", "c"]


def test_a_nowcast_is_said_by_what_holds_for_it(calibrations: Calibrations) -> None:
    calibrations.put(WHAT, calibration(HALVED))
    for step, version_of, chance in ((3, None, 0.5), (2, "a", 0.25)):
        reference = now() - step * STEP
        coming = Frames(np.ones((1, 2, 3), np.float32), (reference + STEP,), PICTURE)
        made = Nowcast(coming, *MAKER, "extrapolation", (reference,), chances=chances(0.5))
        said = calibrations.said("here", made).chances
        assert said
        assert (said.calibration, float(said.at(0, 0)[0, 0])) == (version_of, chance)


def test_a_nowcast_on_another_grid_is_said_as_it_was_made(calibrations: Calibrations) -> None:
    calibrations.put(WHAT, calibration(HALVED))
    grid = replace(PICTURE, transform=(1.0, 0.0, 1.0, 0.0, -1.0, 2.0))
    coming = Frames(np.ones((1, 2, 3), np.float32), (now() + STEP,), grid)
    made = Nowcast(coming, *MAKER, "extrapolation", (now(),), chances=chances(0.5))
    assert calibrations.said("here", made) is made


def test_where_a_calibration_is_damaged_chances_stay_as_they_are(
    calibrations: Calibrations, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    calibrations.put(WHAT, calibration(name="a"))
    curves = keys.calibrations(*WHAT)[1]
    redis.hset(curves, mapping={name: "{" for name in redis.hkeys(curves)})
    assert held(calibrations, 0) is None
    append(redis, 1)
    last = calibrations.last(WHAT)
    assert last
    assert last[1].version == OFF
    assert len(caplog.messages) == 1
    calibrations.put(WHAT, calibration(name="b"))
    assert [held(calibrations, step) for step in (1, 0)] == [None, "b"]


def test_a_version_is_another_for_other_curves_or_another_time() -> None:
    last = frames(0).times[-1]
    names = {version([HALVED], last), version([], last), version([HALVED], last + STEP)}
    assert len(names) == 3
