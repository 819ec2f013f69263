"""The sums of live verification: placed by lead, merged, compared."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.chances import Outlook
from radar.scoresheet import scoresheet
from radar.synthetic import storm
from radar.tally import Tally, over_leads, tally

LEVELS = (0.5, 2.0)
STORM = storm((24, 30), 4)


def pair(lead: int) -> Tally:
    return tally(STORM.rain[0], {}, STORM.rain[lead], LEVELS, 1.0)


def test_leads_put_together_are_what_evaluate_counts() -> None:
    """The same families, of a forecast of three frames at once."""
    said = np.repeat(STORM.rain[:1], 3, axis=0)
    whole = scoresheet(Outlook(type(STORM)(said, STORM.times[1:], STORM.grid)), STORM.rain[1:], LEVELS, 1.0)
    found = over_leads({lead: pair(lead) for lead in (1, 2, 3)}, 3, 2)
    for family in ("counts", "fractions", "deviations", "reliability"):
        for one, two in zip(getattr(found, family).arrays, whole.family(family).arrays, strict=True):
            np.testing.assert_array_equal(one, two)


def test_a_lead_at_which_nothing_was_said_counts_nothing() -> None:
    found = over_leads({2: pair(2)}, 3, 2)
    assert found.frames.tolist() == [0, 1, 0]
    assert found.counts.count[:, 0].tolist() == [0, 24 * 30, 0]
    assert found.at(2).difference(pair(2)) is None
    assert found.pooled().difference(pair(2)) is None


def test_pixels_not_observed_do_not_count_and_silence_says_dry() -> None:
    observed, said = STORM.rain[1].copy(), STORM.rain[0].copy()
    observed[:5], said[5:] = np.nan, np.nan
    found = tally(said, {}, observed, LEVELS, 1.0)
    assert found.counts.count[0].tolist() == [19 * 30] * 2
    assert found.counts.hits.sum() == found.counts.false_alarms.sum() == 0


def test_chances_count_where_they_are_known() -> None:
    half = np.full((24, 30), 0.5, np.float32)
    found = tally(STORM.rain[0], {2.0: half}, STORM.rain[1], LEVELS, 1.0)
    assert found.reliability.pixels[0, 1, 5] == 24 * 30
    assert found.reliability.pixels[0, 0, [0, 9]].sum() == 24 * 30


@given(st.permutations([1, 2, 3]))
def test_counts_merge_in_any_order(order: list[int]) -> None:
    found = over_leads({}, 3, 2)
    for lead in order:
        found = found + over_leads({lead: pair(lead)}, 3, 2)
    assert found.difference(over_leads({lead: pair(lead) for lead in order}, 3, 2)) is None


def test_a_difference_says_where_it_is() -> None:
    one, two = (over_leads({2: pair(2)}, 3, 2) for _ in range(2))
    two.counts.misses[1, 0] += 1
    missed = int(one.counts.misses[1, 0])
    assert one.difference(two) == f"counts.misses[0] at lead 2 is {missed} and {missed + 1}"
    assert one.difference(Tally.zero(4, 2)) == "frames has the shape (3,) and (4,)"
    with pytest.raises(ValueError, match="do not merge"):
        one + Tally.zero(3, 1)
