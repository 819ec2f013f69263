"""The engine against the reference: both run in turn, so that all meet the same noise of the machine."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from statistics import median
from typing import Any

import torch
from torch import Tensor

from model.bench import Setup, count
from model.nowcaster import Nowcaster
from model.precision import PRECISIONS
from model.runners import Plain, Runner, lower, runner
from model.unmerged import unmerged
from model.zoo import Network

REFERENCE = "reference"
CPU = torch.device("cpu")
TIMED = Setup(past=2, horizon=3)
"""Steps that are timed of a rollout: every step costs the same."""
MATRIX = 2048
"""Rows of the square matrices whose product is what the machine can do at most."""

Seconds = dict[str, list[float]]


@dataclass(frozen=True)
class Lap:
    """One way to run a model, per nowcast of one sample.

    ratio: how many times as fast as the reference, the median over pairs that ran one after the other. Arithmetic is
    counted as the network has it, though the engine does less; peak_share is of the product of two large matrices.
    """

    model: str
    way: str
    seconds: float
    ratio: float
    gflops: float
    peak_share: float
    threads: int = 1
    batch: int = 1
    peak_mib: float | None = None


def race(model: str, setup: Setup, rounds: int, *, threads: int = 1, batch: int = 1, memory: bool = False) -> list[Lap]:
    """The reference's arithmetic in float32, and the engine in every precision that is fast on this machine."""
    torch.set_num_threads(threads)
    ways = entrants(model, setup)
    frames = [torch.rand(batch, 1, setup.side, setup.side) for _ in range(TIMED.past)]
    seconds: Seconds = {way: [] for way in ways}
    with torch.inference_mode():
        for turn in range(-1, rounds):
            for way, entrant in ways.items():
                took = timed(partial(entrant, frames))
                if turn >= 0:  # the first one is to warm up
                    seconds[way].append(took * setup.steps / TIMED.steps / batch)
    laps = [lap(model, setup, way, seconds) for way in ways]
    peaks = [peak_mib(model, setup, way) if memory else None for way in ways]
    return [replace(one, threads=threads, batch=batch, peak_mib=peak) for one, peak in zip(laps, peaks, strict=True)]


def lap(model: str, setup: Setup, way: str, seconds: Seconds) -> Lap:
    """What came out of one way."""
    took = median(seconds[way])
    ratio = median(slow / fast for slow, fast in zip(seconds[REFERENCE], seconds[way], strict=True))
    gflops = 2 * count(model, setup).multiply_accumulates / took / 1e9
    share = gflops / matmul_gflops(PRECISIONS.get(way, torch.float32))
    return Lap(model, way, took, ratio, gflops, share)


def entrants(model: str, setup: Setup) -> dict[str, Callable[[Sequence[Tensor]], None]]:
    """What runs, by its name."""
    network = Network(model, setup.width, reference=True).build().eval()
    faster = lower(network, CPU)
    names = ["float32", *(name for name, precision in PRECISIONS.items() if precision == faster)]
    return {REFERENCE: all_at_once(way(network, REFERENCE))} | {name: one_by_one(way(network, name)) for name in names}


def way(network: Nowcaster, name: str) -> Runner:
    """A runner by its name, its weights laid out."""
    if name == REFERENCE:
        return Plain(unmerged(network), CPU, torch.float32)
    return runner(network, CPU, PRECISIONS[name])


def all_at_once(runs: Runner) -> Callable[[Sequence[Tensor]], None]:
    """A batch as the reference runs it."""
    return lambda frames: exhaust(runs, frames)


def one_by_one(runs: Runner) -> Callable[[Sequence[Tensor]], None]:
    """A batch as the engine runs it on a processor."""

    def run(frames: Sequence[Tensor]) -> None:
        for at in range(len(frames[0])):
            exhaust(runs, [frame[at : at + 1] for frame in frames])

    return run


def exhaust(runs: Runner, frames: Sequence[Tensor], horizon: int = TIMED.horizon) -> None:
    """Run a rollout and keep nothing of it."""
    for _ in runs.said(frames, horizon):
        pass


def timed(run: Callable[[], object]) -> float:
    """Seconds it takes."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def matmul_gflops(precision: torch.dtype, tries: int = 3) -> float:
    """What the machine does of a large matrix product, on as many threads as torch has."""
    matrix = torch.rand(MATRIX, MATRIX).to(precision)
    with torch.inference_mode():
        return 2e-9 * MATRIX**3 / min(timed(lambda: torch.mm(matrix, matrix)) for _ in range(tries + 1))


def peak_mib(model: str, setup: Setup, way: str) -> float:
    """The most memory a rollout takes above what a fresh process holds with its weights and input, in MiB."""
    wanted = json.dumps({"model": model, "way": way, "threads": torch.get_num_threads(), **asdict(setup)})
    said = subprocess.run([sys.executable, "-m", "model.peak", wanted], check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(said.stdout)
    return float(found["mib"])
