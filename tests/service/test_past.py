"""An archive that is slow, or cannot be opened, is told to those who ask for it and holds up nobody else."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from jobs.files import Files
from jobs.settings import Settings
from jobs.store import Store
from service.app import READERS
from tests.regions import frames, now
from tests.service.gateway import serving
from tests.service.problem import problem
from tests.service.region_client import URL, put, send

THEN = [f"{URL}/at", f"{URL}/tiles.json", f"{URL}/tiles/latest/0/0/0.png", f"{URL}/point"]


@pytest.fixture
def astray(settings: Settings, store: Store, wakes: list[str]) -> Iterator[httpx.Client]:
    """A client of a gateway whose archive is in a place that nothing can open."""
    with serving(settings.model_copy(update={"archive": "nowhere://bucket/archive"})) as gateway:
        yield gateway.client


def test_an_archive_that_cannot_be_opened_is_not_the_fault_of_the_caller(astray: httpx.Client) -> None:
    put(astray)
    send(astray, frames(1, 0))
    for path in THEN:
        asked: dict[str, str] = {"at": now().isoformat(), "time": now().isoformat(), "lon": "10", "lat": "52"}
        said = problem(astray.get(path, params=asked), 503, "archive-away")
        assert "nowhere" not in said["detail"]
    problem(astray.get("/edr/collections/here/instances"), 503, "archive-away")
    assert astray.get(f"{URL}/tiles.json").json()["kept_since"] is None
    assert astray.get(f"{URL}/tiles/latest/0/0/0.png").status_code == 200


def test_a_slow_archive_holds_up_nobody_else(idle: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    put(idle)
    asked, answering = threading.Semaphore(0), threading.Event()

    def slow(*_: object) -> list[str]:
        asked.release()
        answering.wait(60)
        return []

    monkeypatch.setattr(Files, "names", slow)
    with ThreadPoolExecutor(READERS) as others:
        waiting = [others.submit(idle.get, f"{URL}/at", params={"time": now().isoformat()}) for _ in range(READERS)]
        for _ in waiting:
            assert asked.acquire(timeout=30)
        try:
            assert send(idle, frames(1, 0)).status_code == 200
        finally:
            answering.set()
        assert {one.result().status_code for one in waiting} == {404}
