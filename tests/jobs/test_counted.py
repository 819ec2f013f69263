"""What Prometheus is told of verification."""

from datetime import timedelta

import numpy as np
import pytest

from jobs.counted import MOST_LEADS, Counted, cells, exported
from jobs.errors import DamagedBlob
from jobs.protocol import Protocol
from radar.scores import Counts
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
    counts = Counts.zero(3, 2)
    counts.hits[:, 1], counts.misses[1, 0] = 4, 2
    found = cells(counts, np.array([0, 1, 1]), protocol(5, 3))
    assert found == [
        Counted(10, 10, "hits", 4),
        Counted(10, 0.5, "misses", 2),
        Counted(15, 10, "hits", 4),
    ]


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
