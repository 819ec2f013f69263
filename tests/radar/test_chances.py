"""Chances: a byte each, never more for a higher threshold, and nothing but chances."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from radar import chances
from radar.chances import STEPS, UNKNOWN, Chances, coded, decoded, falling, rising
from radar.errors import BadInput, TooLarge

portions = st.floats(0, 1, width=32) | st.just(float("nan"))
fields = hnp.arrays(np.float32, hnp.array_shapes(min_dims=4, max_dims=4, max_side=4), elements=portions)
names = (0.5, 1.0, 2.0, 5.0)


@given(fields)
def test_a_chance_comes_back_to_half_a_per_cent(values: chances.Floats) -> None:
    back = Chances(names[: len(values)], values, "network").values
    np.testing.assert_allclose(back, values, atol=0.5 / STEPS + 1e-6)


@given(fields)
def test_bytes_come_back_exactly(values: chances.Floats) -> None:
    codes = coded(values)
    np.testing.assert_array_equal(coded(decoded(codes)), codes)
    np.testing.assert_array_equal(Chances(names[: len(codes)], codes, "network").codes, codes)


@given(fields)
def test_made_to_fall_they_fall_as_bytes_too(values: chances.Floats) -> None:
    known = np.nan_to_num(values)
    np.testing.assert_array_equal(falling(coded(known)), coded(falling(known)))
    assert (np.diff(falling(known), axis=0) <= 0).all()


def test_what_lies_outside_is_clipped() -> None:
    assert coded([-3.0, 7.0]).tolist() == [0, STEPS]


def test_one_threshold_or_one_pixel_can_be_had_alone() -> None:
    values = np.linspace(0, 1, 2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    made = Chances((1, 2), values, "network")
    np.testing.assert_array_equal(made.of(2), made.values[1])
    np.testing.assert_array_equal(made.at(3, 1), made.values[:, :, 3, 1])
    with pytest.raises(BadInput, match=r"no chance of 3 mm/h here; there are 1, 2"):
        made.of(3)


def test_chances_cannot_be_changed() -> None:
    given_codes = np.zeros((1, 1, 2, 2), np.uint8)
    for made in (Chances((1,), given_codes, "network"), Chances((1,), np.zeros((1, 1, 2, 2)), "network")):
        with pytest.raises(ValueError, match="read-only"):
            made.codes[0, 0, 0, 0] = 3
    given_codes[0, 0, 0, 0] = 3  # whoever made the bytes may still use them


@pytest.mark.parametrize(
    ("thresholds", "shape", "sentence"),
    [
        ((1.0,), (2, 1, 1, 1), "cannot have the shape"),
        ((1.0,), (1, 1, 1), "cannot have the shape"),
        ((2.0, 1.0), (2, 1, 1, 1), "do not rise"),
        ((1.0, 1.0), (2, 1, 1, 1), "do not rise"),
        ((-1.0,), (1, 1, 1, 1), "above 0"),
        ((float("nan"),), (1, 1, 1, 1), "above 0"),
    ],
)
def test_what_is_no_chance_is_refused(thresholds: tuple[float, ...], shape: tuple[int, ...], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        Chances(thresholds, np.zeros(shape, np.float32), "network")


@pytest.mark.parametrize("byte", [STEPS + 1, UNKNOWN - 1])
def test_a_byte_that_stands_for_nothing_is_refused(byte: int) -> None:
    with pytest.raises(BadInput, match="from 0 to 200, or 255"):
        Chances((1.0,), np.full((1, 1, 1, 1), byte, np.uint8), "network")


def test_more_than_fit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chances, "MAX_CODES", 11)
    with pytest.raises(TooLarge, match="12 chances are more than 11"):
        Chances((1.0,), np.zeros((1, 3, 2, 2), np.float32), "network")


def test_thresholds_are_sorted_and_once() -> None:
    assert rising([5, 0.5, 5]) == (0.5, 5)
    for wrong in ([], [0.0], [301.0], range(1, 18)):
        with pytest.raises(BadInput, match="1 to 16 rain rates"):
            rising(list(wrong))


def test_a_chance_is_never_more_than_that_of_a_lower_threshold() -> None:
    said = np.array([0.5, 0.75, 0.25, 0.375], np.float32).reshape(4, 1, 1, 1)
    assert falling(said).ravel().tolist() == [0.5, 0.5, 0.25, 0.25]
