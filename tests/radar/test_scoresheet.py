import json
from dataclasses import fields, replace

import numpy as np

from radar.chances import Chances, Outlook
from radar.scoresheet import KINDS, RULES, Scoresheet, scoresheet
from radar.synthetic import storm

THRESHOLDS = (0.5, 2.0)


def sheet(seed: int = 0) -> Scoresheet:
    whole = storm((16, 20), frames=4, seed=seed)
    said = replace(whole, rain=whole.rain[:3], times=whole.times[:3])
    return scoresheet(Outlook(said), whole.rain[1:], THRESHOLDS, 2.0)


def test_every_family_has_its_rules_and_a_score() -> None:
    assert [field.name for field in fields(Scoresheet)] == ["windows", *RULES]
    assert {kind.family for kind in KINDS.values()} | {"spectra"} == set(RULES)


def test_every_score_is_by_lead() -> None:
    for name, (family, score) in KINDS.items():
        assert len(score(sheet().family(family))) == 3, name


def test_sheets_merge_and_come_back_from_json() -> None:
    both = sheet() + sheet(1)
    assert both.windows == 2
    again = Scoresheet.of(json.loads(json.dumps(both.as_json(), allow_nan=False)))
    assert again.as_json() == both.as_json()
    assert both.counts.count.sum() == 2 * sheet().counts.count.sum()


def test_chances_are_scored_where_there_are_any() -> None:
    whole = storm((16, 20), frames=2)
    chances = Chances(THRESHOLDS, np.full((2, 2, 16, 20), 0.5), "test")
    sure, unsure = (scoresheet(Outlook(whole, known), whole.rain, THRESHOLDS, 2.0) for known in (None, chances))
    assert (sure.reliability.brier == 0).all()
    np.testing.assert_allclose(unsure.reliability.brier, 0.25)
    np.testing.assert_array_equal(sure.counts.csi, unsure.counts.csi)


def test_at_a_threshold_without_chances_the_rain_is_taken_as_sure() -> None:
    """As in live verification."""
    whole = storm((16, 20), frames=2)
    outlook = Outlook(whole, Chances((0.5,), np.full((1, 2, 16, 20), 0.5), "test"))
    (halves, sure), *_ = scoresheet(outlook, whole.rain, THRESHOLDS, 2.0).reliability.brier
    assert (halves, sure) == (0.25, 0)
