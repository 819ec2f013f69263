"""`nowcast bench store`: what a nowcast, a cycle of a region and its mere presence cost the server that all share."""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import click
from redis import Redis

from cli.embedded import valkey_command
from cli.private import Service, free_port, private_service
from cli.serve import answers
from jobs import keys
from jobs.job import Priority
from jobs.queue import Queue
from jobs.regional import Regional
from jobs.regions import Regions
from jobs.settings import Settings
from jobs.store import Store
from radar.formats import netcdf
from radar.frames import Frames
from radar.synthetic import storm
from workers.ticking import Ticking

CADENCE = timedelta(minutes=5)
PAST = 8
"""Frames a region has before anything is counted."""
CYCLES = 4
POLL_SECONDS = 1.0
MOST_SECONDS = 600.0
TICKS = 5
NAMES = ("commands", "bytes in", "bytes out", "processor us")


@dataclass(frozen=True)
class Cost:
    """What the server counted, by NAMES, in so many seconds."""

    counted: tuple[float, ...]
    seconds: float

    @classmethod
    def so_far(cls, redis: Redis) -> "Cost":
        """Since the server started."""
        said = cast("dict[str, Any]", {**redis.info("stats"), **redis.info("cpu")})
        spent = 1e6 * (said["used_cpu_user"] + said["used_cpu_sys"])
        traffic = (said[f"total_{name}"] for name in ("commands_processed", "net_input_bytes", "net_output_bytes"))
        return cls((*traffic, spent), time.perf_counter())

    def since(self, before: "Cost") -> "Cost":
        """What came since."""
        pairs = zip(self.counted, before.counted, strict=True)
        return Cost(tuple(now - then for now, then in pairs), self.seconds - before.seconds)

    def over(self, background: "Cost", times: float) -> "Cost":
        """Per one of so many, less what goes on anyway; background: per second."""
        pairs = zip(self.counted, background.counted, strict=True)
        return Cost(tuple((spent - self.seconds * rate) / times for spent, rate in pairs), self.seconds / times)

    @property
    def per_second(self) -> "Cost":
        """As a rate."""
        return Cost(tuple(spent / self.seconds for spent in self.counted), 1.0)

    def shown(self, of: int = 1) -> dict[str, float]:
        """The numbers, per one of so many."""
        return {name: round(number / of, 1) for name, number in zip(NAMES, self.counted, strict=True)}


@click.command("store")
@click.option("--regions", default=100, show_default=True, type=click.IntRange(2, 1000), help="that are just there")
@click.option("--nowcasts", default=20, show_default=True, type=click.IntRange(1, 1000), help="that callers order")
@click.option("--side", default=256, show_default=True, type=click.IntRange(8, 2048), help="pixels a side")
@click.option("--seconds", default=15.0, show_default=True, type=click.FloatRange(5, 600), help="to watch what idles")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def command(regions: int, nowcasts: int, side: int, seconds: float, as_json: bool) -> None:
    """Run a private service, and read the counters of its server before and after each kind of work."""
    with server() as url, private_service({"NOWCAST_COMPILED": "false", "NOWCAST_REDIS_URL": url}) as service:
        found = measured(service, regions, nowcasts, side, seconds)
    click.echo(json.dumps(found, indent=2) if as_json else table(found))


@contextmanager
def server() -> Iterator[str]:
    """An empty server that is reached as one on another machine is: through a socket, frames go unpacked."""
    with tempfile.TemporaryDirectory(prefix="nowcast-") as folder:
        port, socket = free_port(), Path(folder) / "valkey.sock"
        address = ("--port", str(port), "--bind", "127.0.0.1")
        with subprocess.Popen([*valkey_command(Path(folder), socket), *address], stdout=subprocess.DEVNULL) as process:
            try:
                while not answers(socket) and process.poll() is None:
                    time.sleep(POLL_SECONDS / 10)
                yield f"redis://127.0.0.1:{port}/0"
            finally:
                process.terminate()


def measured(service: Service, regions: int, nowcasts: int, side: int, seconds: float) -> dict[str, dict[str, float]]:
    """The costs, each less what went on anyway."""
    alone = idle(service.redis, seconds)
    asked = spent(service.redis, lambda: order(service, nowcasts, side)).over(alone, nowcasts)
    for n in range(regions):
        service.ask("PUT", f"/regions/r{n}", json.dumps({"cadence_minutes": 5}).encode())
    there = idle(service.redis, seconds)
    ticked = tick_ms(service.redis, regions)
    push(service, range(PAST), side)
    cycle = spent(service.redis, lambda: push(service, range(PAST, PAST + CYCLES), side)).over(there, CYCLES)
    return {
        "a nowcast": asked.shown(),
        "a cycle of a region": cycle.shown(),
        "a region that is there, a second": there.since(alone).shown(regions),
        "the service alone, a second": alone.shown(),
        "the clock, a region and second": {"its own processor us": round(1000 * ticked, 1)},
    }


def spent(redis: Redis, work: Callable[[], None]) -> Cost:
    """What some work cost the server."""
    before = Cost.so_far(redis)
    work()
    return Cost.so_far(redis).since(before)


def idle(redis: Redis, seconds: float) -> Cost:
    """What the server does in a second while nobody asks for anything."""
    return spent(redis, lambda: time.sleep(seconds)).per_second


def order(service: Service, count: int, side: int) -> None:
    """Nowcasts, one after the other, of different storms; a method that takes no time."""
    for seed in range(count):
        body = netcdf.write(storm(shape=(side, side), frames=6, seed=seed))
        service.ask("POST", "/nowcast?method=persistence&horizon=12", body, "application/x-netcdf")


def push(service: Service, steps: range, side: int) -> None:
    """Frames of the first region, one after the other, each with all that follows from it."""
    start = datetime.fromtimestamp(300 * (time.time() // 300), UTC) - (PAST + CYCLES) * CADENCE
    rain = storm(shape=(side, side), frames=PAST + CYCLES)
    for step in steps:
        frame = Frames(rain.rain[step : step + 1], (start + step * CADENCE,), rain.grid)
        service.ask("POST", "/regions/r0/frames", netcdf.write(frame), "application/x-netcdf")
        settle(service.redis)


def settle(redis: Redis) -> None:
    """Wait until no job is on its way and everything that can be verified is."""
    until = time.monotonic() + MOST_SECONDS
    while time.monotonic() < until:
        time.sleep(POLL_SECONDS)
        methods = cast("set[bytes]", redis.smembers(keys.BUSY))
        queues = [keys.queue(method.decode(), priority) for method in methods for priority in Priority]
        if not any(map(redis.xlen, queues)) and not redis.exists(keys.awaited("r0"), keys.unverified("r0")):
            return
    raise click.ClickException(f"A cycle did not end in {MOST_SECONDS:g} s.")


def tick_ms(redis: Redis, regions: int) -> float:
    """What the clock itself takes for each region that is there, in milliseconds."""
    configured = Settings()
    ticking = Ticking(Regional(Store(redis, configured), Queue(redis, configured)), None, lambda region: None)
    assert len(Regions(redis).all()) == regions
    with timed() as took:
        for _ in range(TICKS):
            ticking.tick()
    return 1000 * took[0] / TICKS / regions


@contextmanager
def timed() -> Iterator[list[float]]:
    """Seconds of processor time the block took, the server's not counted."""
    took, began = [0.0], time.process_time()
    yield took
    took[0] = time.process_time() - began


def table(found: dict[str, dict[str, float]]) -> str:
    """A line each."""
    costs = {what: ", ".join(f"{name} {said:g}" for name, said in of.items()) for what, of in found.items()}
    return "\n".join(f"{what}: {cost}" for what, cost in costs.items())
