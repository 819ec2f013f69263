"""What is said of a place."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.chances import Chances
from radar.errors import BadFrames
from radar.frames import Frames
from radar.grid import Grid
from radar.nowcast import Nowcast
from radar.point import DRY, WET, Coverage, Place, place, wet_spells
from tests.radar.samples import START, STEP, frames, grid, nowcast, times

NAN = float("nan")


def here(*coming: float, seen: tuple[float, ...] = (0.0,), chances: list[float] | None = None) -> Place:
    """A place with these rates ahead, of which the last past one was seen at START."""
    thresholds = () if chances is None else (0.5,)
    known = np.array([chances] if chances else np.empty((0, len(coming))), np.float32)
    later = tuple(START + n * STEP for n in range(1, len(coming) + 1))
    return Place(START, later, np.array(seen, np.float32), np.array(coming, np.float32), thresholds, known)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def test_rain_that_comes_is_told_in_minutes_from_now() -> None:
    turn = here(0, 0.15, 3, 3, chances=[0.0, 0.2, 0.8, 0.9]).turn(START + minutes(2))
    assert turn is not None
    assert turn.minutes == 13
    assert turn.chance == pytest.approx(0.8)


def test_rain_that_goes_is_told_with_the_chance_that_it_has_gone() -> None:
    turn = here(3, 0.15, 0, chances=[0.9, 0.6, 0.1], seen=(4.0,)).turn(START)
    assert turn is not None
    assert turn.minutes == 15
    assert turn.chance == pytest.approx(0.9)


@pytest.mark.parametrize("coming", [(0, 0, 0), (0.15, 0.15, 0.15)])
def test_dry_stays_dry(coming: tuple[float, ...]) -> None:
    assert here(*coming).turn(START) is None


def test_without_chances_nobody_is_sure() -> None:
    turn = here(0, 5).turn(START)
    assert turn is not None
    assert turn.chance is None


def test_the_past_says_whether_hovering_rain_is_rain() -> None:
    hovering = (0.15, 0.15)
    assert here(*hovering, seen=(1.0, 0.15)).wet == (True, True, True)
    assert here(*hovering, seen=(0.0, 0.15)).wet == (False, False, False)
    assert here(*hovering, seen=()).wet == (False, False)


@given(st.lists(st.floats(0, 1, width=32) | st.just(NAN), min_size=8, max_size=30), st.integers(1, 5))
def test_answers_that_share_their_past_agree_on_now(rates: list[float], later: int) -> None:
    """Two nowcasts of the same rain, the second made `later` frames after the first."""
    early = here(*rates[3:], seen=tuple(rates[:3]))
    middle = 3 + later
    late = here(*rates[middle:], seen=tuple(rates[:middle]))
    assert early.wet[later:] == late.wet


@given(st.lists(st.floats(DRY, WET, exclude_max=True), min_size=1), st.booleans())
def test_between_the_two_bounds_nothing_changes(hovering: list[float], wet: bool) -> None:
    assert set(wet_spells([1.0 if wet else 0.0, *hovering])) == {wet}


def test_an_unknown_rate_changes_nothing() -> None:
    assert wet_spells([NAN, 1.0, NAN, 0.0, NAN]) == (False, True, True, False, False)


def test_amounts_begin_now_and_end_with_the_nowcast() -> None:
    one = here(*[6.0] * 12, seen=(6.0,))
    assert one.amounts(START) == [pytest.approx(1.5), pytest.approx(3), pytest.approx(6), None]
    assert one.amounts(START + minutes(10), (50, 51)) == [pytest.approx(5), None]
    assert here(6, NAN, 6, 6, seen=(6.0,)).amounts(START, (5, 15)) == [pytest.approx(0.5), None]


def test_now_is_the_newest_frame_that_has_come() -> None:
    one = here(1, 2, 3)
    assert [one.at(START + minutes(at)) for at in (-3, 0, 4.9, 5, 12, 15, 15.1)] == [0, 0, 0, 1, 2, 3, None]
    assert here(1, 2, seen=()).at(START + minutes(2)) == 0
    assert one.turn(START + minutes(20)) is None


def test_what_is_not_known_is_not_called_dry() -> None:
    assert here(0, 0, 0).known_for(START + minutes(2)) == 13
    assert here(0, NAN, 0).known_for(START + minutes(2)) == 3
    assert here(NAN, NAN, NAN).known_for(START + minutes(2)) == 0
    assert here(NAN, 0, 0).known_for(START + minutes(7)) is None
    assert here(0, 0, 0).known_for(START + minutes(16)) is None


@pytest.mark.parametrize(
    ("coming", "seen", "coverage"),
    [
        ((NAN, 1), (NAN,), Coverage.OK),
        ((NAN, NAN), (NAN, 0.0), Coverage.OK),
        ((NAN, NAN), (0.0, NAN), Coverage.UNAVAILABLE),
        ((NAN, NAN), (NAN, NAN), Coverage.NONE),
        ((NAN, NAN), (), Coverage.NONE),
    ],
)
def test_coverage(coming: tuple[float, ...], seen: tuple[float, ...], coverage: Coverage) -> None:
    assert here(*coming, seen=seen).coverage is coverage


def forecast() -> tuple[Nowcast, Frames]:
    past = frames(4)
    plain = nowcast(past)
    values = np.stack([plain.frames.rain / 500, plain.frames.rain / 900])
    return replace(plain, chances=Chances((1, 5), values, "network")), past


def test_a_place_is_looked_up_by_longitude_and_latitude() -> None:
    made, past = forecast()
    lon, lat = made.frames.grid.lonlat(2, 5)
    found = place(made, lon, lat, past)
    assert found is not None
    assert made.chances is not None
    np.testing.assert_array_equal(found.coming, made.frames.rain[:, 2, 5])
    np.testing.assert_array_equal(found.seen, past.rain[:, 2, 5])
    np.testing.assert_array_equal(found.chances, made.chances.at(2, 5))
    assert (found.reference, found.thresholds) == (past.times[-1], (1, 5))


def test_frames_after_the_nowcast_are_not_its_past() -> None:
    made, _ = forecast()
    lon, lat = made.frames.grid.lonlat(2, 5)
    newer = frames(6)
    found = place(made, lon, lat, newer)
    assert found is not None
    np.testing.assert_array_equal(found.seen, newer.rain[:4, 2, 5])


def test_frames_that_end_before_the_nowcast_begins_say_nothing() -> None:
    made, past = forecast()
    lon, lat = made.frames.grid.lonlat(2, 5)
    found = place(made, lon, lat, Frames(past.rain[:2], past.times[:2], past.grid))
    assert found is not None
    assert found.seen.size == 0


def test_outside_the_grid_there_is_nothing() -> None:
    assert place(forecast()[0], 0, 0) is None


def test_a_picture_has_no_places() -> None:
    made, _ = forecast()
    nowhere = Frames(made.frames.rain, made.frames.times, Grid.picture(made.frames.grid.shape))
    with pytest.raises(BadFrames, match="no longitude"):
        place(replace(made, frames=nowhere), 0, 0)


def test_the_past_may_lie_on_another_grid() -> None:
    made, past = forecast()
    lon, lat = made.frames.grid.lonlat(2, 5)
    elsewhere = Frames(past.rain[:, :2, :2], times(4), grid(2, 2))
    found = place(made, lon, lat, elsewhere)
    assert found is not None
    assert found.seen.size == 0
