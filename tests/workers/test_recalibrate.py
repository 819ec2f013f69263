"""Chances that were wrong become right, what was said is what is judged, and no fit rests on another."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs import keys
from jobs.calibration import OFF, Calibrated, Calibration
from jobs.queue import Queue
from jobs.record import Record
from jobs.skill import Series
from jobs.store import Store
from radar.chances import Chances
from radar.frames import Frames
from radar.tally import Tally
from tests.jobs.started import started
from tests.regions import region
from tests.workers.cycle import BRIEF, END, Cycle, nowcast
from workers import recalibrate
from workers.recalibrate import curves, fitted, raw
from workers.recount import Recount

SAID = 0.5
"""What is said of 10 mm/h, which four pixels of five reach."""
MAKER = ("extrapolation", "1")


class Wrong(Cycle):
    """A region whose method says the same chance of everything."""

    def answer(self) -> None:
        for one in self.verifier.awaited.ordered(self.region.id):
            job = self.store.job(one.job_id)
            if not job.status.final:
                made = nowcast(started(self.store, job), job)
                self.store.finish(job, replace(made, chances=always(made.frames)))

    def served(self) -> Chances:
        """The chances of the latest nowcast."""
        chances = self.regional.latest.get(self.region)[1].chances
        assert chances
        return chances

    def reliability(self, name: str) -> dict[float, int]:
        """Pixels by the chance of 10 mm/h that was said of them, as one series has them."""
        series = Series(self.protocol.id, *MAKER)
        record = self.verifier.skill.total(name, series)
        assert record
        sums = record.tally.reliability.pooled()
        found = zip(sums.said[0, 1], sums.pixels[0, 1], strict=True)
        return {round(said / pixels, 2): int(pixels) for said, pixels in found if pixels}

    @property
    def what(self) -> Calibrated:
        return Calibrated.of(self.region.id, self.protocol.grid, *MAKER)

    @property
    def known(self) -> list[Calibration]:
        last = self.verifier.recalibration.calibrations.last(self.what)
        return [last[1]] if last else []


def always(frames: Frames) -> Chances:
    """Half for 10 mm/h, always for 1 mm/h."""
    values = np.broadcast_to(np.array([1, SAID], np.float32)[:, None, None, None], (2, *frames.rain.shape))
    return Chances((1.0, 10.0), values, "ensemble")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little is enough."""
    for name, value in {"FEW_FRAMES": 4, "FEW_EVENTS": 20, "FEW_PIXELS": 20, "EVERY": timedelta(minutes=20)}.items():
        monkeypatch.setattr(recalibrate, name, value)


@pytest.fixture
def wrong(store: Store, queue: Queue, tmp_path: Path, wakes: None, few: None) -> Wrong:
    return Wrong(store, queue, tmp_path, region(**BRIEF))


def test_a_chance_that_was_wrong_is_said_right_from_then_on(wrong: Wrong) -> None:
    wrong.run(12, 11, 10, 9, 8)
    assert wrong.served().of(10)[0, 1, 1] == SAID
    wrong.run(7, 6)
    said = wrong.served()
    np.testing.assert_allclose(said.of(10)[0, 1, 1], 0.8, atol=0.05)
    assert said.calibration == wrong.known[0].version
    assert said.calibration.startswith(f"{END:%Y%m%d}T")


def test_what_is_judged_is_what_was_said(wrong: Wrong) -> None:
    served: dict[float, int] = {}
    for step in range(12, -1, -1):
        wrong.run(step)
        if step < 12:
            leads = min(3, step)
            chance = round(float(wrong.served().of(10)[0, 1, 1]), 2)
            served[chance] = served.get(chance, 0) + 63 * leads
    assert len(served) > 1
    judged = wrong.reliability("here")
    assert sum(judged.values()) == sum(served.values())
    assert judged[SAID] == served[SAID]
    assert wrong.reliability("here:uncalibrated") == {SAID: sum(served.values())}


def test_no_fit_rests_on_another(wrong: Wrong) -> None:
    """Were curves laid over curves, or fitted to what they had said, the second would be another map of 0.5."""
    first, versions = None, set()
    for step in range(12, -1, -1):
        wrong.run(step)
        for known in wrong.known:
            first = first or known
            versions.add(known.version)
            (curve,) = [one for one in known.curves if one.threshold == 10]
            assert curve.said == (SAID,)
            np.testing.assert_allclose(curve.came, 0.8, atol=0.05)
    assert len(versions) > 1


def test_counting_again_from_the_archive_gives_the_same(wrong: Wrong) -> None:
    wrong.run(*range(12, -1, -1))
    recount = Recount(wrong.verifier, wrong.region)
    for day in recount.days():
        recount.compare(day)
    assert recount.outcome.difference is None
    assert recount.outcome.tallies > 20


def test_it_can_be_switched_off(wrong: Wrong) -> None:
    wrong.run(*range(12, 5, -1))
    assert wrong.served().calibration
    wrong.region = region(**BRIEF, recalibrate=False)
    wrong.verifier.regions.put(wrong.region)
    wrong.run(5, 4)
    assert (wrong.served().calibration, wrong.served().of(10)[0, 1, 1]) == (None, SAID)
    assert wrong.known[0].version == OFF
    before = wrong.reliability("here:uncalibrated")
    wrong.run(3)
    assert wrong.reliability("here:uncalibrated") == before
    wrong.region = region(**BRIEF)
    wrong.verifier.regions.put(wrong.region)
    wrong.run(2, 1, 0)
    assert wrong.known[0].version != OFF


def test_damaged_curves_are_made_anew(wrong: Wrong) -> None:
    wrong.run(*range(12, 5, -1))
    redis, curves = wrong.store.redis, keys.calibrations(*wrong.what)[1]
    redis.hset(curves, mapping={name: "damaged" for name in redis.hkeys(curves)})
    assert wrong.served().calibration is None
    wrong.run(*range(5, -1, -1))
    assert wrong.served().calibration == wrong.known[0].version != OFF
    assert sum(wrong.reliability("here:uncalibrated").values()) == 63 * sum(min(3, start) for start in range(12))


def test_little_makes_no_curve(cycle: Cycle) -> None:
    cycle.run(3, 2, 1, 0)
    assert cycle.verifier.recalibration.calibrations.last(Calibrated.of("here", cycle.protocol.grid, *MAKER)) is None


def counted(pixels: int, came: int, frames: int) -> Record:
    """So many pixels of which half was said, in each lead."""
    tally = Tally.zero(3, 2)
    tally.frames[:] = frames
    sums = tally.reliability
    sums.pixels[:, :, 5], sums.said[:, :, 5], sums.came[:, :, 5] = pixels, pixels / 2, came
    return Record(tally, END, END)


@pytest.mark.parametrize(
    ("pixels", "came", "frames", "count"),
    [(4000, 2000, 144, 2), (4000, 2000, 143, 0), (4000, 300, 144, 0), (4000, 3700, 144, 0)],
)
def test_a_curve_takes_frames_events_and_their_absence(
    cycle: Cycle, pixels: int, came: int, frames: int, count: int
) -> None:
    cycle.frame(0)
    assert len(curves(cycle.protocol, counted(pixels, came, frames))) == count


def test_a_curve_rises(cycle: Cycle) -> None:
    """Worked out by hand: 0.4 and 0.3 are pooled."""
    pixels = np.array([1000, 1000, 1000, 50, 1000])
    said, came = pixels * [0.05, 0.15, 0.25, 0.35, 0.45], np.array([100, 400, 300, 50, 800])
    curve = fitted(1.0, 0, pixels, said, came)
    assert curve.said == (0.05, 0.15, 0.25, 0.45)
    assert curve.came == (0.1, 0.35, 0.35, 0.8)


@given(st.lists(st.tuples(st.integers(100, 10_000), st.floats(0, 1)), min_size=1, max_size=10))
def test_no_line_through_the_means_is_as_close(tenths: list[tuple[int, float]]) -> None:
    pixels, share = (np.array(column) for column in zip(*tenths, strict=True))
    said, came = pixels * (np.arange(len(pixels)) + 0.5) / 10, pixels * share
    curve = fitted(1.0, 0, pixels, said, came)
    assert list(curve.came) == sorted(curve.came)
    apart = float(pixels @ (np.array(curve.came) - share) ** 2)
    for other in (np.sort(share), np.full(len(share), np.average(share, weights=pixels))):
        assert apart <= pixels @ (other - share) ** 2 + 1e-3 * pixels.sum()


def test_no_region_has_the_name_under_which_raw_counts_are_kept(cycle: Cycle) -> None:
    cycle.frame(0)
    with pytest.raises(ValueError, match="pattern"):
        region(raw(cycle.protocol).region)
