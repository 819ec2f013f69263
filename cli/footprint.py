"""`python -m cli.footprint JSON`: what one nowcast costs, in a process that has made no other."""

import json
import sys
import time
from dataclasses import asdict, dataclass

from jobs.settings import settings
from model.evaluate import Forecast, one_by_one
from model.peak import forget, peak
from model.verification.peers import PEERS, peer
from radar.synthetic import storm
from workers.methods import load, named

SMALL = (128, 128)
"""The grid of a first nowcast that is not counted: libraries are loaded and kernels made in it."""


@dataclass(frozen=True)
class Task:
    """One nowcast: of a synthetic storm of `past` frames on a grid, `leads` frames ahead."""

    method: str
    height: int
    width: int
    past: int
    leads: int


@dataclass(frozen=True)
class Footprint:
    """What it took: seconds on the clock, seconds of processor time, and MiB above what there was before."""

    seconds: float
    cpu_seconds: float
    mib: float


def footprint(task: Task) -> Footprint:
    """Make the nowcast; its frames and its forecast count as memory too."""
    forecast = forecast_of(task.method)
    forecast(storm(SMALL, task.past), 2)
    forget()
    before = peak()
    past = storm((task.height, task.width), task.past)
    clock, cpu = time.perf_counter(), time.process_time()
    said = forecast(past, task.leads)
    took = time.perf_counter() - clock, time.process_time() - cpu
    del said
    return Footprint(*took, (peak() - before) / 2**10)


def forecast_of(name: str) -> Forecast:
    """A method that is served, or one of pysteps."""
    return peer(name) if name in PEERS else one_by_one(named(load(settings()), name))


if __name__ == "__main__":
    print(json.dumps(asdict(footprint(Task(**json.loads(sys.argv[1]))))))
