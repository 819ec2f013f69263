"""A watched folder, as met services fill it."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from radar.errors import BadInput, TooLarge
from radar.formats.table import read_all
from tests.feed import storm_file, storm_files
from tests.workers.sources.pulling import FIVE, NOON, Dict, opened, pulled, spec
from workers.sources.contract import Source, Validators
from workers.sources.errors import NotThere, SourceFailed
from workers.sources.folder import Folder
from workers.sources.naming import Naming

NAME = "x%Y%m%d%H%M.nc"
LONG_AGO = 1000.0


def put(path: Path, data: bytes, written: float = LONG_AGO) -> None:
    """A file that was last written to then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (written, written))


def watched(folder: Path, memory: Dict, name: str | None = NAME, **more: object) -> Source:
    return opened(spec("folder", str(folder), name, **more), memory)


def test_new_files_come_once_and_stay_where_they_are(tmp_path: Path, memory: Dict) -> None:
    files = storm_files(NOON - 2 * FIVE, 3)
    for at, data in files.items():
        put(tmp_path / at.strftime(NAME), data)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    brought = pulled(watched(tmp_path, memory), None, NOON)
    assert read_all(brought).times == tuple(files)
    assert pulled(watched(tmp_path, memory), NOON, NOON) == []
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    "name", [".x202606011200.nc", "x202606011200.nc.part", "x202606011200.nc.TMP", "x202606011200.nc~"]
)
def test_what_is_being_written_is_left_alone(tmp_path: Path, memory: Dict, name: str) -> None:
    put(tmp_path / name, b"half")
    assert watched(tmp_path, memory, None).new_since(None, datetime.now(UTC)) == []


def test_a_fresh_file_is_taken_once_it_has_settled(tmp_path: Path, memory: Dict) -> None:
    path = tmp_path / NOON.strftime(NAME)
    put(path, b"rain", time.time())
    source = watched(tmp_path, memory, options={"settle_seconds": 60})
    assert pulled(source, None, NOON) == []
    assert pulled(source, None, NOON) == [(path.name, b"rain")]  # unchanged between two looks
    put(path, b"more rain", time.time() + 3600)  # a clock that is ahead
    assert pulled(source, NOON, NOON) == []
    assert pulled(source, NOON, NOON) == [(path.name, b"more rain")]


def test_a_file_that_grows_between_two_looks_is_not_whole(tmp_path: Path, memory: Dict) -> None:
    path = tmp_path / NOON.strftime(NAME)
    source = watched(tmp_path, memory, options={"settle_seconds": 60})
    for size in (1, 2, 3):
        put(path, bytes(size), time.time())
        assert pulled(source, None, NOON) == []


def test_an_atomic_rename_is_seen_at_once(tmp_path: Path, memory: Dict) -> None:
    put(tmp_path / ".incoming", storm_file(NOON), time.time() - 10)
    os.replace(tmp_path / ".incoming", tmp_path / NOON.strftime(NAME))
    assert pulled(watched(tmp_path, memory), None, NOON) == [(NOON.strftime(NAME), storm_file(NOON))]


def test_a_file_that_changes_while_it_is_read_is_left(tmp_path: Path, memory: Dict) -> None:
    path = tmp_path / NOON.strftime(NAME)
    put(path, b"rain")
    shelf = Folder(spec("folder", str(tmp_path), NAME), Naming(NAME), memory, 5)
    (entry,) = shelf.entries(NOON - FIVE, NOON)
    put(path, b"changed", LONG_AGO + 1)
    with pytest.raises(NotThere, match="still being written"):
        shelf.read(entry, Validators())


def test_a_rewritten_file_comes_again(tmp_path: Path, memory: Dict) -> None:
    path = tmp_path / NOON.strftime(NAME)
    put(path, b"rain")
    pulled(watched(tmp_path, memory), None, NOON)
    put(path, b"rain", LONG_AGO + 1)  # only touched
    assert pulled(watched(tmp_path, memory), NOON, NOON) == []
    put(path, b"Rain", LONG_AGO + 2)
    assert pulled(watched(tmp_path, memory), NOON, NOON) == [(path.name, b"Rain")]


def test_a_late_file_comes_late(tmp_path: Path, memory: Dict) -> None:
    put(tmp_path / NOON.strftime(NAME), b"2")
    source = watched(tmp_path, memory)
    assert [data for _, data in pulled(source, None, NOON)] == [b"2"]
    put(tmp_path / (NOON - FIVE).strftime(NAME), b"1")
    assert [data for _, data in pulled(source, NOON, NOON)] == [b"1"]


def test_files_without_a_time_in_their_names_come_by_their_own(tmp_path: Path, memory: Dict) -> None:
    written = time.time() - 60
    put(tmp_path / "latest.h5", b"rain", written)
    now = datetime.now(UTC)
    (one,) = watched(tmp_path, memory, None).new_since(None, now)
    assert (one.name, one.data, one.time) == ("latest.h5", b"rain", None)
    source = watched(tmp_path, memory, None)
    assert pulled(source, now - timedelta(hours=1), now) == [("latest.h5", b"rain")]
    assert pulled(source, now - timedelta(hours=1), now) == []
    put(tmp_path / "latest.h5", b"more", written + 30)
    assert pulled(source, now - timedelta(hours=1), now) == [("latest.h5", b"more")]


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path, memory: Dict) -> None:
    secret, folder = tmp_path / "secret", tmp_path / "radar"
    put(secret, b"secret")
    put(folder / "kept" / "file", b"inside")
    goals: list[str | Path] = [secret, "../secret", tmp_path, "kept/file", "gone", "x202606011205.nc"]
    for minute, goal in enumerate(goals):
        (folder / f"x20260601120{minute}.nc").symlink_to(goal)
    brought = pulled(watched(folder, memory), None, NOON + FIVE)
    assert brought == [("x202606011203.nc", b"inside")]


def test_only_plain_files_are_opened(tmp_path: Path, memory: Dict) -> None:
    os.mkfifo(tmp_path / "x202606011200.nc")
    (tmp_path / "x202606011155.nc").mkdir()
    assert watched(tmp_path, memory).new_since(None, NOON) == []


def test_days_may_have_folders(tmp_path: Path, memory: Dict) -> None:
    put(tmp_path / "2026/06/01" / "x202606012355.nc", b"old")
    midnight = NOON + timedelta(hours=12)
    source = opened(spec("folder", f"{tmp_path}/%Y/%m/%d", NAME), memory)
    assert [data for _, data in pulled(source, None, midnight)] == [b"old"]
    put(tmp_path / "2026/06/02" / "x202606020000.nc", b"new")
    assert [data for _, data in pulled(source, midnight - FIVE, midnight)] == [b"new"]


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path, memory: Dict) -> None:
    put(tmp_path / NOON.strftime(NAME), bytes(101))
    with pytest.raises(TooLarge, match="larger than the 100 bytes"):
        watched(tmp_path, memory, max_bytes=100).new_since(None, NOON)


def test_a_file_that_may_not_be_read_is_passed_over(tmp_path: Path, memory: Dict) -> None:
    shelf = Folder(spec("folder", str(tmp_path), NAME), Naming(NAME), memory, 5)
    put(tmp_path / NOON.strftime(NAME), b"rain")
    (entry,) = shelf.entries(NOON - FIVE, NOON)
    (tmp_path / entry.name).unlink()
    with pytest.raises(NotThere, match="cannot be read"):
        shelf.read(entry, Validators())


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path, memory: Dict) -> None:
    with pytest.raises(SourceFailed, match="There is no folder"):
        watched(tmp_path / "gone", memory).new_since(None, NOON)


@pytest.mark.parametrize(
    ("location", "options"), [("radar", {}), ("/radar", {"settle": 5}), ("/radar", {"settle_seconds": True})]
)
def test_folders_are_checked_before_they_are_watched(location: str, options: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        opened(spec("folder", location, options=options))


def test_a_folder_may_be_a_url(tmp_path: Path, memory: Dict) -> None:
    put(tmp_path / "a b" / NOON.strftime(NAME), b"rain")
    source = opened(spec("folder", (tmp_path / "a b").as_uri().replace("%", "%%"), NAME), memory)
    assert pulled(source, None, NOON) == [(NOON.strftime(NAME), b"rain")]
