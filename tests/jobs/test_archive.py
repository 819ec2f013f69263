"""What was said and what came, as files."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from jobs.archive import Archive
from jobs.errors import NotArchived
from radar.baselines import BASELINES
from radar.errors import BadFrames
from radar.formats import netcdf
from radar.formats.netcdf_lead import read_lead
from radar.grid import Grid
from radar.nowcast import Nowcast
from tests.regions import STEP, frames
from tests.workers.cycle import END


def said(step: int, method: str = "persistence", asked_for: str | None = None) -> Nowcast:
    past = frames(step + 1, step, last=END)
    made = BASELINES["persistence"].outlook(past, 3)
    return Nowcast(made.frames, method, "1", asked_for or method, past.times, chances=made.chances)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def test_the_last_nowcast_at_a_time(archive: Archive) -> None:
    for step in (3, 1):
        archive.put("here", said(step))
    assert archive.at("here", END, "persistence").reference_time == END - STEP
    assert archive.at("here", END - 2 * STEP, "persistence").reference_time == END - 3 * STEP
    assert archive.at("here", END + timedelta(hours=12), "persistence").reference_time == END - STEP
    for time, method in ((END - 4 * STEP, "persistence"), (END, "other"), (END + timedelta(days=2), "persistence")):
        with pytest.raises(NotArchived):
            archive.at("here", time, method)


def test_a_nowcast_of_the_same_time_and_wish_replaces_the_one_before(archive: Archive) -> None:
    archive.put("here", said(1, asked_for="net/../work"))
    archive.put("here", said(1, "extrapolation", asked_for="net/../work"))
    (path,) = archive.nowcasts("here", END - STEP)
    assert netcdf.read_nowcast(path.read_bytes()).method == "extrapolation"
    assert path.is_relative_to(archive.folder / "here/2026/06/01")
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_frames_by_day_and_days_that_go(archive: Archive) -> None:
    one = frames(0, last=END)
    for time in (END, END - STEP, END - timedelta(days=1)):
        archive.put_frame("here", time, one.rain[0], one.grid)
    assert list(archive.frames("here", END.date())) == [END - STEP, END]
    assert archive.days("here") == [date(2026, 5, 31), date(2026, 6, 1)]
    archive.prune("here", date(2026, 6, 1))
    assert archive.days("here") == [date(2026, 6, 1)]
    assert archive.frames("here", date(2026, 5, 31)) == {}


def test_one_lead_is_read_as_it_was_said(archive: Archive) -> None:
    nowcast = said(0)
    path = archive.put("here", nowcast)
    found = read_lead(path, nowcast.frames.grid, END + 2 * STEP)
    assert found is not None
    assert (found.lead, found.method, found.version, found.asked_for) == (2, "persistence", "1", "persistence")
    np.testing.assert_array_equal(found.rain, nowcast.frames.rain[1])
    assert nowcast.chances is not None
    for threshold in nowcast.chances.thresholds:
        np.testing.assert_array_equal(found.chances[threshold], nowcast.chances.of(threshold)[1])


def test_another_time_or_grid_says_nothing(archive: Archive) -> None:
    nowcast = said(0)
    path, grid = archive.put("here", nowcast), nowcast.frames.grid
    assert read_lead(path, grid, END) is None
    assert read_lead(path, Grid.picture(grid.shape), END + STEP) is None


def test_a_damaged_file_is_named(archive: Archive) -> None:
    path = archive.put("here", said(0))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(BadFrames, match=path.name):
        read_lead(path, frames(0).grid, END + STEP)
