"""A `nowcast serve` of one's own, on a scratch folder: nothing that is done in it touches another."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from redis import Redis

from cli.embedded import python, running
from radar.errors import BadInput, NowcastError

START_SECONDS, STOP_SECONDS = 180.0, 270.0
LONG_SECONDS = 3600
"""How long jobs may wait and results are kept: nobody waits for them here, and none may be lost."""
OTHERS = re.compile(
    r"NOWCAST_(REDIS_.*|REGIONS|DATA|ARCHIVE|REPLAYS|API_KEY|METRICS_PORT)|PROMETHEUS_MULTIPROC_DIR", re.DOTALL
)
"""Variables that lead to the store, the archive, the keys or the ports of another service."""


class Refused(NowcastError):
    """What a service answered that is no success."""


@dataclass(frozen=True)
class Service:
    """A service that runs: the process all others hang below, and the server they share."""

    port: int
    redis: Redis
    pid: int

    def ask(self, method: str, path: str, body: bytes = b"", media: str = "application/json") -> bytes:
        """The body of an answer; Refused with what it says."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, {"Content-Type": media, "Content-Length": str(len(body))})
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise Refused(f"{method} {path} was answered by {answer.status}: {said.decode(errors='replace')[:500]}")
        return said

    @property
    def ready(self) -> bool:
        """True when it can make nowcasts."""
        try:
            return bool(self.ask("GET", "/health/ready"))
        except (Refused, OSError, HTTPException):
            return False


@contextmanager
def private_service(settings: Mapping[str, str] | None = None) -> Iterator[Service]:
    """All roles but the puller, ready; it ends with the block, and what it kept is gone.

    settings: more variables of its environment.
    """
    with tempfile.TemporaryDirectory(prefix="nowcast-") as folder:
        port, data = free_port(), Path(folder)
        roles = [part for role in ("worker", "scheduler", "verifier", "gateway") for part in ("--role", role)]
        command = python("cli", "serve", "--port", str(port), "--data", folder, *roles)
        told = {**environment(), **(settings or {})}
        process = subprocess.Popen(command, env=told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield started(process, port, data, told.get("NOWCAST_REDIS_URL"))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_SECONDS)


def environment() -> dict[str, str]:
    """Ours, but with a server and a folder of its own, no regions, no keys, and patience."""
    patient = {
        "NOWCAST_ACCESS": "open",
        "NOWCAST_DEADLINE_SECONDS": str(LONG_SECONDS),
        "NOWCAST_RESULT_SECONDS": str(LONG_SECONDS),
    }
    kept = {name: value for name, value in os.environ.items() if not OTHERS.fullmatch(name)}
    return {**kept, **patient, "CREDENTIALS_DIRECTORY": os.devnull}


def started(process: "subprocess.Popen[bytes]", port: int, data: Path, store: str | None) -> Service:
    """The service once it is ready; BadInput when it never is. store: where its server is, when it brings none."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if address := store or running(data):
            service = Service(port, Redis.from_url(address), process.pid)
            if service.ready:
                return service
        time.sleep(0.2)
    raise BadInput(f"No service could be started on port {port}: try `nowcast serve`, which says why.")


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
