"""The servers that `nowcast bench service` races: ours, and others around the same network."""

import os
import subprocess
import sys
import sysconfig
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np

from cli.load import Ask, shoot
from cli.peers.network import HORIZON, NETWORK, THREADS
from cli.private import free_port, private_service
from cli.usage import tree
from radar.errors import BadInput
from radar.formats import netcdf, npz
from radar.frames import Frames

ROOT = Path(__file__).parents[1]
NETCDF, NPZ, OCTETS = "application/x-netcdf", "application/x-npz", "application/octet-stream"
PAYLOADS: dict[str, tuple[str, Callable[[Frames], bytes]]] = {
    "npz": (NPZ, partial(npz.write, packed=False)),
    "netcdf": (NETCDF, netcdf.write),
}
"""What our own service may be sent and then answers: its media type, and what writes it."""
OURS = "nowcast"
START_SECONDS = 180.0


@dataclass(frozen=True)
class Peer:
    """A server that is not ours: what is installed for it, how it is started on a port, and where it answers."""

    needs: str | None
    command: Callable[[Path, int], list[str]]
    path: str = "/forecast"


def module(name: str, *options: str) -> Callable[[Path, int], list[str]]:
    """The command of a module beside this one, with its port and more behind it."""
    return lambda python, port: [str(python), "-m", f"cli.peers.{name}", *options, str(port)]


def bentoml(python: Path, port: int) -> list[str]:
    """BentoML has a command of its own."""
    service = "cli.peers.with_bentoml:Forecast"
    return [str(python), "-m", "bentoml", "serve", service, "--host", "127.0.0.1", "--port", str(port)]


PEERS = {
    "mosec": Peer(
        "mosec==0.9.8", module("with_mosec", "--address", "127.0.0.1", "--timeout", "600000", "--port"), "/inference"
    ),
    "litserve": Peer("litserve==0.2.19", module("with_litserve"), "/predict"),
    "ray": Peer("ray[serve]==2.60.0", module("with_ray")),
    "bentoml": Peer("bentoml==1.4.39", bentoml),
    "fastapi": Peer(None, module("with_fastapi")),
}
"""By name; FastAPI is here already."""


@dataclass(frozen=True)
class Runs:
    """A server that runs: its processes hang below one, and a request is made of frames."""

    port: int
    pid: int
    ask: Callable[[Frames], Ask]


@contextmanager
def running(name: str, network: str, threads: int, environments: Path | None, payload: str = "npz") -> Iterator[Runs]:
    """A server of this name, ready, on its own; it ends with the block. payload: what ours is sent and answers."""
    if name == OURS:
        with private_service({"NOWCAST_THREADS": str(threads), "NOWCAST_QUEUE_LIMIT": "4096"}) as service:
            yield Runs(service.port, service.pid, partial(ours, payload))
        return
    peer, port = PEERS[name], free_port()
    python = environment(name, peer.needs, environments)
    process = subprocess.Popen(
        peer.command(python, port),
        env={**os.environ, **variables(network, threads)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield Runs(port, process.pid, lambda frames: theirs(peer.path, frames))
    finally:
        ended(process)


def variables(network: str, threads: int) -> dict[str, str]:
    """What a peer is told by its environment."""
    said = {NETWORK: network, THREADS: str(threads), "OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE"}
    quiet = {"BENTOML_DO_NOT_TRACK": "true", "RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS": "0"}
    return {**said, **quiet, "PYTHONPATH": str(ROOT)}


def ours(payload: str, frames: Frames) -> Ask:
    """One and the same format in and out."""
    media, write = PAYLOADS[payload]
    return Ask(f"/nowcast?horizon={HORIZON}", write(frames), {"Content-Type": media, "Accept": media})


def theirs(path: str, frames: Frames) -> Ask:
    """An npy in, an npz out, neither compressed: no faster payload of an array is common to all."""
    file = BytesIO()
    np.save(file, frames.rain, allow_pickle=False)
    return Ask(path, file.getvalue(), {"Content-Type": OCTETS})


def environment(name: str, needs: str | None, folder: Path | None) -> Path:
    """The Python of a peer's own environment, made when it is not there; it borrows torch and all else from ours."""
    if needs is None:
        return Path(sys.executable)
    if folder is None:
        raise BadInput(f"{name} needs a virtual environment; say with --environments where to make it.")
    python = folder.absolute() / name / "bin" / "python"
    borrowed = folder / name / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages" / "borrowed.pth"
    if not borrowed.exists():  # written last: before, pip would take what we have for installed
        venv.create(folder / name, with_pip=True, clear=True)
        done = subprocess.run([python, "-m", "pip", "install", "--quiet", needs], check=False)
        if done.returncode:
            raise BadInput(f"{needs} could not be installed: pip has said why.")
        borrowed.write_text(sysconfig.get_paths()["purelib"] + "\n")
    return python


def ready(server: Runs, frames: Frames) -> None:
    """Return when a server answers well; BadInput when it never does."""
    until, ask = time.monotonic() + START_SECONDS, server.ask(frames)
    while not shoot(server.port, ask, 0.0).good:
        if time.monotonic() > until:
            raise BadInput("The server does not answer.")
        time.sleep(0.3)


def ended(process: "subprocess.Popen[bytes]") -> None:
    """End a process, and whatever it started and left behind."""
    family = tree(process.pid)
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for found in family:
        found.kill()
