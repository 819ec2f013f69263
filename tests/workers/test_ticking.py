"""What the clock does."""

import os
from pathlib import Path

import pytest

from jobs import celery_app, keys, latest
from jobs.arrivals import arrive
from jobs.queue import Queue
from jobs.region import Region
from jobs.regional import Regional
from jobs.regions import Regions
from jobs.source import SourceSpec
from jobs.store import Store
from tests.regions import frames, region
from tests.workers.storms import CARD
from workers.ticking import Ticking

SOURCE = SourceSpec(kind="folder", location="/radar")


@pytest.fixture
def sent() -> list[str]:
    return []


@pytest.fixture
def regional(store: Store, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> Regional:
    monkeypatch.setattr(celery_app, "wake", [].append)
    return Regional(store, queue)


def ticking(regional: Regional, sent: list[str], file: Path | None = None) -> Ticking:
    def send(one: Region) -> None:
        sent.append(one.id)

    return Ticking(regional, file, send)


def test_what_is_due_is_pulled_once(regional: Regional, sent: list[str]) -> None:
    Regions(regional.store.redis).put(region("pulled", source=SOURCE, pull_seconds=3600))
    Regions(regional.store.redis).put(region("pushed"))
    clocks = ticking(regional, sent), ticking(regional, sent)
    for clock in clocks * 3:
        clock.tick()
    assert sent == ["pulled"]


def test_regions_that_come_later_are_seen(regional: Regional, sent: list[str]) -> None:
    clock = ticking(regional, sent)
    clock.tick()
    Regions(regional.store.redis).put(region("new", source=SOURCE))
    clock.tick()
    assert sent == ["new"]


def test_one_damaged_region_does_not_stop_the_others(regional: Regional, sent: list[str]) -> None:
    Regions(regional.store.redis).put(region("a", source=SOURCE))
    Regions(regional.store.redis).put(region("b", source=SOURCE))
    regional.store.redis.zadd(keys.latest("a")[2], {"lost": 1})
    regional.store.redis.hset(keys.REGIONS, "c", "nonsense")
    ticking(regional, sent).tick()
    assert sent == ["a", "b"]


def write(file: Path, text: str, at: int) -> None:
    file.write_text(text)
    os.utime(file, (at, at))


def test_the_file_is_read_when_it_has_changed(regional: Regional, sent: list[str], tmp_path: Path) -> None:
    file, known = tmp_path / "regions.toml", Regions(regional.store.redis)
    write(file, "[region.a]\ncadence_minutes = 5\n", 1)
    clock = ticking(regional, sent, file)
    clock.tick()
    assert [one.id for one in known.all()] == ["a"]
    known.delete("a")
    clock.tick()
    assert known.all() == []
    write(file, "[region.b]\ncadence_minutes = 5\n", 2)
    clock.tick()
    assert [one.id for one in known.all()] == ["b"]


@pytest.mark.parametrize("wrong", ["[region.a]\ncadence_minutes = 7\n", "[region", None])
def test_a_file_that_is_wrong_changes_nothing(
    regional: Regional, sent: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture, wrong: str | None
) -> None:
    file, known = tmp_path / "regions.toml", Regions(regional.store.redis)
    write(file, "[region.a]\ncadence_minutes = 5\n", 1)
    clock = ticking(regional, sent, file)
    clock.tick()
    file.unlink() if wrong is None else write(file, wrong, 2)
    clock.tick()
    assert [one.id for one in known.all()] == ["a"]
    assert "stay as they were" in caplog.text


def test_a_nowcast_is_ordered_as_soon_as_a_worker_is_there(
    regional: Regional, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latest, "AGAIN_SECONDS", 0)
    here = region(method=CARD.method, horizon=3)
    Regions(regional.store.redis).put(here)
    arrive(regional.history, here, frames(1, 0))
    regional.order(here)
    ticking(regional, sent).tick()
    assert regional.queue.backlog(CARD.method) == 0
    regional.store.publish_cards([CARD], 3600)
    ticking(regional, sent).tick()
    ticking(regional, sent).tick()
    assert regional.queue.backlog(CARD.method) == 1
    assert regional.latest.trouble("here") is None
