"""Half an hour and more of load, regions and deaths, measured: `python -m tests.soak --minutes 30`.

Fails when anything was lost, or when memory, file handles or keys go on growing.
"""

import argparse
import itertools
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from threading import Event, Thread

import httpx
from redis import Redis, RedisError

from radar.formats import netcdf
from tests.faults.capped import unbounded
from tests.faults.deaths import VICTIMS, rampage
from tests.faults.load import NETCDF, Load
from tests.processes import Served, children_of, command_line, environment, served
from tests.regions import frames
from tests.waiting import until

SETTINGS = {"threads": 1, "lease_seconds": 2, "max_deliveries": 8, "result_seconds": 60, "deadline_seconds": 60}
"""Short lives: what is not let go of shows within minutes."""
ROLES = {
    "service.app": "gateway",
    "workers.drainer": "worker",
    "workers.scheduler": "scheduler",
    "workers.puller": "puller",
    "workers.verifier": "verifier",
    "valkey-server": "valkey",
}
LEEWAY = {"MiB": (1.15, 24.0), "handles": (1.1, 8.0), "keys": (1.2, 40.0), "store MiB": (1.2, 8.0)}
"""How far the last third may lie above the middle one: by a factor, and by so much at least."""


@dataclass
class Samples:
    """What was measured: of each thing, by its name and unit, one value for each look."""

    values: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def add(self, name: str, unit: str, value: float) -> None:
        """One more value."""
        self.values.setdefault((name, unit), []).append(value)

    def grown(self) -> list[str]:
        """Those whose last third lies too far above the one before."""
        found = []
        for (name, unit), values in self.values.items():
            middle, last = thirds(values)[1:]
            factor, least = LEEWAY[unit]
            if last > middle * factor and last > middle + least:
                found.append(f"{name}: {middle:.0f} -> {last:.0f} {unit}")
        return found

    def table(self) -> str:
        """First, middle and last third of each, as Markdown."""
        rows = [f"| {n} | {u} | {' | '.join(f'{v:.0f}' for v in thirds(vs))} |" for (n, u), vs in self.values.items()]
        return "\n".join(["| what | unit | first third | middle | last |", "| --- | --- | --- | --- | --- |", *rows])


def thirds(values: list[float]) -> list[float]:
    """The medians of three equal parts of some values."""
    size = max(1, len(values) // 3)
    return [median(values[at * size : (at + 1) * size] or values) for at in range(3)]


def family(pid: int) -> list[int]:
    """A process and all it has forked."""
    return [pid, *(other for child in children_of(pid) for other in family(child))]


def resident(pid: int) -> float:
    """MiB that a process holds in memory."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


def handles(pid: int) -> int:
    """Files and sockets that a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def look(service: Served, samples: Samples) -> None:
    """Measure every role, with all it has forked, and the store; what is just being started again is left out."""
    try:
        for pid in children_of(service.process.pid):
            role = next((name for marker, name in ROLES.items() if marker in command_line(pid)), "other")
            members = family(pid)
            samples.add(role, "MiB", sum(map(resident, members)))
            samples.add(role, "handles", sum(map(handles, members)))
        with store(service) as redis:
            samples.add("store", "keys", int(redis.dbsize()))
            samples.add("store", "store MiB", redis.info("memory")["used_memory"] / 2**20)
    except (OSError, ValueError, IndexError, RedisError):
        return


def store(service: Served) -> Redis:
    """A connection to the store of the service."""
    (gateway,) = service.children("service.app")
    return Redis.from_url(environment(gateway)["NOWCAST_REDIS_URL"])


def feed(url: str, over: Event) -> None:
    """A region whose newest frame is issued again and again: history, nowcasts, verification and archive turn over."""
    region = f"{url}/regions/soak"
    with httpx.Client(timeout=60) as client:
        for salt in itertools.count():
            if over.wait(5):
                return
            try:
                client.put(region, json={"cadence_minutes": 5, "method": "persistence", "retention_hours": 1})
                body = netcdf.write(frames(3, 2, 1, 0, salt=salt % 50))
                client.post(f"{region}/frames", content=body, headers={"Content-Type": NETCDF})
                client.get(f"{region}/nowcast")
            except httpx.TransportError:
                continue


def soak(minutes: float, seed: int, calm: float) -> list[str]:
    """Load for so many minutes, a death every `calm` seconds on average; what went wrong."""
    samples, over, chance = Samples(), Event(), random.Random(seed)
    end = time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "data", **SETTINGS) as service:
        feeder = Thread(target=feed, args=(service.url, over))
        feeder.start()
        died: list[str] = []
        with Load(service, 4, seed, ("persistence", "extrapolation", "ms-convlstm")) as ledger:
            while time.monotonic() < end:
                time.sleep(5)
                look(service, samples)
                if chance.random() < 5 / calm:
                    died += rampage(service, [chance.choice(list(VICTIMS))], chance, (0, 1)).elements()
        over.set()
        feeder.join()
        until(service.ready, 120)
        with store(service) as redis:
            lasting = unbounded(redis)
    print(samples.table())
    print(f"{len(died)} deaths {dict(Counter(died))}; callers were told {dict(ledger.outcomes)}")
    print(f"{len(ledger.jobs)} jobs, which ended {dict(ledger.ended)}")
    differing = [job for job, digests in ledger.answers.items() if len(digests) > 1]
    wrong = [f"{how}: {count} jobs" for how, count in ledger.ended.items() if how != "done"]
    endless = [f"{key} has neither a time to live nor a cap" for key in lasting]
    return [*ledger.unclear, *differing, *wrong, *endless, *samples.grown()]


def main() -> int:
    """Say what grew and what was lost; the exit code is 1 when anything was."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--minutes", type=float, default=30)
    said.add_argument("--seed", type=int, default=1)
    said.add_argument("--calm", type=float, default=60, help="seconds between two deaths, on average")
    chosen = said.parse_args()
    faults = soak(chosen.minutes, chosen.seed, chosen.calm)
    print("\n".join(faults) or "Nothing was lost, and nothing grows.")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
