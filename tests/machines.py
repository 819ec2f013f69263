"""Machines of a small network on this one: network namespaces on a bridge, whose cables can be pulled out."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

NUMBER = os.getpid() % 10_000
BRIDGE, NET = f"ncbr{NUMBER}", f"198.18.{os.getpid() % 250}"
"""Of the addresses that are there for tests of networks (RFC 2544)."""
STOP_SECONDS = 270


def ip(*words: str) -> None:
    """Run ip(8)."""
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


@dataclass
class Machine:
    """A namespace with an address of its own, and what runs in it."""

    name: str
    last: int
    folder: Path
    processes: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where others reach it."""
        return f"{NET}.{self.last}"

    @property
    def namespace(self) -> str:
        return f"nc{NUMBER}-{self.name}"

    @property
    def cable(self) -> str:
        return f"ncv{NUMBER}-{self.last}"

    def plug(self) -> None:
        """Make it, and connect it with the others."""
        ip("netns", "add", self.namespace)
        ip("link", "add", self.cable, "type", "veth", "peer", "name", "eth0", "netns", self.namespace)
        ip("link", "set", self.cable, "master", BRIDGE, "up")
        ip("-n", self.namespace, "address", "add", f"{self.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            ip("-n", self.namespace, "link", "set", device, "up")

    def cut(self) -> None:
        """From now on nothing reaches it, and nothing comes from it."""
        ip("link", "set", self.cable, "down")

    def heal(self) -> None:
        """Put its cable back in."""
        ip("link", "set", self.cable, "up")

    def run(self, *command: str, settings: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
        """A process on it, whose words go into a file."""
        with (self.folder / f"{self.name}.log").open("ab") as log:
            words = ["ip", "netns", "exec", self.namespace, *command]
            environment = {**os.environ, **(settings or {})}
            self.processes.append(subprocess.Popen(words, env=environment, stdout=log, stderr=log))
        return self.processes[-1]

    def seen_from_within(self, url: str) -> int:
        """The status with which a URL is answered to who asks on this very machine."""
        asking = "import sys, httpx; print(httpx.get(sys.argv[1], timeout=200).status_code)"
        command = ["ip", "netns", "exec", self.namespace, sys.executable, "-c", asking, url]
        return int(subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout)

    def stop(self) -> None:
        """End what runs on it."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def network(folder: Path, *names: str) -> Iterator[list[Machine]]:
    """Machines that reach each other and are reached from here; all of it goes with the block."""
    refuse()
    machines = [Machine(name, at, folder) for at, name in enumerate(names, 2)]
    with ExitStack() as stack:
        stack.callback(ip, "link", "delete", BRIDGE)
        ip("link", "add", BRIDGE, "type", "bridge")
        ip("address", "add", f"{NET}.1/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for machine in machines:
            stack.callback(ip, "netns", "delete", machine.namespace)
            machine.plug()
            stack.callback(machine.heal)
        for machine in machines:
            stack.callback(machine.stop)
        yield machines


def refuse() -> None:
    """Skip, with a sentence, where there can be no such network."""
    if sys.platform != "linux" or shutil.which("ip") is None:
        pytest.skip("there are no network namespaces: needs Linux and `apt-get install iproute2`")
    probe = f"nc{NUMBER}-probe"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"network namespaces are not permitted here, run this as root: {made.stderr.strip()}")
    ip("netns", "delete", probe)
