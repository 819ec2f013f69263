"""What Prometheus is told of verification."""

from datetime import timedelta

import numpy as np
import pytest

from jobs.counted import MOST_LEADS, Counted, cells, exported
from jobs.errors import DamagedBlob
from jobs.protocol import Protocol
from radar.fractions import SCALES
from radar.tally import Tally
from tests.regions import PLACE, region


def protocol(minutes: float, leads: int) -> Protocol:
    here = region(cadence_minutes=minutes, horizon=leads, thresholds=(0.5, 10), retention_hours=48)
    return Protocol.of(here, PLACE.grid())


def test_a_cell_comes_back() -> None:
    one = Counted(7.5, 0.5, "hits", 12)
    assert Counted.of(one.field.encode(), b"12") == one


@pytest.mark.parametrize(("field", "count"), [(b"5 hits", b"1"), (b"5 1 hits", b"x"), (b"\xff 1 hits", b"1")])
def test_damage_is_a_sentence(field: bytes, count: bytes) -> None:
    with pytest.raises(DamagedBlob):
        Counted.of(field, count)


def test_only_fresh_leads_and_what_is_not_zero() -> None:
    counted = Tally.zero(3, 2)
    counted.counts.hits[:, 1], counted.counts.misses[1, 0] = 4, 2
    found = cells(counted, np.array([0, 1, 1]), protocol(5, 3))
    assert found == [
        Counted(10, 10, "hits", 4),
        Counted(15, 10, "hits", 4),
        Counted(10, 0.5, "misses", 2),
    ]


def test_fractions_are_kept_in_thousandths_by_scale() -> None:
    counted = Tally.zero(3, 2)
    counted.fractions.apart[1, 0, SCALES.index(16)] = 1.2345
    (one,) = cells(counted, np.ones(3, int), protocol(5, 3))
    assert (one, one.amount) == (Counted(10, 0.5, "fss_apart", 1234, "16"), 1.234)
    assert Counted.of(one.field.encode(), b"1234") == one


def test_chances_are_pooled_over_the_fresh_leads() -> None:
    counted = Tally.zero(3, 2)
    counted.reliability.pixels[:, 1, 3], counted.reliability.said[:, 1, 3] = 10, 3.5
    found = cells(counted, np.array([0, 1, 1]), protocol(5, 3))
    assert found == [Counted(0, 10, "chance_pixels", 20, "0.3"), Counted(0, 10, "chance_said", 7000, "0.3")]


def test_no_region_and_method_has_more_series_than_the_budget_says() -> None:
    """docs/metrics.md: 24 leads, 10 thresholds, 4 counts, 2 sums on 2 scales, and 3 sums of 10 chances."""
    most = Protocol.of(region(horizon=1000, thresholds=tuple(range(1, 11))), PLACE.grid())
    full = Tally.of([np.ones_like(array) for array in Tally.zero(*most.shape).arrays])
    found = cells(full, np.ones(most.leads, int), most)
    assert len({one.field for one in found}) == len(found) == 24 * 10 * (4 + 2 * 2) + 10 * 3 * 10


@pytest.mark.parametrize(
    ("minutes", "leads", "expected"),
    [(5, 12, range(1, 13)), (5, 48, range(1, 25)), (1, 120, range(5, 121, 5)), (240, 2, range(1, 1))],
)
def test_leads_up_to_two_hours_and_not_too_many(minutes: float, leads: int, expected: range) -> None:
    found = exported(protocol(minutes, leads))
    assert list(found) == list(expected)
    assert len(found) <= MOST_LEADS


def test_what_changes_a_score_changes_the_protocol() -> None:
    ids = {protocol(5, 3).id, protocol(5, 4).id, protocol(10, 3).id}
    assert len(ids) == 3
    assert protocol(5, 3).id == protocol(5, 3).id
    assert protocol(5, 3).cadence == timedelta(minutes=5)
