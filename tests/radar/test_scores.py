from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.frames import Rain
from radar.scores import SCORES, Counts, count, protocol_id
from radar.synthetic import storm

NAN = float("nan")


def row(*rain: float) -> Rain:
    """One frame of one row."""
    return np.array([[rain]], np.float32)


def tables(counts: Counts) -> list[int]:
    """Hits, misses, false alarms, correct negatives of the only lead and threshold."""
    parts = (counts.hits, counts.misses, counts.false_alarms, counts.correct_negatives)
    return [int(part.item()) for part in parts]


@pytest.mark.parametrize(
    ("forecast", "observed", "expected"),
    [
        ((2, 0, 2, 0), (2, 2, 0, 0), [1, 1, 1, 1]),
        ((1, 1), (1, 0.99), [1, 0, 1, 0]),  # the event is >= the threshold
        ((NAN, NAN), (2, 0), [0, 1, 0, 1]),  # a forecast of NaN says no rain
        ((2, 0, NAN), (NAN, NAN, NAN), [0, 0, 0, 0]),  # nothing was observed, nothing counts
        ((), (), [0, 0, 0, 0]),
    ],
)
def test_pixels_fall_into_their_box(
    forecast: tuple[float, ...], observed: tuple[float, ...], expected: list[int]
) -> None:
    assert tables(count(row(*forecast), row(*observed), [1.0])) == expected


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.7, 2.1])
def test_a_rate_at_the_threshold_is_an_event_in_float32_too(threshold: float) -> None:
    rain = row(threshold)
    assert tables(count(rain, rain, [np.float64(threshold)])) == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ((3, 1, 2, 9), (3 / 6, 3 / 4, 2 / 5, 5 / 4, 2 * (27 - 2) / (4 * 10 + 5 * 11))),
        ((0, 0, 0, 9), (NAN, NAN, NAN, NAN, NAN)),
        ((0, 4, 0, 9), (0, 0, NAN, 0, 0)),
        ((0, 0, 4, 9), (0, NAN, 1, NAN, 0)),
        ((5, 0, 0, 9), (1, 1, 0, 1, 1)),
    ],
)
def test_scores_by_hand(boxes: tuple[int, ...], expected: tuple[float, ...]) -> None:
    """CSI, POD, FAR, bias, HSS."""
    counts = Counts(*np.reshape(np.array(boxes), (4, 1, 1)))
    assert tuple(score(counts).item() for score in SCORES.values()) == pytest.approx(expected, nan_ok=True)
    assert counts.count.item() == sum(boxes)


def test_counts_are_by_lead_and_threshold() -> None:
    frames = storm((20, 30), frames=5).rain
    counts = count(frames[:3], frames[2:], [0.5, 5.0])
    assert counts.hits.shape == counts.csi.shape == (3, 2)
    assert counts.hits.dtype == np.int64
    assert (counts.count == 600).all()
    assert counts.csi[2] == pytest.approx(count(frames[2:3], frames[4:], [0.5, 5.0]).csi[0])


def test_pooled_scores_come_from_sums() -> None:
    frames = storm((20, 30), frames=5).rain
    counts = count(frames[:3], frames[2:], [0.5, 5.0])
    hits, others = counts.hits[:2].sum(axis=0), (counts.misses + counts.false_alarms)[:2].sum(axis=0)
    assert counts.pooled(slice(2)).csi[0] == pytest.approx(hits / (hits + others))
    assert counts.pooled().count.tolist() == [[1800, 1800]]


@given(st.permutations(range(6)))
def test_parts_merge_in_any_order(order: list[int]) -> None:
    frames = storm((8, 8), frames=7).rain
    parts = [count(frames[n : n + 1], frames[n + 1 : n + 2], [0.5]) for n in range(6)]
    merged = reduce(add, (parts[n] for n in order), Counts.zero(1, 1))
    assert tables(merged) == tables(count(frames[:6], frames[1:], [0.5]).pooled())


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        count(row(1), row(1, 2), [1.0])
    with pytest.raises(ValueError, match="do not merge"):
        Counts.zero(1, 2) + Counts.zero(2, 1)
    with pytest.raises(ValueError, match="four arrays"):
        Counts(*np.zeros((4, 3), np.int64))


def test_the_protocol_id_names_what_changes_a_score() -> None:
    one = protocol_id(thresholds=(1, 2.0), leads=[5, 10], event=">=")
    assert len(one) == 12
    assert int(one, 16) >= 0
    assert protocol_id(event=">=", leads=(5, 10), thresholds=[1.0, 2]) == one
    assert protocol_id(event=">", leads=(5, 10), thresholds=[1, 2]) != one
    assert protocol_id(event=">=", leads=(10, 5), thresholds=[1, 2]) != one


def test_the_protocol_id_never_changes() -> None:
    assert protocol_id(data={"files": ["a.nc"]}, thresholds=[0.5, 1.0]) == "b53926ea23e1"


@pytest.mark.parametrize("value", [NAN, float("inf"), {1, 2}, np.float32(1)])
def test_the_protocol_id_takes_only_plain_values(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        protocol_id(value=value)


def test_a_large_archive_does_not_outgrow_the_scores() -> None:
    """Products of counts of 10^12 pixels would overflow 64-bit integers."""
    counts = Counts(*np.reshape(np.array([3, 1, 2, 9]) * 10**12, (4, 1, 1)))
    assert counts.hss.item() == pytest.approx(2 * (27 - 2) / (4 * 10 + 5 * 11))
