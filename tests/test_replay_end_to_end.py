"""Real storms, replayed through the service that runs, give the very counts of `nowcast evaluate` on the same files."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray
from redis import Redis

from jobs.counted import KINDS
from model.verification.results import read
from tests.processes import Served, environment, served
from tests.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),  # three storms are replayed while processes are killed
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc: run these on Linux"),
]

FOLDER = Path(__file__).parents[2] / "shared/data/radar"
EVENTS = {
    "nl_knmi_20100826T0000": {"time": 40, "y": 350, "x": 200},
    "ch_mch_20160711T2045": {"time": 10, "y": 200, "x": 300},
    "fi_fmi_20160928T1445": {"time": 10, "y": 500, "x": 300},
}
"""Three radars, and where a stormy part of each begins."""
SIZES = {"time": 13, "y": 64, "x": 64}
LEADS, EVERY, LEVELS = 2, 2, (0.5, 2.0)
WINDOWS = 2
METHODS = ("ms-convlstm", "extrapolation", "persistence")
PLAN = {"cadence_minutes": 5, "method": METHODS[0], "horizon": LEADS, "thresholds": LEVELS}
SECONDS = 600.0
KILLED = ("workers.puller", "workers.verifier", "valkey-server", "workers.drainer", "workers.puller")
CDF = {"Content-Type": "application/x-netcdf"}
Found = dict[str, NDArray[np.int64]]


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of each event, packed as the whole is."""
    if not FOLDER.is_dir():
        pytest.skip(f"needs the radar events in {FOLDER}")
    folder = tmp_path_factory.mktemp("events")
    for name, begins in EVENTS.items():
        with xr.open_dataset(FOLDER / f"{name}.nc", mask_and_scale=False) as dataset:
            part = dataset.isel({axis: slice(at, at + SIZES[axis]) for axis, at in begins.items()})
            part.to_netcdf(folder / f"{name}.nc")
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("replayed")


@pytest.fixture(scope="module")
def service(events: Path, data: Path) -> Iterator[Served]:
    with served(data, threads=1, replays=events) as service:
        httpx.put(f"{service.url}/regions/here", json=PLAN, timeout=60).raise_for_status()
        yield service


@pytest.fixture(scope="module")
def expected(events: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Found]:
    """By event and method, what `nowcast evaluate` counts: (leads, thresholds, kinds)."""
    out = tmp_path_factory.mktemp("evaluated")
    protocol = ["--leads", str(LEADS), "--every", str(EVERY), "--thresholds", ",".join(map(str, LEVELS))]
    methods = [part for name in METHODS for part in ("--method", name)]
    command = [sys.executable, "-m", "cli", "evaluate", str(events), *methods, *protocol, "-o", str(out)]
    given = {**os.environ, "NOWCAST_THREADS": "1"}
    subprocess.run(command, env=given, check=True, capture_output=True, timeout=600)
    found: dict[str, Found] = {name: {} for name in EVENTS}
    for key, sheet in read(out / "report.json").sheets.items():
        counts = np.stack([getattr(sheet.counts, kind) for kind in KINDS], axis=-1)
        of_event = found[key.block.partition("+")[0]]
        of_event[key.method] = of_event[key.method] + counts if key.method in of_event else counts
    return found


def started(service: Served, events: Path, name: str, *, upload: bool) -> str:
    """Where the replay of an event is, which is sent or named."""
    query = {"speed": "3600", "every": str(EVERY)} | ({} if upload else {"event": f"{name}.nc"})
    body = (events / f"{name}.nc").read_bytes() if upload else b""
    answer = httpx.post(f"{service.url}/regions/here/replays", params=query, content=body, headers=CDF, timeout=60)
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == answer.json()["links"]["self"]
    return str(answer.headers["Location"])


def asked(service: Served, path: str) -> dict[str, Any]:
    answer = httpx.get(f"{service.url}{path}", timeout=60)
    said: dict[str, Any] = answer.raise_for_status().json()
    return said


def done(service: Served, path: str) -> bool:
    """True when a replay is at its end; nobody knows while the service recovers."""
    try:
        return bool(asked(service, path)["state"] == "done")
    except httpx.HTTPError:
        return False


def counted(said: dict[str, Any]) -> Found:
    """By method, (leads, thresholds, kinds)."""
    return {
        one["method"]: np.array(
            [[[cell[kind] for kind in KINDS] for cell in lead["thresholds"]] for lead in one["leads"]]
        )
        for one in said["methods"]
    }


@pytest.fixture(scope="module")
def places(service: Served, events: Path) -> dict[str, str]:
    """By event, where its replay is; what feeds, computes, verifies and stores was killed at random moments."""
    places = {name: started(service, events, name, upload=at == 0) for at, name in enumerate(EVENTS)}
    listed = asked(service, "/regions/here/replays")["replays"]
    assert {one["links"]["self"] for one in listed} == set(places.values())
    chance = random.Random(11)
    for victim in KILLED:
        time.sleep(chance.uniform(0, 3))
        service.kill(victim)
    for place in places.values():
        until(partial(done, service, place), SECONDS, 1)
    return places


def test_three_storms_give_the_counts_of_an_evaluation(
    service: Served, places: dict[str, str], expected: dict[str, Found]
) -> None:
    for name, place in places.items():
        said = asked(service, place)
        assert (said["fed"], said["to_verify"], said["trouble"]) == (SIZES["time"], 0, None)
        assert said["windows"] == WINDOWS
        found = counted(said)
        assert found.keys() == set(METHODS) == expected[name].keys()
        for method in METHODS:
            np.testing.assert_array_equal(found[method], expected[name][method], f"{name} by {method}")


@pytest.mark.usefixtures("places")
def test_a_replay_is_a_region_apart(service: Served) -> None:
    """It answers as every region does, and is in no list, map or metric of those that are served."""
    (replay, *_) = asked(service, "/regions/here/replays")["replays"]
    assert len(asked(service, replay["links"]["frames"])["times"]) == SIZES["time"]
    assert asked(service, replay["links"]["nowcast"])["reference_time"] == replay["last"]
    whole = asked(service, replay["links"]["skill"])["methods"]
    assert {one["method"] for one in whole} == set(METHODS)
    at = f"{replay['links']['region']}/at"
    answer = httpx.get(f"{service.url}{at}", params={"time": replay["last"]}, timeout=60)
    assert answer.status_code == 200
    assert [one["id"] for one in asked(service, "/regions")["regions"]] == ["here"]
    assert replay["id"] not in asked(service, "/health/ready")["regions"]
    metrics = httpx.get(f"{service.url}/metrics", timeout=60).text
    assert f'nowcast_verification_hits_total{{lead="5",method="persistence",region="{replay["id"]}"' not in metrics


@pytest.mark.usefixtures("places")
def test_nothing_is_left_of_a_replay_that_is_deleted(service: Served, data: Path) -> None:
    (replay, *_) = asked(service, "/regions/here/replays")["replays"]
    place = f"{service.url}{replay['links']['self']}"
    assert httpx.delete(place, timeout=60).status_code == 204
    assert httpx.get(place, timeout=60).status_code == 404
    assert httpx.get(f"{service.url}{replay['links']['region']}", timeout=60).status_code == 404
    until(lambda: not (data / "archive" / replay["id"]).exists())
    (gateway,) = service.children("service.app")
    with Redis.from_url(environment(gateway)["NOWCAST_REDIS_URL"]) as redis:
        until(lambda: not list(redis.scan_iter(f"*{replay['id']}*", count=1000)))


def test_what_cannot_be_replayed_is_a_sentence(service: Served) -> None:
    url = f"{service.url}/regions/here/replays"
    for query, body, status in (
        ({"event": "none.nc"}, b"", 404),
        ({"event": "../here.nc"}, b"", 422),
        ({"method": "magic"}, b"", 404),
        ({"speed": "0"}, b"", 422),
        ({"sped": "60"}, b"", 422),
        ({}, b"no frames", 415),
    ):
        answer = httpx.post(url, params=query, content=body, headers=CDF, timeout=60)
        assert answer.status_code == status, answer.text
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert httpx.get(f"{url}/here", timeout=60).status_code == 404
