"""Load on a server, and what became of it: arrivals that wait for nobody, or clients that wait for their answers."""

import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from itertools import accumulate

import numpy as np

TIMEOUT_SECONDS = 300.0
MOST_IN_FLIGHT = 512
DURATION = re.compile(r"(\w+);dur=([0-9.]+)")


@dataclass(frozen=True)
class Ask:
    """A request by POST."""

    path: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Shot:
    """What became of a request: seconds from when it was due, and what its Server-Timing says, in seconds."""

    status: int
    seconds: float
    ended: float
    phases: dict[str, float]

    @property
    def good(self) -> bool:
        return self.status == 200


def shoot(port: int, ask: Ask, due: float) -> Shot:
    """Send a request over a connection of its own; status 0 when there is no answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    status, timing = 0, ""
    try:
        connection.request("POST", ask.path, ask.body, ask.headers)
        answer = connection.getresponse()
        answer.read()
        status, timing = answer.status, answer.getheader("Server-Timing", "")
    except (OSError, HTTPException):
        pass
    finally:
        connection.close()
    now = time.perf_counter()
    return Shot(status, now - due, now, {name: float(took) / 1000 for name, took in DURATION.findall(timing)})


def open_loop(port: int, asks: Sequence[Ask], rate: float, seed: int) -> list[Shot]:
    """Requests at the times of a Poisson process of so many a second, whatever became of those before.

    Seconds count from when a request was due: a client that is late itself does not make the server look fast.
    """
    gaps = random.Random(seed)
    began = time.perf_counter()
    dues = [began + after for after in accumulate(gaps.expovariate(rate) for _ in asks)]
    with ThreadPoolExecutor(MOST_IN_FLIGHT) as clients:
        return list(clients.map(lambda due, ask: shoot(port, ask, due), waited(dues), asks))


def waited(dues: Sequence[float]) -> Iterator[float]:
    """Each time when it has come."""
    for due in dues:
        time.sleep(max(0.0, due - time.perf_counter()))
        yield due


def closed_loop(port: int, asks: Sequence[Ask], clients: int) -> list[Shot]:
    """What becomes of requests when so many clients each send their next one as soon as they have an answer."""
    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(lambda ask: shoot(port, ask, time.perf_counter()), asks))


def throughput(shots: Sequence[Shot]) -> float:
    """Good answers a second, counted from the first one on, so that the filling of the queue does not count."""
    ends = sorted(shot.ended for shot in shots if shot.good)
    return (len(ends) - 1) / (ends[-1] - ends[0]) if len(ends) > 1 else 0.0


def repeated(work: Callable[[], object], times: int) -> float:
    """How often a second some work is done."""
    began = time.perf_counter()
    for _ in range(times):
        work()
    return times / (time.perf_counter() - began)


def percentile(shots: Sequence[Shot], part: float) -> float | None:
    """A percentile of the good answers' times in ms; None without one."""
    good = [1000 * shot.seconds for shot in shots if shot.good]
    return round(float(np.percentile(good, part)), 1) if good else None
