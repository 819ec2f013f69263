"""What was said and what came, as files."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import fsspec
import numpy as np
import pytest
from fsspec.config import set_conf_env

from jobs.archive import Archive
from jobs.errors import ArchiveAway, NotArchived
from jobs.fallback import CHAIN
from jobs.files import Files
from jobs.settings import Settings
from radar.baselines import BASELINES
from radar.errors import BadFrames, BadInput
from radar.formats import netcdf
from radar.formats.netcdf_lead import read_heading, read_lead
from radar.frames import Frames
from radar.grid import Grid
from radar.nowcast import Nowcast
from tests.regions import STEP, frames
from tests.servers import free_port
from tests.waiting import until
from tests.workers.cycle import END


def said(step: int, method: str = "persistence", asked_for: str | None = None) -> Nowcast:
    past = frames(step + 1, step, last=END)
    made = BASELINES["persistence"].outlook(past, 3)
    return Nowcast(made.frames, method, "1", asked_for or method, past.times, chances=made.chances)


@pytest.fixture(
    params=["{folder}", "file://{folder}", "memory://{name}", "dir::file://{folder}", "s3://nowcast/{name}"]
)
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    """An archive in each kind of place: folders, memory, and a bucket of an S3 server."""
    place: str = request.param
    if place.startswith("s3:"):
        request.getfixturevalue("bucket")
    return Archive(place.format(folder=tmp_path, name=uuid4().hex))


@pytest.fixture(scope="module")
def bucket() -> Iterator[None]:
    """A bucket of a real S3 server on a port of its own, to which s3fs is pointed as an operator does."""
    for name in ("s3fs", "moto.server"):
        pytest.importorskip(name, reason="pip install s3fs 'moto[server]' to keep an archive on a real S3 server")
    port = free_port()
    environment = {"FSSPEC_S3_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "a"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**environment, "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}.items():
            patch.setenv(name, value)
        set_conf_env(fsspec.config.conf)
        server = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)], stderr=subprocess.DEVNULL)
        try:
            until(lambda: listening(port), 60)
            fsspec.filesystem("s3").mkdir("nowcast")
            yield
        finally:
            fsspec.config.conf.pop("s3", None)
            server.terminate()
            server.wait(30)


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_what_was_not_served_is_nobodys_answer(archive: Archive) -> None:
    for region in ("here", "a-nowcast-b"):
        archive.put(region, said(0))
        shadow = archive.put(region, said(0, "rival"), shadow=True)
        assert shadow in archive.nowcasts(region, END)
        assert archive.methods(region, END) == ["persistence"]
        for name in ("rival", "rival.shadow", "rival!shadow"):
            with pytest.raises(NotArchived):
                archive.at(region, END, name)


def test_the_last_nowcast_at_a_time(archive: Archive) -> None:
    for step in (3, 1):
        archive.put("here", said(step))
    assert archive.at("here", END, "persistence").reference_time == END - STEP
    assert archive.at("here", END - 2 * STEP, "persistence").reference_time == END - 3 * STEP
    assert archive.at("here", END + timedelta(hours=12), "persistence").reference_time == END - STEP
    for time, method in ((END - 4 * STEP, "persistence"), (END, "other"), (END + timedelta(days=2), "persistence")):
        with pytest.raises(NotArchived):
            archive.at("here", time, method)


@pytest.mark.parametrize("today", ["rival", "net", "extrapolation", "persistence"])
def test_what_was_served_does_not_change_with_the_method(tmp_path: Path, today: str) -> None:
    archive, steps = Archive(tmp_path), (5, 3, 2, 1)
    for step, method in zip(steps, ("extrapolation", "net", "net", "rival"), strict=True):
        for asked_for in {"extrapolation", "persistence", method}:
            archive.put("here", said(step, asked_for=asked_for))
        archive.put("here", said(step, asked_for="other"), shadow=True)
    first, *rest = (archive.served_at("here", END - step * STEP, today).asked_for for step in steps)
    assert first == (today if today in CHAIN else "extrapolation")
    assert rest == ["net", "net", "rival"]
    archive.put("here", said(0, asked_for="persistence"))
    newest = archive.served_at("here", END, today)
    assert newest.reference_time == (END if today == "persistence" else END - STEP)
    with pytest.raises(NotArchived):
        archive.served_at("here", END - 6 * STEP, today)


def test_a_nowcast_of_the_same_time_and_wish_replaces_the_one_before(archive: Archive) -> None:
    archive.put("here", said(1, asked_for="net/../work"))
    archive.put("here", said(1, "extrapolation", asked_for="net/../work"))
    (name,) = archive.nowcasts("here", END - STEP)
    assert netcdf.read_nowcast(archive.read(name)).method == "extrapolation"
    assert name.startswith("here/2026/06/01/20260601T115500Z-nowcast-net")
    assert archive.files.fs.find(archive.files.path("here")) == [archive.files.path(name)]


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
    name = archive.put("here", nowcast)
    found = read_lead(archive.read(name), name, nowcast.frames.grid, END + 2 * STEP)
    assert found is not None
    assert (found.lead, found.method, found.version, found.asked_for) == (2, "persistence", "1", "persistence")
    np.testing.assert_array_equal(found.rain, nowcast.frames.rain[1])
    assert nowcast.chances is not None
    for threshold in nowcast.chances.thresholds:
        np.testing.assert_array_equal(found.chances[threshold], nowcast.chances.of(threshold)[1])


def test_another_time_or_grid_says_nothing(archive: Archive) -> None:
    nowcast = said(0)
    name, grid = archive.put("here", nowcast), nowcast.frames.grid
    assert read_lead(archive.read(name), name, grid, END) is None
    assert read_lead(archive.read(name), name, Grid.picture(grid.shape), END + STEP) is None


def test_a_damaged_file_is_named(archive: Archive) -> None:
    name = archive.put("here", said(0))
    archive.files.write(name, archive.read(name)[:500])
    with pytest.raises(BadFrames, match=name):
        read_lead(archive.read(name), name, frames(0).grid, END + STEP)


def test_what_is_gone_is_not_archived(archive: Archive) -> None:
    name = archive.put("here", said(0))
    archive.drop("here")
    archive.drop("never")
    assert (archive.days("here"), archive.nowcasts("here", END)) == ([], [])
    with pytest.raises(NotArchived, match=name):
        archive.read(name)


def test_a_file_too_large_to_be_ours_is_not_read(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    name = archive.put("here", said(0))
    size = len(archive.read(name))
    monkeypatch.setattr("jobs.files.MOST_BYTES", size)
    assert len(archive.read(name)) == size
    monkeypatch.setattr("jobs.files.MOST_BYTES", size - 1)
    with pytest.raises(BadFrames, match="bytes"):
        archive.read(name)


def test_an_archive_that_was_zipped_is_read(tmp_path: Path) -> None:
    kept = Archive(tmp_path / "kept")
    kept.put("here", said(1))
    kept.put_frame("here", END, frames(0, last=END).rain[0], frames(0).grid)
    zipped = Archive(f"zip://::{shutil.make_archive(str(tmp_path / 'kept'), 'zip', kept.files.root)}")
    assert zipped.at("here", END, "persistence").reference_time == END - STEP
    assert (zipped.days("here"), list(zipped.frames("here", END.date()))) == ([END.date()], [END])


def test_nobody_sees_half_a_file(tmp_path: Path) -> None:
    """While a writer puts one and another in turn, every read has all of either."""
    archive, bodies = Archive(tmp_path), [bytes([at]) * 2**20 for at in range(2)]
    archive.files.write("here/one.nc", bodies[0])
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write_in_turn, archive, bodies)
        seen = [archive.read("here/one.nc")]
        while not writing.done():
            seen.append(archive.read("here/one.nc"))
        writing.result()
    assert set(seen) <= set(bodies)
    assert archive.files.names("here") == ["here/one.nc"]


def write_in_turn(archive: Archive, bodies: list[bytes]) -> None:
    for at in range(50):
        archive.files.write("here/one.nc", bodies[at % 2])


def test_a_place_that_cannot_be_opened_is_a_sentence() -> None:
    with pytest.raises(BadInput, match="NOWCAST_ARCHIVE begins with 'wat'"):
        Archive("wat://there")


def test_a_place_that_does_not_answer_is_away(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("no folder")
    with pytest.raises(ArchiveAway, match="does not answer"):
        Archive(tmp_path).put("here", said(0))


def test_it_lies_where_the_operator_says(tmp_path: Path) -> None:
    assert Archive.of(Settings(data=tmp_path)).files.root == str(tmp_path / "archive")
    assert Archive.of(Settings(data=tmp_path, archive="memory://there")).files.root == "/there"


def test_the_runs_of_a_day_are_those_of_one_method(archive: Archive) -> None:
    for step, method in ((2, "persistence"), (0, "persistence"), (1, "extrapolation")):
        archive.put("here", said(step, asked_for=method))
    archive.put("here", said(1), shadow=True)
    assert list(archive.runs("here", END.date(), "persistence")) == [END - 2 * STEP, END]
    assert archive.runs("here", END.date() - timedelta(days=1), "persistence") == {}


def test_a_heading_is_what_the_file_says_of_itself(archive: Archive) -> None:
    nowcast = said(0)
    name = archive.put("here", nowcast)
    with archive.opened(name) as file:
        found = read_heading(file, "it")
    assert (found.method, found.reference_time, found.times) == ("persistence", END, nowcast.frames.times)
    assert found.thresholds == (nowcast.chances.thresholds if nowcast.chances else ())
    with pytest.raises(BadFrames, match="it is no nowcast of ours"):
        read_heading(BytesIO(archive.read(name)[:100]), "it")
    with pytest.raises(NotArchived), archive.opened("here/nothing.nc"):
        pass


class Counted(BytesIO):
    """Bytes, and how many of them were read."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        part = super().read(size)
        self.count += len(part)
        return part


def test_of_a_large_file_a_heading_is_a_small_part() -> None:
    noise = np.random.default_rng(1).random((12, 100, 100), np.float32)
    at = tuple(END + step * STEP for step in range(1, 13))
    made = Nowcast(
        Frames(noise, at, Grid.of((100, 100), (1000, 0, 0, 0, -1000, 0), "EPSG:3035")), "any", "1", "any", (END,)
    )
    file = Counted(netcdf.write_nowcast(made))
    assert read_heading(file, "it").times == at
    assert file.count < len(file.getvalue()) / 20


def test_a_folder_that_cannot_be_read_is_not_an_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    (tmp_path / "alps").mkdir()
    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(ArchiveAway):
        Files(tmp_path).names("alps")
