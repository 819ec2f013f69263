from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.evaluate import evaluate, one_by_one
from model.verification.results import Results
from model.verification.run import Plan, common
from radar.chances import Chances, Outlook
from radar.frames import Frames
from radar.persistence import persistence
from tests.model.samples import bar, event_file
from tests.model.verification.bars import (
    COLUMNS,
    LONG,
    PROTOCOL,
    ROWS,
    SILENT_COLUMNS,
    barred,
    moody,
    plan,
    results,
    shy,
    truth,
    verified,
)

DATA = "2 km"


def test_csi_is_that_of_evaluate(tmp_path: Path) -> None:
    cards = evaluate({"persistence": persistence}, [barred(tmp_path)], PROTOCOL)
    counts = results(tmp_path).total(DATA, "persistence").counts
    for card in cards:
        pooled = counts.pooled(PROTOCOL.lead_minutes[card.lead])
        at = PROTOCOL.thresholds.index(card.threshold)
        assert getattr(pooled, card.score)[0, at] == pytest.approx(card.value, abs=1e-4)
        assert pooled.count[0, at] == card.count


def test_the_truth_is_perfect_by_every_score(tmp_path: Path) -> None:
    sheet = results(tmp_path).total(DATA, "truth")
    assert sheet.windows == 3
    assert (sheet.counts.csi == 1).all()
    assert (sheet.fractions.fss == 1).all()
    assert sheet.deviations.squared.sum() == 0
    np.testing.assert_allclose(sheet.similarity.ssim, sheet.windows)
    assert (sheet.reliability.brier == 0).all()


def test_a_window_that_one_method_fails_counts_for_none(tmp_path: Path) -> None:
    found = results(tmp_path, truth=truth, moody=moody)
    assert [found.total(DATA, name).windows for name in ("truth", "moody")] == [2, 2]
    assert found.failed == ("bar 2016-09-28T15:20:00Z: moody failed: not today.",)


def test_when_every_window_fails_there_is_nothing(tmp_path: Path) -> None:
    rain = bar(12, (ROWS, COLUMNS), LONG)[:, :, ::-1].copy()
    (found,) = verified(event_file(tmp_path / "bar.nc", rain), plan(moody=moody))
    assert found.sheets == {}
    assert len(found.failed) == 3


def test_pixels_in_common_are_those_all_speak_of(tmp_path: Path) -> None:
    strict = common(PROTOCOL, ["shy", "truth"])
    everywhere, shared = verified(barred(tmp_path), plan(PROTOCOL, strict, shy=shy, truth=truth))
    assert everywhere.protocol.id != shared.protocol.id
    for found, columns in ((everywhere, COLUMNS), (shared, COLUMNS - SILENT_COLUMNS)):
        counts = [found.total(DATA, name).counts.count for name in ("shy", "truth")]
        assert [int(count[0, 0]) for count in counts] == [3 * ROWS * columns] * 2
    assert everywhere.total(DATA, "shy").counts.csi.min() < 1
    assert (shared.total(DATA, "shy").counts.csi == 1).all()


def test_windows_of_six_hours_are_a_block(tmp_path: Path) -> None:
    wet = np.tile(bar(24, (ROWS, COLUMNS), LONG), (6, 1, 1))
    (found,) = verified(event_file(tmp_path / "bar.nc", wet), plan(persistence=persistence))
    assert [key.block for key in sorted(found.sheets)] == ["bar+0h", "bar+6h"]


def foreseeing(tmp_path: Path, networks: frozenset[str]) -> Results:
    methods = plan()
    (found,) = verified(barred(tmp_path), Plan(methods.methods, methods.versions, [PROTOCOL], networks))
    return found


def test_known_frames_are_foreseen_only_by_networks(tmp_path: Path) -> None:
    found = foreseeing(tmp_path, frozenset({"truth"}))
    known = found.known_total(DATA, "truth")
    assert known is not None
    assert known.counts.csi.tolist() == [[1, 1]]  # two frames in: one is foreseen
    assert found.known_total(DATA, "persistence") is None


def test_chances_are_heard_where_a_method_has_them(tmp_path: Path) -> None:
    class Unsure:
        def outlook(self, past: list[Frames], horizon: int) -> list[Outlook]:
            said = truth(past[0], horizon)
            return [Outlook(said, Chances(PROTOCOL.thresholds, np.full((2, *said.rain.shape), 0.5), "test"))]

    (found,) = verified(barred(tmp_path), plan(unsure=one_by_one(Unsure())))  # type: ignore[arg-type]
    np.testing.assert_allclose(found.total(DATA, "unsure").reliability.brier, 0.25)


def test_the_wettest_window_is_remembered(tmp_path: Path) -> None:
    rain = bar(12, (ROWS, COLUMNS), LONG)
    rain[7, :, 20:] = 3
    (found,) = verified(event_file(tmp_path / "bar.nc", rain), plan())
    assert found.wettest is not None
    assert found.wettest.time == "2016-09-28T15:20:00Z"
    assert found.wettest.wet == pytest.approx((LONG + 20) / COLUMNS)


def test_each_window_is_told(tmp_path: Path) -> None:
    told: list[int] = []
    verified(barred(tmp_path), plan(), lambda: told.append(1))
    assert len(told) == 3


def test_results_of_other_protocols_do_not_merge(tmp_path: Path) -> None:
    one = results(tmp_path)
    with pytest.raises(ValueError, match="do not merge"):
        one + replace(one, protocol=replace(PROTOCOL, every=4))
