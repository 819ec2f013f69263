"""What a scrape is told of verification: each counter once, and no more series than it may have."""

import logging
from itertools import pairwise

import numpy as np
import pytest

from jobs.counted import Counted, cells
from jobs.counters import PACKED, counters, packed
from jobs.protocol import Protocol
from radar.tally import Tally
from service.skill_metrics import DETAILS, Named, Stored, Told, Verified, depth, headed
from tests.regions import PLACE, region

METHODS = ("ms-convlstm", "extrapolation", "persistence")
HOURS = Protocol.of(region(cadence_minutes=5, horizon=24, thresholds=(1, 10)), PLACE.grid())
FULL = cells(Tally.of([np.ones_like(one) for one in Tally.zero(*HOURS.shape).arrays]), np.ones(24, int), HOURS)
ALL = 10**9


def stored(regions: int) -> dict[Named, Stored]:
    """Everything there may be, of each method in each region."""
    kept = {PACKED: packed(FULL)}
    return {(f"region-{at}", method): kept for at in range(regions) for method in METHODS}


def lines(text: bytes) -> list[bytes]:
    """The samples of a text."""
    return [line for line in text.splitlines() if not line.startswith(b"#")]


def test_it_is_what_the_library_writes_of_all_at_once() -> None:
    many = stored(2)
    whole = headed(Verified({named: counters(kept) for named, kept in many.items()}))
    said, share = Told().tell(many, ALL)
    assert said == b"".join(head + samples for head, samples in whole.items())
    assert share.told == 1


@pytest.mark.parametrize("most", [ALL, 5000, 3000, 2000, 500, 200, 100, 0])
def test_no_scrape_has_more_series_than_it_may_have(most: int) -> None:
    said, share = Told().tell(stored(3), most)
    told = lines(said)
    assert len(told) == len(set(told)) <= most
    assert share.told == len(told) / (9 * len(FULL))


def test_each_detail_is_a_part_of_the_one_before() -> None:
    told = [{one for one in FULL if depth(one.field) > level} for level in range(len(DETAILS))]
    assert told[0] == {*FULL}
    assert all(after < before for before, after in pairwise(told))
    assert {one.lead_minutes for one in told[-1]} == {60, 120}


def test_a_region_comes_to_so_many_series_at_each_detail() -> None:
    """With twelve leads and five thresholds; docs/metrics.md says so."""
    hour = Protocol.of(region(cadence_minutes=5, horizon=12), PLACE.grid())
    full = cells(Tally.of([np.ones_like(one) for one in Tally.zero(*hour.shape).arrays]), np.ones(12, int), hour)
    series = [sum(depth(one.field) > level for one in full) * 3 for level in range(len(DETAILS))]
    assert series == [1890, 990, 540, 180, 90, 45]


def test_only_what_has_changed_is_written_anew() -> None:
    told, many = Told(), stored(2)
    told.tell(many, ALL)
    before = dict(told.parts)
    many["region-1", "persistence"] = {PACKED: packed([Counted(5, 1, "hits", 7)])}
    said, _ = told.tell(many, ALL)
    assert [named for named, part in told.parts.items() if part is not before[named]] == [("region-1", "persistence")]
    name = b'nowcast_verification_hits_total{lead="5",method="persistence",region="region-1",threshold="1"}'
    assert name + b" 7.0" in lines(said)


def test_what_is_gone_is_told_no_longer() -> None:
    told = Told()
    told.tell(stored(2), ALL)
    said, _ = told.tell(stored(1), ALL)
    assert b"region-0" in said
    assert b"region-1" not in said
    assert told.tell({}, ALL)[1].told == 1


@pytest.mark.parametrize("damaged", [{PACKED: b"x"}, {PACKED: packed([Counted(5, 1, "a b c d", 1)])}, {b"5 1": b"1"}])
def test_damage_hides_no_other_counters(damaged: Stored, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        said, share = Told().tell({**stored(1), ("broken", "m"): damaged}, ALL)
    assert len(lines(said)) == 3 * len(FULL)
    assert share.told == 1
    assert "region broken: " in caplog.text


def test_that_less_is_told_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    told = Told()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            told.tell(stored(1), 100)
    assert len(caplog.records) == 1
