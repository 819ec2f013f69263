"""The real service as child processes, for end-to-end tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.servers import free_port
from tests.waiting import until

READY_SECONDS, ANSWER_SECONDS, END_SECONDS = 180.0, 400.0, 270.0
"""A supervisor gives its children up to a minute for each of their turns."""


@dataclass(frozen=True)
class Served:
    """A running `nowcast serve`."""

    process: "subprocess.Popen[bytes]"
    url: str
    data: Path

    def post(self, body: bytes, query: str = "", **headers: str) -> httpx.Response:
        """POST a NetCDF body to /nowcast and wait for the answer."""
        given = {"Content-Type": "application/x-netcdf", **{name.replace("_", "-"): headers[name] for name in headers}}
        return httpx.post(f"{self.url}/nowcast{query}", content=body, headers=given, timeout=ANSWER_SECONDS)

    def children(self, marker: str) -> list[int]:
        """The supervised processes whose command line holds a marker."""
        return [pid for pid in children_of(self.process.pid) if marker in command_line(pid)]

    def kill(self, marker: str, seconds: float = READY_SECONDS) -> None:
        """Kill a process with all that it has forked (`kill -9`), and wait until another is in its place."""
        victims = self.children(marker)
        for pid in [child for victim in victims for child in (*children_of(victim), victim)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: self.children(marker) not in ([], victims), seconds)

    def ready(self) -> bool:
        """True when the service says it is ready."""
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=30).status_code == 200
        except httpx.HTTPError:
            return False


@contextmanager
def served(data: Path, log: Path | None = None, roles: Sequence[str] = (), /, **settings: object) -> Iterator[Served]:
    """`nowcast serve` on a free port with its own data folder, ready to answer; what it says goes into a file.

    When it is told to end, all its processes do. roles: all, if none is named.
    """
    environment = {**os.environ, **{f"NOWCAST_{name.upper()}": str(value) for name, value in settings.items()}}
    environment.pop("NOWCAST_REDIS_URL", None)
    port = free_port()
    command = [sys.executable, "-m", "cli", "serve", "--port", str(port), "--data", str(data)]
    command += [word for role in roles for word in ("--role", role)]
    with log.open("wb") if log else nullcontext() as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
    service = Served(process, f"http://127.0.0.1:{port}", data)
    try:
        until(lambda: service.ready() or process.poll() is not None, READY_SECONDS)
        assert process.poll() is None, "nowcast serve ended before it was ready"
        yield service
    finally:
        begun = family(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(END_SECONDS) == 0
        until(lambda: not any(map(alive, begun)))


def children_of(pid: int) -> list[int]:
    """Process ids of the direct children."""
    lists = (path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children"))
    return [int(child) for text in lists for child in text.split()]


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    return [pid, *(one for child in children_of(pid) for one in family(child))]


def command_line(pid: int) -> str:
    """How a process was started; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def environment(pid: int) -> dict[str, str]:
    """The environment a process was started with."""
    entries = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def alive(pid: int) -> bool:
    """True while a process runs (a zombie does not)."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
