"""A store whose disk is full, made so by a limit on its files: callers are told, and nobody has to help."""

import resource
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from jobs import api_key
from jobs.settings import Settings
from jobs.store import Store
from tests.servers import BINARY, answering
from tests.service.bodies import NETCDF, file
from tests.service.gateway import CARD, Gateway, serving
from tests.service.problem import problem
from tests.waiting import until

ROOM = 2**16


def no_death() -> None:
    """A file that may not grow is an error and not a signal."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


@pytest.fixture
def server(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A Valkey that keeps what it is told on disk."""
    said = ["--port", "0", "--unixsocket", str(tmp_path / "socket"), "--save", "", "--dir", str(tmp_path)]
    kept = ["--appendonly", "yes", "--appendfsync", "everysec", "--loglevel", "warning"]
    with subprocess.Popen([str(BINARY), *said, *kept], stdout=subprocess.DEVNULL, preexec_fn=no_death) as running:  # noqa: PLW1509
        try:
            answering(running, f"unix://{tmp_path / 'socket'}")
            yield running
        finally:
            running.kill()


@pytest.fixture(params=[None, api_key.written(*api_key.minted())], ids=["without keys", "with keys"])
def gateway(
    request: pytest.FixtureRequest, server: "subprocess.Popen[bytes]", tmp_path: Path, wakes: list[str]
) -> Iterator[Gateway]:
    settings = Settings(
        redis_url=f"unix://{tmp_path / 'socket'}",
        method=CARD.method,
        queue_limit=1000,
        api_key=request.param and SecretStr(request.param),
        key_requests=10**6,
        key_nowcasts=10**6,
    )
    with serving(settings) as running:
        running.client.headers.update({"X-API-Key": request.param} if request.param else {})
        store: Store = running.app.state.store
        store.publish_cards([CARD], 600)
        yield running


def order(gateway: Gateway, horizon: int) -> int:
    """The status of an order that nobody gave before."""
    headers = {**NETCDF, "Prefer": "respond-async"}
    return gateway.client.post(f"/nowcast?horizon={horizon}", content=file(), headers=headers).status_code


def test_a_full_disk_is_a_problem_that_passes(gateway: Gateway, server: "subprocess.Popen[bytes]") -> None:
    assert order(gateway, 1) == 202
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (ROOM, resource.RLIM_INFINITY))
    horizons = iter(range(2, CARD.max_horizon + 1))
    until(lambda: order(gateway, next(horizons)) == 503, pause=0.5)  # a write may wait for the last one
    said = gateway.client.post("/nowcast", content=file(), headers=NETCDF)
    assert problem(said, 503, "store-full")["detail"] == "The store of the service is full; come back later."
    assert said.headers["retry-after"] == "30"
    assert gateway.client.get("/methods").status_code == 200
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    until(lambda: order(gateway, 1) == 202)
