"""The whole way through the house with real processes: gateway, worker, scheduler, Valkey."""

import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from subprocess import run

import httpx
import numpy as np
import pytest
from redis import Redis

from jobs import keys
from radar.formats import netcdf
from radar.synthetic import storm
from tests.cli.test_serve import serve
from tests.processes import Served, alive, children_of, environment, family, served
from tests.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc: run these on Linux"),
]

SLOW = 384
"""Pixels a side of a storm that takes a worker some seconds."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("data"), lease_seconds=2, threads=1) as running:
        yield running


def body(size: int = 64, seed: int = 0) -> bytes:
    return netcdf.write(storm(shape=(size, size), frames=12, seed=seed))


def test_a_storm_comes_back_as_twelve_frames_on_its_grid(service: Served) -> None:
    sent = storm(shape=(61, 127), frames=12, seed=1)
    answer = service.post(netcdf.write(sent), "?horizon=12", Accept="application/x-netcdf")
    assert answer.status_code == 200, answer.text
    nowcast = netcdf.read_nowcast(answer.content)
    assert nowcast.method == "ms-convlstm"
    assert nowcast.frames.rain.shape == (12, 61, 127)
    np.testing.assert_allclose(nowcast.frames.grid.transform, sent.grid.transform)


@pytest.mark.parametrize("shape", [(1, 1), (7, 13), (1226, 760)])
def test_any_grid_is_served(service: Served, shape: tuple[int, int]) -> None:
    sent = netcdf.write(storm(shape=shape, frames=4, seed=3))
    answer = service.post(sent, "?horizon=1", Accept="application/x-netcdf")
    assert answer.status_code == 200, answer.text
    assert netcdf.read_nowcast(answer.content).frames.rain.shape == (1, *shape)


def test_predict_gives_the_same_numbers(service: Served, tmp_path: Path) -> None:
    source, out = tmp_path / "storm.nc", tmp_path / "nowcast.nc"
    source.write_bytes(body(seed=2))
    over_http = service.post(source.read_bytes(), "?horizon=12", Accept="application/x-netcdf")
    one_thread = {**os.environ, "NOWCAST_THREADS": "1"}
    run([sys.executable, "-m", "cli", "predict", source, "-o", out, "--horizon", "12"], env=one_thread, check=True)
    one, other = netcdf.read_nowcast(over_http.content), netcdf.read_nowcast(out.read_bytes())
    np.testing.assert_allclose(one.frames.rain, other.frames.rain, atol=1e-6)
    assert one.frames.times == other.frames.times


@pytest.mark.parametrize("victim", ["pool child", "worker"])
def test_a_worker_killed_during_a_request_still_ends_in_a_nowcast(service: Served, victim: str) -> None:
    with ThreadPoolExecutor() as pool:
        waiting = running(service, pool, len(victim))
        worker = until(lambda: service.children("workers.drainer"))[0]
        os.kill(worker if victim == "worker" else until(lambda: children_of(worker))[0], signal.SIGKILL)
        answer = waiting.result()
    assert answer.status_code == 200, answer.text
    assert len(netcdf.read_nowcast(answer.content).frames) == 24


def running(service: Served, pool: ThreadPoolExecutor, seed: int) -> "Future[httpx.Response]":
    """A request whose job a worker has; one that was over before anybody looked is followed by the next."""
    for number in range(seed, seed + 1000, 100):
        storm_body = body(SLOW, seed=number)
        waiting = pool.submit(service.post, storm_body, "?horizon=24", Accept="application/x-netcdf")
        if until(partial(begun, service, storm_body)) == "running":
            return waiting
    pytest.fail("every job was done before it was seen to run")


def begun(service: Served, storm_body: bytes) -> str:
    """Where a job stands, nothing while it waits: the same request joins the same flight, so asking costs nothing."""
    answer = service.post(storm_body, "?horizon=24", Prefer="respond-async")
    status = answer.json()["status"] if answer.status_code == 202 else "done"
    return "" if status == "queued" else str(status)


def test_the_gateway_hears_notices(service: Served) -> None:
    """Without them every answer waits for the slow look at the store, a second and more."""
    (gateway,) = service.children("service.app")
    with Redis.from_url(environment(gateway)["NOWCAST_REDIS_URL"]) as redis:
        until(lambda: redis.pubsub_numsub(keys.NOTICES) == [(keys.NOTICES.encode(), 1)])


def test_a_killed_scheduler_leaves_no_clock_behind(service: Served) -> None:
    (scheduler,) = service.children("workers.scheduler")
    clocks = until(lambda: children_of(scheduler))
    os.kill(scheduler, signal.SIGKILL)
    until(lambda: service.children("workers.scheduler") not in ([], [scheduler]))
    until(lambda: not [clock for clock in clocks if alive(clock)])


def test_a_killed_gateway_comes_back(service: Served) -> None:
    until(service.ready)
    (gateway,) = service.children("service.app")
    os.kill(gateway, signal.SIGKILL)
    until(lambda: service.children("service.app") not in ([], [gateway]) and service.ready())
    assert service.post(body(), "?horizon=1").status_code == 200


def test_a_killed_valkey_comes_back_with_its_data(service: Served) -> None:
    before = service.post(body(seed=5), "?horizon=2").json()["id"]
    until(service.ready)
    (valkey,) = service.children("valkey-server")
    os.kill(valkey, signal.SIGKILL)
    until(lambda: service.children("valkey-server") not in ([], [valkey]) and service.ready())
    assert service.post(body(seed=6), "?horizon=2").status_code == 200
    assert httpx.get(f"{service.url}/nowcasts/{before}", timeout=60).json()["id"] == before


def test_one_data_folder_and_one_port_serve_one_at_a_time(service: Served, tmp_path: Path) -> None:
    again = serve(service.data)
    assert again.returncode == 2
    assert "Another nowcast serve uses the data folder" in again.stderr
    taken = serve(tmp_path, "--port", service.url.rpartition(":")[2])
    assert taken.returncode == 2
    assert "cannot listen" in taken.stderr


def test_every_role_is_a_process_that_ends_with_the_others(service: Served) -> None:
    """That they end is what `served` sees to; here, that there are as many as there should be."""
    until(lambda: len(service.children("")) == 6)
    until(lambda: len(family(service.process.pid)) >= 6 + len(["drain", "pull", "pull", "verify"]))
