"""Processes of the service killed at random moments, by a seed."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from tests.processes import Served, children_of
from tests.waiting import until

PATIENCE = 240.0

Victims = Callable[[Served], list[int]]


def role(marker: str) -> Victims:
    """The supervised process of a role."""
    return lambda service: service.children(marker)


def child(marker: str) -> Victims:
    """What the process of a role has forked: the pool child of a worker, the clock of the scheduler."""
    return lambda service: [pid for parent in service.children(marker) for pid in children_of(parent)]


VICTIMS: dict[str, Victims] = {
    "gateway": role("service.app"),
    "worker parent": role("workers.drainer"),
    "worker child": child("workers.drainer"),
    "scheduler": role("workers.scheduler"),
    "clock": child("workers.scheduler"),
    "valkey": role("valkey-server"),
}


def kill(service: Served, name: str) -> None:
    """Kill a process without warning, as soon as it is there."""
    until(lambda: VICTIMS[name](service) != [], PATIENCE)
    with suppress(ProcessLookupError):
        os.kill(VICTIMS[name](service)[0], signal.SIGKILL)


def rampage(service: Served, names: list[str], chance: random.Random, pauses: tuple[float, float]) -> Counter[str]:
    """Kill these one after the other with pauses between that nobody can foresee; how often each died."""
    died: Counter[str] = Counter()
    for name in names:
        time.sleep(chance.uniform(*pauses))
        kill(service, name)
        died[name] += 1
    return died
