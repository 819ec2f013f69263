import numpy as np
import pytest
from hypothesis import given

from radar.fractions import SCALES, fractions, pixels
from radar.frames import Rain
from tests.radar.pairs import PIXEL_KM, THRESHOLDS, pairs

NAN = np.float32(np.nan)


def fss(said: Rain, came: Rain, scale: float, pixel_km: float = 1.0) -> float:
    """At 1 mm/h on one scale."""
    return float(fractions(said, came, [1.0], pixel_km).fss[0, 0, SCALES.index(scale)])


def dot(column: int, width: int = 9) -> Rain:
    """One frame of one row with one wet pixel."""
    rain = np.zeros((1, 1, width), np.float32)
    rain[..., column] = 3
    return rain


def test_by_hand_one_pixel_apart() -> None:
    """Squares of 2: said is half in two of them, came in two, of which they share one."""
    said, came = dot(4), dot(5)
    assert fss(said, came, 1) == 0
    # a row of one pixel: squares reach one further to the left, so each holds 2 pixels; 2 x (1/2)² each, 1 shared
    assert fss(said, came, 2) == pytest.approx(1 - 2 * 0.25 / (4 * 0.25))
    # squares of 4: said and came are a quarter in 4 of them each, and share 3
    assert fss(said, came, 4) == pytest.approx(1 - 2 / 8)


def test_the_edge_counts_only_pixels_that_are_there() -> None:
    """At the left edge a square of 2 holds one pixel, which is all wet."""
    said, dry = dot(0, 3), np.zeros((1, 1, 3), np.float32)
    most = fractions(said, dry, [1.0], 1.0).most[0, 0]
    assert most[SCALES.index(2.0)] == pytest.approx(1 + 0.25)


def test_what_was_not_observed_is_in_no_square() -> None:
    said, came = dot(1, 3), dot(1, 3)
    came[..., 0] = NAN
    sums = fractions(said, came, [1.0], 1.0)
    at = SCALES.index(2.0)
    assert sums.squares[0, 0, at] == 2
    assert sums.most[0, 0, at] == pytest.approx(2 * (1 + 0.25))  # pixel 1 alone, then pixels 1 and 2


@pytest.mark.parametrize(
    ("scale", "pixel_km", "side"), [(1, 1, 1), (64, 1, 64), (1, 3.75, 1), (16, 3.75, 4), (8, 2, 4)]
)
def test_scales_are_km_not_pixels(scale: float, pixel_km: float, side: int) -> None:
    assert pixels(scale, pixel_km) == side


@pytest.mark.parametrize("pixel_km", [0.1, 1e-3, 1e-12])
def test_squares_wider_than_the_frame_hold_all_of_it(pixel_km: float) -> None:
    """However many of the tiny pixels they would have."""
    said, came = dot(0, 3), dot(2, 3)
    sums = fractions(said, came, [1.0], pixel_km)
    np.testing.assert_allclose(sums.most[0, 0], 3 * 2 / 9)
    np.testing.assert_allclose(sums.apart[0, 0], 0, atol=1e-12)


@given(pairs())
def test_bounds_and_the_perfect_forecast(pair: tuple[Rain, Rain]) -> None:
    said, came = pair
    scores = fractions(said, came, THRESHOLDS, PIXEL_KM).fss
    assert ((scores >= 0) & (scores <= 1) | np.isnan(scores)).all()
    perfect = fractions(came, came, THRESHOLDS, PIXEL_KM).fss
    assert ((perfect == 1) | np.isnan(perfect)).all()


def test_a_near_miss_is_forgiven_on_larger_scales() -> None:
    said, came = np.zeros((2, 1, 40, 40), np.float32)
    said[0, 10:20, 10:20], came[0, 10:20, 13:23] = 3, 3
    scores = fractions(said, came, [1.0], 1.0).fss[0, 0]
    assert (np.diff(scores) > -1e-9).all()
    assert scores[0] < 0.75
    assert scores[-1] > 0.95
