"""A service in two process groups, with regions that it rains on, and the real Prometheus that watches both."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from radar.formats import netcdf
from radar.frames import Frames
from radar.synthetic import storm
from tests.deploy.written import ROOT
from tests.regions import frames as small_frames
from tests.regions import now
from tests.servers import free_port, valkey
from tests.waiting import until

PATIENCE, END_SECONDS = 240.0, 270.0
FRAMES, LEADS, SIDE = 10, 3, 32
CDF = {"Content-Type": "application/x-netcdf"}
PLAN = {"cadence_minutes": 5, "method": "extrapolation", "horizon": LEADS, "thresholds": [0.5, 2]}
PULLED = """
[region.pulled]
cadence_minutes = 5
method = "persistence"
horizon = 3
pull_seconds = 1
grid = {{ height = 8, width = 8, transform = [1000, 0, 4321000, 0, -1000, 3210000], crs = "EPSG:3035" }}

[region.pulled.source]
kind = "folder"
location = "{folder}"
name = "%Y%m%d%H%M.nc"
options = {{ settle_seconds = 0 }}
"""
GROUPS = {"gateway": ("gateway", "scheduler", "puller", "verifier"), "worker": ("worker",)}


@dataclass(frozen=True)
class Observed:
    """What runs: where the gateway, the worker's metrics and Prometheus are."""

    gateway: str
    worker: str
    prometheus: str

    def ask(self, path: str, **parameters: str) -> Any:
        """The data of an answer of Prometheus, which must be a success."""
        answer = httpx.get(f"{self.prometheus}/api/v1/{path}", params=parameters, timeout=60)
        said = answer.json()
        assert said["status"] == "success", f"{parameters}: {said}"
        return said["data"]

    def query(self, expr: str) -> list[dict[str, Any]]:
        """What an expression gives now."""
        found: list[dict[str, Any]] = self.ask("query", query=expr)["result"]
        return found

    def skill(self, method: str) -> dict[str, Any]:
        """What the service itself counted of a method at the first lead; nothing before it has."""
        said = httpx.get(f"{self.gateway}/regions/storm/skill", timeout=60).json()
        found = [one["leads"][0] for one in said["methods"] if one["method"] == method]
        return found[0] if found else {}

    def up(self) -> dict[str, str]:
        """By role, 1 where the last scrape went well."""
        return {one["metric"]["role"]: one["value"][1] for one in self.query('up{job="nowcast"}')}

    def follows(self, one: Frames) -> bool:
        """True when the latest nowcast of the storm begins after this frame."""
        answer = httpx.get(f"{self.gateway}/regions/storm/nowcast", timeout=60)
        return answer.is_success and answer.json()["reference_time"] == f"{one.times[0]:%Y-%m-%dT%H:%M:%SZ}"

    def compared(self, method: str) -> int:
        """How many frames have been compared with what a method said of them one step before."""
        return int(self.skill(method).get("frames", 0))


def binary(name: str) -> str:
    """The path of a program of Debian's package, or the test is skipped."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name}: apt-get install prometheus")
    return found


@contextmanager
def running(command: list[str], **settings: str) -> "Iterator[subprocess.Popen[bytes]]":
    """A process, until the end of the block."""
    process = subprocess.Popen(command, env={**os.environ, **settings}, cwd=ROOT)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(END_SECONDS)


def answers(url: str) -> bool:
    """True when there is an answer that is a success."""
    try:
        return httpx.get(url, timeout=30).is_success
    except httpx.HTTPError:
        return False


def serve(group: str, folder: Path, *options: str) -> list[str]:
    """The command of a process group."""
    roles = [part for role in GROUPS[group] for part in ("--role", role)]
    return [sys.executable, "-m", "cli", "serve", "--data", str(folder / group), *roles, *options]


def quickened(folder: Path, targets: Mapping[str, str]) -> Path:
    """Our configuration and rules with a quick clock, and targets by role in the place of names of containers.

    A scrape may take as long as it is from one to the next: one that took longer would leave a gap.
    """
    read = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    read["global"] = dict.fromkeys(read["global"], "1s") | {"scrape_interval": "4s", "scrape_timeout": "4s"}
    (job,) = read["scrape_configs"]
    del job["dns_sd_configs"], job["relabel_configs"]
    job["static_configs"] = [{"targets": [at], "labels": {"role": role}} for role, at in targets.items()]
    rules = folder / "rules"
    rules.mkdir()
    for path in (ROOT / "deploy/prometheus/rules").glob("*.yml"):
        groups = [{**group, "interval": "1s"} for group in yaml.safe_load(path.read_text())["groups"]]
        (rules / path.name).write_text(yaml.safe_dump({"groups": groups}))
    (folder / "prometheus.yml").write_text(yaml.safe_dump(read))
    return folder / "prometheus.yml"


@contextmanager
def observed(folder: Path) -> Iterator[Observed]:
    """Everything up, the storm over, and all of it scraped."""
    program = binary("prometheus")
    gateway, worker, prometheus = free_port(), free_port(), free_port()
    said = Observed(*(f"http://127.0.0.1:{port}" for port in (gateway, worker, prometheus)))
    incoming = folder / "incoming"
    incoming.mkdir()
    (folder / "regions.toml").write_text(PULLED.format(folder=incoming))
    config = quickened(folder, {"gateway": f"127.0.0.1:{gateway}", "worker": f"127.0.0.1:{worker}"})
    watching = [program, f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}", "--log.level=error"]
    with ExitStack() as stack:
        url = stack.enter_context(valkey())
        settings = {"NOWCAST_REDIS_URL": url, "NOWCAST_THREADS": "1", "NOWCAST_REGIONS": str(folder / "regions.toml")}
        shown = {"NOWCAST_METRICS_PORT": str(worker)}
        stack.enter_context(running([*watching, f"--web.listen-address=127.0.0.1:{prometheus}"]))
        stack.enter_context(running(serve("gateway", folder, "--port", str(gateway)), **settings))
        stack.enter_context(running(serve("worker", folder), **settings, **shown))
        until(lambda: answers(f"{said.gateway}/health/ready"), PATIENCE)
        until(lambda: answers(f"{said.prometheus}/-/ready"), PATIENCE)
        until(lambda: said.up() == dict.fromkeys(GROUPS, "1"), PATIENCE, pause=1)
        rain(said, incoming)
        yield said


def rain(said: Observed, incoming: Path) -> None:
    """A storm pushed frame by frame, frames that are pulled, and what else a service sees."""
    place, past = f"{said.gateway}/regions/storm", storm((SIDE, SIDE), FRAMES, seed=5)
    now.cache_clear()
    httpx.put(place, json=PLAN, timeout=60).raise_for_status()
    for at in range(FRAMES):
        one = Frames(past.rain[at : at + 1], past.times[at : at + 1], past.grid)
        httpx.post(f"{place}/frames", content=netcdf.write(one), headers=CDF, timeout=60).raise_for_status()
        if at < 3:
            other = small_frames(2 - at)
            (incoming / f"{other.times[0]:%Y%m%d%H%M}.nc").write_bytes(netcdf.write(other))
        time.sleep(1.5)  # Prometheus sees growth only between two scrapes
        until(lambda one=one, at=at: at == 0 or said.follows(one), PATIENCE)  # type: ignore[misc]
    httpx.get(f"{said.gateway}/nothing/there", timeout=60)
    for _ in range(2):
        fall_back(said, past)
    until(lambda: said.compared("persistence") == said.compared("extrapolation") == FRAMES - 2, PATIENCE)
    time.sleep(8)  # two scrapes


def fall_back(said: Observed, past: Frames) -> None:
    """Send frames that are an hour apart, which the card of the default method does not allow."""
    times = tuple(past.times[0] + timedelta(hours=at) for at in range(len(past.times)))
    body = netcdf.write(Frames(past.rain, times, past.grid))
    answer = httpx.post(f"{said.gateway}/nowcast?horizon=1", content=body, headers=CDF, timeout=120)
    assert answer.json()["fallback_reason"], answer.text
