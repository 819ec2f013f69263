from pathlib import Path

import pytest

from model.verification.differences import COMPARED, Difference, differences
from tests.model.verification.bars import PROTOCOL, barred, plan, results, verified


def found(folder: Path, events: int) -> list[Difference]:
    """Truth against persistence on events of other lengths."""
    wanted = plan()
    (whole,) = wanted.nothing()
    for at in range(events):
        whole += verified(barred(folder, 8 + 3 * at, name=f"bar{at}"), wanted)[0]
    return list(differences(whole, ["truth"], ["truth", "persistence"]))


def test_a_difference_is_that_of_the_pooled_scores(tmp_path: Path) -> None:
    whole = results(tmp_path)
    (data,) = whole.data
    expected = 1 - whole.total(data, "persistence").counts.pooled().csi[0, 0]
    one, *_ = differences(whole, ["truth"], ["persistence"])
    assert (one.score, one.threshold, one.lead) == ("csi", 1.0, "5-20")
    assert one.value == pytest.approx(expected)


def test_a_single_block_has_no_interval(tmp_path: Path) -> None:
    assert {(one.low, one.high, one.blocks) for one in found(tmp_path, 1)} == {(None, None, 1)}


def test_with_more_blocks_the_interval_holds_the_value(tmp_path: Path) -> None:
    for one in found(tmp_path, 4):
        assert one.blocks == 4
        assert one.low is not None
        assert one.high is not None
        assert one.low - 1e-9 <= one.value <= one.high + 1e-9


def test_every_score_threshold_and_lead_is_compared_once(tmp_path: Path) -> None:
    made = [(one.score, one.threshold, one.lead) for one in found(tmp_path, 1)]
    assert len(set(made)) == len(made)
    assert {score for score, *_ in made} == set(COMPARED)
    assert {lead for *_, lead in made} == set(PROTOCOL.lead_minutes)
    assert {threshold for score, threshold, _ in made if score == "csi"} == set(PROTOCOL.thresholds)
    assert {threshold for score, threshold, _ in made if score == "crps"} == {None}
