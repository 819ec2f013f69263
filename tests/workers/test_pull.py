"""One cycle of a region, with a folder as its source."""

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from redis import Redis

from jobs import celery_app, keys
from jobs.errors import RegionBusy, UnknownRegion
from jobs.job import Priority
from jobs.pulls import Pulled
from jobs.queue import Queue
from jobs.region import Region
from jobs.regional import Regional
from jobs.regions import Regions
from jobs.source import SourceSpec
from jobs.store import Store
from radar.errors import BadInput
from radar.formats import netcdf, png
from radar.frames import Frames
from radar.grid import Grid
from tests.regions import PLACE, STEP, frames, now, rain, region, steady_clock
from tests.waiting import until
from tests.workers.storms import CARD
from workers.exclusive import exclusive
from workers.pull import Puller, pause
from workers.sources.table import open_source

NAME = "%Y%m%d%H%M.nc"


__all__ = ["steady_clock"]


@pytest.fixture
def puller(store: Store, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> Puller:
    monkeypatch.setattr(celery_app, "wake", [].append)
    store.publish_cards([CARD], 3600)
    return Puller(Regional(store, queue), open_source)


def folder(path: Path, **other: Any) -> SourceSpec:
    path.mkdir(exist_ok=True)
    return SourceSpec(**{"kind": "folder", "location": str(path), "options": {"settle_seconds": 0}, **other})


@pytest.fixture
def here(redis: Redis, tmp_path: Path) -> Region:
    return put(redis, source=folder(tmp_path / "feed"))


def put(redis: Redis, **other: Any) -> Region:
    made = region(**{"method": CARD.method, "horizon": 3, **other})
    Regions(redis).put(made)
    return made


def drop(folder: Path, *steps: int, salt: int = 0, name: str = NAME) -> None:
    """A file per frame, as a met service drops them."""
    for step in steps:
        one = frames(step, last=now(), salt=salt)
        path = folder / one.times[0].strftime(name)
        path.write_bytes(netcdf.write(one))
        os.utime(path, ns=(time.time_ns(), time.time_ns() + salt))


def test_a_pull_appends_and_orders(puller: Puller, here: Region, tmp_path: Path) -> None:
    drop(tmp_path / "feed", 2, 1, 0)
    pull = puller.pull("here")
    assert (pull.outcome, pull.detail, pull.in_vain) == (Pulled.FRESH, "3 files: 3 added.", 0)
    recent = puller.regional.history.last(here, 5)
    np.testing.assert_array_equal(recent.rain, frames(2, 1, 0, last=now()).rain)
    job = puller.regional.store.job(puller.regional.queue.take(CARD.method, "test", 1)[0].job_id)
    assert job.priority is Priority.SCHEDULED


def test_a_pull_without_news_changes_nothing(puller: Puller, here: Region, tmp_path: Path) -> None:
    drop(tmp_path / "feed", 1, 0)
    puller.pull("here")
    revision = puller.regional.history.extent("here").revision
    again, once_more = puller.pull("here"), puller.pull("here")
    assert (again.outcome, again.in_vain, once_more.in_vain) == (Pulled.NOTHING, 1, 2)
    assert puller.regional.history.extent("here").revision == revision
    assert puller.regional.queue.backlog(CARD.method) == 1


def test_late_and_issued_again(puller: Puller, here: Region, tmp_path: Path) -> None:
    drop(tmp_path / "feed", 3, 1, 0)
    puller.pull("here")
    drop(tmp_path / "feed", 2)
    drop(tmp_path / "feed", 0, salt=1)
    assert puller.pull("here").detail == "2 files: 1 added, 1 replaced."
    recent = puller.regional.history.last(here, 4)
    np.testing.assert_array_equal(recent.rain, [rain(3), rain(2), rain(1), rain(1000)])


def test_a_long_pause_is_caught_up_with_as_far_as_it_matters(puller: Puller, redis: Redis, tmp_path: Path) -> None:
    put(redis, source=folder(tmp_path / "feed", retry_minutes=0), catch_up_frames=4)
    drop(tmp_path / "feed", *reversed(range(10)))
    puller.pull("here")
    assert puller.regional.history.extent("here").frames in (3, 4)  # the clock may be between two frames


def test_one_bad_file_spoils_no_other(puller: Puller, here: Region, tmp_path: Path) -> None:
    drop(tmp_path / "feed", 1)
    bad = tmp_path / "feed" / now().strftime(NAME)
    bad.write_bytes(b"<html>not found</html>")
    pull = puller.pull("here")
    assert (pull.outcome, puller.regional.history.extent("here").frames) == (Pulled.FRESH, 1)
    assert bad.name in pull.detail
    assert puller.pull("here").outcome is Pulled.NOTHING
    drop(tmp_path / "feed", 0)
    assert puller.pull("here").outcome is Pulled.FRESH


def test_only_bad_files_are_unusable(puller: Puller, here: Region, tmp_path: Path) -> None:
    (tmp_path / "feed" / now().strftime(NAME)).write_bytes(b"nonsense")
    assert puller.pull("here").outcome is Pulled.UNUSABLE


def test_a_source_that_fails_is_noted_and_asked_again_later(
    puller: Puller, here: Region, tmp_path: Path, redis: Redis
) -> None:
    (tmp_path / "feed").rmdir()
    puller.schedule.claim(here, now())
    assert puller.pull("here").outcome is Pulled.FAILED
    noted = puller.pulls.last("here")
    assert noted is not None
    assert "There is no folder" in noted.detail


def test_the_backup_takes_over_when_the_source_fails(puller: Puller, redis: Redis, tmp_path: Path) -> None:
    put(redis, source=folder(tmp_path / "feed", backup=folder(tmp_path / "other")))
    (tmp_path / "feed").rmdir()
    drop(tmp_path / "other", 1, 0)
    pull = puller.pull("here")
    assert (pull.outcome, pull.backup) == (Pulled.FRESH, True)
    assert "There is no folder" in pull.detail


def test_the_backup_is_asked_when_the_source_has_fallen_silent(puller: Puller, redis: Redis, tmp_path: Path) -> None:
    put(redis, source=folder(tmp_path / "feed", backup=folder(tmp_path / "other")), publish_delay_seconds=0)
    drop(tmp_path / "feed", 4)
    drop(tmp_path / "other", 0)
    first, second, third = (puller.pull("here") for _ in range(3))
    assert (first.outcome, first.backup) == (Pulled.FRESH, False)
    assert (second.outcome, second.backup) == (Pulled.FRESH, True)
    assert (third.outcome, third.backup) == (Pulled.NOTHING, False)


def test_pictures_lie_on_the_regions_grid(puller: Puller, here: Region, tmp_path: Path) -> None:
    (tmp_path / "feed" / now().strftime("%Y%m%d%H%M.png")).write_bytes(png.write(np.nan_to_num(rain(0))))
    puller.pull("here")
    assert puller.regional.history.grid("here") == PLACE.grid()


def test_files_on_another_grid_are_regridded(puller: Puller, here: Region, tmp_path: Path) -> None:
    a, b, c, d, e, f = PLACE.transform
    wider = Grid.of((10, 10), (a, b, c - 1000, d, e, f + 1000), "EPSG:3035")
    sent = Frames(np.pad(rain(0), 1)[np.newaxis], (now(),), wider)
    (tmp_path / "feed" / now().strftime(NAME)).write_bytes(netcdf.write(sent))
    puller.pull("here")
    np.testing.assert_allclose(puller.regional.history.last(here, 1).rain[0], rain(0), atol=0.01)


@pytest.mark.parametrize("said", ["netcdf", None])
def test_the_format_may_be_said(puller: Puller, redis: Redis, tmp_path: Path, said: str | None) -> None:
    put(redis, source=folder(tmp_path / "feed", format=said))
    drop(tmp_path / "feed", 0)
    assert puller.pull("here").outcome is Pulled.FRESH


def test_a_file_that_is_not_of_the_format_that_was_said(puller: Puller, redis: Redis, tmp_path: Path) -> None:
    put(redis, source=folder(tmp_path / "feed", format="png"))
    drop(tmp_path / "feed", 0)
    pull = puller.pull("here")
    assert pull.outcome is Pulled.UNUSABLE
    assert now().strftime(NAME) in pull.detail


def test_one_pull_at_a_time(puller: Puller, here: Region, redis: Redis) -> None:
    with exclusive(redis, keys.pulling("here"), 5, "busy"), pytest.raises(RegionBusy, match="Somebody else"):
        puller.pull("here")
    assert puller.pull("here").outcome is Pulled.NOTHING


def test_the_lock_of_a_killed_puller_runs_out(puller: Puller, here: Region, redis: Redis) -> None:
    redis.set(keys.pulling("here"), "a dead one's token", ex=60)
    with pytest.raises(RegionBusy):
        puller.pull("here")
    redis.pexpire(keys.pulling("here"), 1)
    until(lambda: not redis.exists(keys.pulling("here")))
    assert puller.pull("here").outcome is Pulled.NOTHING


def test_what_cannot_be_pulled(puller: Puller, redis: Redis) -> None:
    with pytest.raises(UnknownRegion):
        puller.pull("nowhere")
    put(redis, source=None)
    with pytest.raises(BadInput, match="are pushed"):
        puller.pull("here")


def test_a_source_with_nothing_is_asked_again_before_the_next_frame(puller: Puller, here: Region) -> None:
    puller.schedule.claim(here, now() + timedelta(hours=1))
    pull = puller.pull("here")
    assert puller.schedule.next("here") == pull.time + pause(here, 1)


def test_a_source_is_left_alone_longer_each_time() -> None:
    pauses = [pause(region(), in_vain) for in_vain in range(1, 8)]
    assert pauses[0] == timedelta(seconds=30)
    assert pauses[1] == timedelta(seconds=60)
    assert pauses[-1] == STEP
    assert pause(region(), 10**6) == STEP


def test_a_damaged_note_of_the_last_pull_stops_nothing(puller: Puller, here: Region, redis: Redis) -> None:
    redis.set(keys.pulled("here"), "nonsense")
    assert puller.pulls.last("here") is None
    assert puller.pull("here").in_vain == 1
