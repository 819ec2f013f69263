"""The services of docker-compose.yml as processes of this machine, with their own commands, settings and folders."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from redis import Redis

from tests.deploy.installed import environment, wheel
from tests.deploy.written import OURS, ROOT, seconds, service, stages, words
from tests.servers import BINARY, free_port
from tests.waiting import until

STRANGER = "127.0.0.2"
"""To a server in protected mode this is another machine."""
PATIENCE = 400.0


@dataclass
class Composed:
    """What runs, and where its folders lie on this machine instead of in containers."""

    folder: Path
    wheel: Path
    programs: Mapping[str, Path]
    ports: dict[str, int] = field(default_factory=lambda: {"8000": free_port(), "6379": free_port()})
    metrics: dict[str, int] = field(default_factory=dict)
    processes: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the gateway is."""
        return f"http://127.0.0.1:{self.ports['8000']}"

    @property
    def key(self) -> dict[str, str]:
        """The header with the first API key."""
        return {"Authorization": f"Bearer {(self.folder / 'secrets/nowcast_api_key').read_text()}"}

    def redis(self) -> Redis:
        """The store, as our roles reach it."""
        return Redis.from_url((self.folder / "secrets/nowcast_redis_url").read_text())

    def mounts(self, name: str) -> dict[str, Path]:
        """The folders of a container, as compose declares them, and what stands for them here; longest paths first."""
        found = {"/run/secrets": self.folder / "secrets"}
        for tmpfs in service(name).get("tmpfs", []):
            path = tmpfs.partition(":")[0]
            found[path] = self.folder / "tmp" / name / path.lstrip("/")
        for volume in service(name).get("volumes", []):
            source, target = volume.split(":")[:2]
            found[target] = ROOT / source if source.startswith(".") else self.folder / "volumes" / source
        for path in found.values():
            path.mkdir(parents=True, exist_ok=True)
        return dict(sorted(found.items(), reverse=True))

    def nest(self, name: str) -> None:
        """Show a folder that is mounted below another one there."""
        mounts = self.mounts(name)
        for target, path in mounts.items():
            for outer in (
                mounts[parent] / target[len(parent) + 1 :] for parent in mounts if target.startswith(f"{parent}/")
            ):
                outer.symlink_to(path)

    def here(self, name: str, word: str) -> str:
        """A word of a command or a setting, with this machine's folder, port and address."""
        for target, path in self.mounts(name).items():
            if word == target or word.startswith(f"{target}/"):
                return str(path) + word.removeprefix(target)
        return {"0.0.0.0": "127.0.0.1"}.get(word, str(self.ports.get(word, word)))

    def settings(self, name: str) -> dict[str, str]:
        """The environment of one of our services: what image and compose say, and nothing of ours."""
        said = {**stages()[target(name)].environment(), **service(name).get("environment", {})}
        given = {key: self.here(name, str(value)) for key, value in said.items() if key != "PATH"}
        if "NOWCAST_METRICS_PORT" in given:  # containers have an address each, processes of this machine have not
            given["NOWCAST_METRICS_PORT"] = str(self.metrics.setdefault(name, free_port()))
        path = f"{self.programs[target(name)]}:/usr/bin:/bin"
        return {**given, "PATH": path, "OMP_NUM_THREADS": "1", "CREDENTIALS_DIRECTORY": str(self.folder / "secrets")}

    def program(self, name: str, command: str) -> Path:
        """A program of a service's image."""
        return self.programs[target(name)] / command

    def start(self, name: str) -> None:
        """Start a service as its container would."""
        self.nest(name)
        if name == "valkey":
            program, settings = BINARY, dict(os.environ)
            _, *arguments = words(service(name)["command"])
        else:
            program, settings = self.program(name, stages()[target(name)].command()[0]), self.settings(name)
            arguments = service(name)["command"]
        command = [str(program), *(self.here(name, word) for word in arguments)]
        scratch = self.mounts(name).get("/tmp", self.folder)
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(command, cwd=scratch, env=settings, stdout=log, stderr=log)

    def healthy(self, name: str) -> bool:
        """Run the healthcheck of one of our services; what has ended will never be healthy."""
        assert self.processes[name].poll() is None, self.said(name)
        command = service(name)["healthcheck"]["test"][1:]
        port = ["--port", str(self.ports["8000"])] if name == "gateway" else []
        asked = [self.program(name, command[0]), *command[1:], *port]
        return not subprocess.run(
            asked, cwd=self.folder, env=self.settings(name), capture_output=True, check=False
        ).returncode

    def warm(self, name: str) -> None:
        """Wait until a service is healthy; when it never is, its log says why."""
        try:
            until(partial(self.healthy, name), PATIENCE, pause=1)
        except TimeoutError:
            pytest.fail(self.said(name))

    def said(self, name: str) -> str:
        """The log of a service."""
        return f"{name}: {(self.folder / f'{name}.log').read_text()}"

    def stop(self) -> dict[str, int]:
        """Ask our services to end, each in its time, then the store; their exit codes."""
        return {name: self.end(name) for name in (*OURS, "valkey")}

    def end(self, name: str) -> int:
        """Stop a service as its engine would: asked, then waited for; TimeoutExpired where it would be killed."""
        process = self.processes[name]
        process.send_signal(getattr(signal, stages()["runtime"].all("STOPSIGNAL")[-1]))
        return process.wait(seconds(service(name)["stop_grace_period"]))


def target(name: str) -> str:
    """The stage of the Dockerfile that a service is made of."""
    found: str = service(name)["build"]["target"]
    return found


def greets(port: int) -> bool:
    """True when a server lets a stranger say PING."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(STRANGER, 0)) as line:
            line.sendall(b"PING\r\n")
            return line.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def secrets(folder: Path, port: int) -> None:
    """What the script makes, with the store's address here."""
    subprocess.run([ROOT / "deploy/make-secrets", folder], check=True, capture_output=True)
    url = folder / "nowcast_redis_url"
    text = url.read_text().replace("valkey:6379", f"127.0.0.1:{port}")
    url.unlink()
    url.write_text(text)


def image(name: str, folder: Path, built: Path) -> Path:
    """The programs of what an image has, in which everything can be imported that its roles run."""
    programs = environment(folder, built, stages()[name].extras())
    asked = [str(programs / "python"), "-c", stages()[name].imports()]
    said = subprocess.run(asked, cwd=folder, env={"PATH": str(programs)}, capture_output=True, text=True, check=False)
    assert said.returncode == 0, f"{name}: {said.stderr}"
    return programs


@contextmanager
def composed(folder: Path) -> Iterator[Composed]:
    """All services without a profile, healthy by their own healthchecks."""
    built = wheel(folder)
    targets = {target(name) for name in OURS}
    programs = {name: image(name, folder / "images" / name, built) for name in targets}
    running = Composed(folder, built, programs)
    secrets(folder / "secrets", running.ports["6379"])
    try:
        running.start("valkey")
        until(lambda: greets(running.ports["6379"]), PATIENCE)
        for name in OURS:
            running.start(name)
        for name in OURS:
            running.warm(name)
        yield running
    finally:
        for process in running.processes.values():
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """One for all tests of a module: it takes a while to get warm."""
    with composed(tmp_path_factory.mktemp("compose")) as running:
        yield running


def storage_client() -> str | None:
    """A program that understands the healthcheck of the store."""
    return shutil.which("valkey-cli") or shutil.which("redis-cli")
