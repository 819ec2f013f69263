"""The end of a gateway: who waits is told where to ask, at once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
from redis import Redis

from jobs.queue import Queue
from jobs.settings import Settings
from jobs.store import Store
from tests.servers import free_port
from tests.service.bodies import tiny
from tests.service.gateway import CARD
from tests.service.problem import problem
from tests.service.unix import unix_valkey
from tests.waiting import until

GRACE_SECONDS = 120


@contextmanager
def gateway(url: str, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A gateway in a process of its own."""
    environment = {**os.environ, "NOWCAST_REDIS_URL": url, "NOWCAST_METHOD": CARD.method}
    command = [sys.executable, "-m", "uvicorn", "--factory", "service.app:create", "--port", str(port)]
    bounds = ["--timeout-graceful-shutdown", str(GRACE_SECONDS), "--log-level", "warning"]
    root = Path(__file__).parents[2]
    with subprocess.Popen([*command, *bounds], env=environment, cwd=root, stderr=subprocess.PIPE) as process:
        try:
            until(lambda: alive(port))
            yield process
        finally:
            process.kill()


def alive(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=30).is_success
    except httpx.TransportError:
        return False


def test_who_waits_at_sigterm_is_told_where_to_ask() -> None:
    port = free_port()
    with unix_valkey() as url, Redis.from_url(url) as redis, gateway(url, port) as process:
        settings = Settings(redis_url=url)
        store, queue = Store(redis, settings), Queue(redis, settings)
        store.publish_cards([CARD], 600)
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(httpx.post, f"http://127.0.0.1:{port}/nowcast", json=tiny(), timeout=200)
            until(lambda: queue.backlog(CARD.method))
            time.sleep(0.3)
            began = time.monotonic()
            process.terminate()
            said = asked.result()
        _, trace = process.communicate(timeout=200)
        assert time.monotonic() - began < GRACE_SECONDS / 2
        waits_on(store, said)
    assert process.returncode == -signal.SIGTERM
    assert b"Traceback" not in trace, trace.decode()


def waits_on(store: Store, said: httpx.Response) -> None:
    """The answer tells that the job goes on and where to ask for it."""
    where = said.headers["location"]
    assert problem(said, 503, "shutting-down")["detail"].endswith(f"the job goes on, ask for it at {where}.")
    assert said.headers["retry-after"] == "5"
    assert not store.job(where.removeprefix("/nowcasts/")).status.final
