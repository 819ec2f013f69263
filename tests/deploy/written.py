"""What Dockerfile, docker-compose.yml and the Kubernetes manifests say, as their readers understand it."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from json import loads
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "Dockerfile"
KUBERNETES = ROOT / "deploy/k8s"
COMPONENTS = ("gpu", "keda", "monitoring")
OURS = ("gateway", "worker", "scheduler", "puller", "verifier")
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")

Manifest = dict[str, Any]


@cache
def compose() -> Manifest:
    """The compose file with its defaults, but a worker with one thread: tests share their machine."""
    given = {"NOWCAST_THREADS": "1"}
    text = VARIABLE.sub(lambda found: given.get(found[1], found[2]), COMPOSE.read_text())
    read: Manifest = yaml.safe_load(text)
    return read


def service(name: str) -> Manifest:
    """A service of the compose file."""
    found: Manifest = compose()["services"][name]
    return found


def words(command: str | list[str]) -> list[str]:
    """A command as compose takes it."""
    return shlex.split(command) if isinstance(command, str) else command


def seconds(duration: str) -> float:
    """A duration of compose; all of ours are whole seconds."""
    return float(duration.removesuffix("s"))


@dataclass(frozen=True)
class Stage:
    """A stage of the Dockerfile with what it says itself."""

    name: str
    parent: str
    lines: list[tuple[str, str]]

    def all(self, verb: str) -> list[str]:
        """What follows a verb, in the stages this one begins with and in itself."""
        before = stages()[self.parent].all(verb) if self.parent in stages() else []
        return [*before, *(rest for found, rest in self.lines if found == verb)]

    def environment(self) -> dict[str, str]:
        """What ENV sets."""
        return dict(pair.split("=", 1) for line in self.all("ENV") for pair in shlex.split(line))

    def command(self) -> list[str]:
        """ENTRYPOINT and CMD."""
        entry, command = (loads(self.all(verb)[-1]) for verb in ("ENTRYPOINT", "CMD"))
        return [*entry, *command]

    def healthcheck(self) -> list[str]:
        """The command of HEALTHCHECK."""
        found: list[str] = loads(self.all("HEALTHCHECK")[-1].partition(" CMD ")[2])
        return found

    def imports(self) -> str:
        """The statement that imports what its roles run."""
        (statement,) = re.findall(r'python -c "(import [\w., ]+)"', " ".join(self.all("RUN")))
        return str(statement)

    def extras(self) -> list[str]:
        """The extras of pyproject.toml that are installed into it."""
        (packages,) = (line.split()[0] for line in self.all("COPY") if line.startswith("--from=packages-"))
        asked = " ".join(stages()[packages.removeprefix("--from=")].all("RUN"))
        if lock := re.search(r"--requirement (\w+)\.lock", asked):
            return locked_extras(lock[1])
        (extras,) = re.findall(r"requirements\.py pyproject\.toml ([\w ]+?) >", asked)
        return str(extras).split()


def locked_extras(name: str) -> list[str]:
    """The extras that a lock was made of, as its head says."""
    head = (ROOT / f"deploy/{name}.lock").read_text().splitlines()[0]
    (extras,) = re.findall(r"pyproject\.toml\[([\w,]+)\]", head)
    return str(extras).split(",")


@cache
def stages() -> dict[str, Stage]:
    """Every stage by its name."""
    return {stage.name: stage for stage in read_stages(DOCKERFILE.read_text())}


def read_stages(text: str) -> Iterator[Stage]:
    """The stages of a Dockerfile, whose comments stand on lines of their own."""
    whole = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#")).replace("\\\n", " ")
    lines = [tuple(line.split(maxsplit=1)) for line in whole.splitlines() if line.strip()]
    starts = [at for at, (verb, _) in enumerate(lines) if verb == "FROM"]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        parent, _, name = lines[start][1].partition(" AS ")
        yield Stage(name, parent, [(verb, rest) for verb, rest in lines[start + 1 : end]])


def manifests(folder: Path) -> list[Manifest]:
    """What kustomize makes of a folder; a test is skipped where there is no kubectl."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("there is no kubectl (1.27 or newer) to render the manifests with: install it")
    quiet: Mapping[str, str] = {**os.environ, "HOME": str(folder)}
    said = subprocess.run([kubectl, "kustomize", folder], env=quiet, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return [found for found in yaml.safe_load_all(said.stdout) if found]
