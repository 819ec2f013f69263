"""The benchmark's protocol on a small archive in HKO-7's layout, with scores worked out by hand."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from model.data.hko7 import SIDE
from model.evaluate import Case, Protocol
from model.verification.events import Asked
from model.verification.hko7 import DATA, hko7
from model.verification.results import Results
from model.verification.run import Plan, verify
from model.verification.tables import benchmark, markdown
from radar.errors import BadInput
from radar.persistence import persistence
from radar.rain import from_byte
from tests.model.data.archives import HKO7_MINUTES, HKO7_SIDE, hko7_archive

DAY, NEXT = "20150506", "20150508"
FRAMES = 31
"""Of the first day, from 10:00 on: two windows of 25 frames, five apart."""
LIGHT, HEAVY = 84, 185
"""Levels: the lowest of 0.5 and of 30 mm/h."""
SHORT = Asked(past=2, leads=2, every=FRAMES)
"""One window a day."""
MASKED = 11 + 1
"""Rows, of both windows together."""


def rain_band(time: datetime) -> NDArray[np.uint8]:
    """The upper half has rain of 0.5 mm/h in even frames of the day, and of 30 mm/h in odd ones."""
    number = (time.hour * 60 + time.minute) // HKO7_MINUTES
    pixels = np.zeros((HKO7_SIDE, HKO7_SIDE), np.uint8)
    pixels[: HKO7_SIDE // 2] = HEAVY if number % 2 else LIGHT
    return pixels


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two test days; masks leave out the first rows: 11 of the first day, 1 of the next."""
    folder = tmp_path_factory.mktemp("hko7")
    return hko7_archive(folder, {"test": [DAY, NEXT]}, {DAY: range(100, 100 + FRAMES), NEXT: range(4)}, rain_band)


def cases_of(folder: Path, asked: Asked) -> tuple[Protocol, list[Case]]:
    protocol, events = hko7(folder, asked)
    return protocol, [case for windows in events.values() for case in windows()]


def test_the_protocol_is_the_benchmarks(archive: Path) -> None:
    protocol, cases = cases_of(archive, Asked())
    assert (protocol.past, protocol.leads, protocol.every, protocol.cadence_minutes) == (5, 20, 5, 6)
    assert protocol.thresholds == (0.5, 2, 5, 10, 30)
    assert protocol.wet_share == 0
    assert protocol.events == (DAY,)  # the other one has no 25 frames
    assert [f"{case.past.times[0]:%H:%M}" for case in cases] == ["10:00", "10:30"]
    assert {(case.event, case.block, len(case.past), len(case.observed)) for case in cases} == {(DAY, DAY, 5, 20)}


def test_masked_pixels_are_seen_but_not_scored(archive: Path) -> None:
    _, (case, *_) = cases_of(archive, SHORT)
    levels = from_byte(np.array([LIGHT, HEAVY], np.uint8))
    np.testing.assert_array_equal(case.past.rain[:, 0, 0], levels)
    for scored in (case.known, case.observed):
        assert np.isnan(scored[:, :11]).all()
        np.testing.assert_array_equal(scored[:, 11, 0], levels)
        np.testing.assert_array_equal(scored[:, SIDE // 2 :], 0)


@pytest.fixture(scope="module")
def found(archive: Path) -> Results:
    """The results of persistence, its predictions of known frames among them."""
    protocol, events = hko7(archive, SHORT)
    plan = Plan({"persistence": persistence}, {"persistence": "1"}, [protocol], frozenset({"persistence"}))
    (made,) = plan.nothing()
    for windows in events.values():
        made += verify(windows(), plan)[0]
    return made


def test_scores_by_hand(found: Results) -> None:
    assert [key.block for key in sorted(found.sheets)] == [DAY, NEXT]
    sheet = found.total(DATA, "persistence")
    assert sheet.windows == 2
    np.testing.assert_array_equal(sheet.counts.count[:, 0], [(2 * SIDE - MASKED) * SIDE] * 2)
    # the last known frame is heavy: wrong at lead 1, which is light, right at lead 2
    np.testing.assert_array_equal(sheet.counts.csi, [[1, 0, 0, 0, 0], [1] * 5])
    off = (HEAVY - LIGHT) / 255
    assert sheet.deviations.balanced_absolute[0] == pytest.approx((SIDE - MASKED) * SIDE * off, rel=1e-5)
    assert sheet.deviations.balanced_absolute[1] == 0
    known = found.known_total(DATA, "persistence")
    assert known is not None
    np.testing.assert_array_equal(known.counts.count[0], sheet.counts.count[0])


def test_the_report_has_the_benchmarks_averages(found: Results) -> None:
    *_, line = benchmark(found, DATA).splitlines()
    off, wet = (HEAVY - LIGHT) / 255, (SIDE - MASKED) * SIDE / 2
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[:6] == ["persistence", "1.000", "0.500", "0.500", "0.500", "0.500"]
    assert cells[6:11] == ["1.000", "0.500", "0.500", "0.500", "0.500"]
    assert [float(cell) for cell in cells[11:]] == pytest.approx([off**2 * wet / 2, off * wet / 2], rel=1e-4)
    text = markdown(found, [])
    assert f"one every {FRAMES} |" in text
    assert "HKO-7's test split" in text


def test_days_are_chosen_and_another_is_refused(archive: Path) -> None:
    asked = Asked((NEXT,), past=2, leads=2, every=FRAMES, thresholds=(1.0,))
    protocol, cases = cases_of(archive, asked)
    assert protocol.events == (NEXT,)
    assert protocol.thresholds == (1.0,)
    assert [case.past.times[1] - case.past.times[0] for case in cases] == [timedelta(minutes=6)]
    with pytest.raises(BadInput, match=r"not in .*: 20150507"):
        hko7(archive, Asked(("20150507",), past=2, leads=2))


def test_other_days_are_another_protocol(archive: Path) -> None:
    one, two = (hko7(archive, Asked(days, 2, 2, 4))[0].id for days in ((DAY,), (NEXT,)))
    assert one != two
