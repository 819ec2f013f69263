"""What holds for every family of sums."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.frames import Rain
from radar.scores import Counts
from radar.sums import ratio
from tests.radar.pairs import FAMILIES, pairs, same

EVERY = pytest.mark.parametrize("family", FAMILIES)


@EVERY
@given(pair=pairs())
def test_parts_merge_to_the_whole(family: str, pair: tuple[Rain, Rain]) -> None:
    sums, (said, came) = FAMILIES[family], pair
    parts = [sums(said[at : at + 1], came[at : at + 1]) for at in range(len(said))]
    merged = parts[-1]
    for part in parts[:-1]:
        merged = part + merged
    same(merged, sums(said, came).pooled())


@EVERY
@given(pair=pairs(), noise=st.floats(0, 100, width=32))
def test_what_was_not_observed_does_not_count(family: str, pair: tuple[Rain, Rain], noise: float) -> None:
    said, came = pair
    changed = np.where(np.isnan(came), np.float32(noise), said)
    same(FAMILIES[family](said, came), FAMILIES[family](changed, came))


@EVERY
@given(pair=pairs())
def test_a_forecast_of_nan_says_no_rain(family: str, pair: tuple[Rain, Rain]) -> None:
    said, came = pair
    same(FAMILIES[family](said, came), FAMILIES[family](np.nan_to_num(said), came))


@EVERY
@given(pair=pairs())
def test_json_and_back(family: str, pair: tuple[Rain, Rain]) -> None:
    sums = FAMILIES[family](*pair)
    again = type(sums).of(json.loads(json.dumps(sums.as_json(), allow_nan=False)))
    for one, two in zip(sums.arrays, again.arrays, strict=True):
        np.testing.assert_array_equal(one, two)
        assert one.dtype.kind == two.dtype.kind


@EVERY
def test_what_cannot_be_compared_is_refused(family: str) -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        FAMILIES[family](np.zeros((1, 2, 2), np.float32), np.zeros((1, 2, 3), np.float32))


@pytest.mark.parametrize(
    "lists",
    [
        {},
        {"hits": [[1]]},
        {"hits": [[1]], "misses": [[1]], "false_alarms": [[1]], "correct_negatives": [["many"]]},
        {"hits": [[1]], "misses": [[1]], "false_alarms": [[1]], "correct_negatives": [[float("nan")]]},
        {"hits": 1, "misses": 1, "false_alarms": 1, "correct_negatives": 1},
    ],
)
def test_what_is_no_sum_is_refused(lists: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="Counts are"):
        Counts.of(lists)


def test_a_ratio_of_nothing_is_nan() -> None:
    np.testing.assert_array_equal(ratio(np.array([1, 1, 0]), np.array([2, 0, 0])), [0.5, np.nan, np.nan])
