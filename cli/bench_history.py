"""`nowcast bench history`: what appending a frame costs the server that holds a day of many regions."""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import click
from redis import Redis

from cli.embedded import valkey_command
from cli.serve import answers
from jobs import keys
from jobs.history import History
from jobs.region import Region
from radar.frames import Frames
from radar.synthetic import storm

START = datetime(2026, 1, 1, tzinfo=UTC)
CADENCE = timedelta(minutes=5)
STORM_FRAMES = 24
"""Different frames; a day is made of them over and over."""
APPENDS = 500


@click.command("history")
@click.option("--regions", default=100, show_default=True, type=click.IntRange(1, 1000))
@click.option("--hours", default=24.0, show_default=True, type=click.FloatRange(2, 744), help="kept of each")
@click.option("--side", default=480, show_default=True, type=click.IntRange(8, 4096), help="pixels a side")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def command(regions: int, hours: float, side: int, as_json: bool) -> None:
    """Fill a private server with histories of synthetic storms, then append to them."""
    plans = [Region(id=f"r{n}", cadence_minutes=5, retention_hours=hours, max_bytes=2**36) for n in range(regions)]
    with private_server() as redis:
        found = measured(redis, plans, storm(shape=(side, side), frames=STORM_FRAMES))
    click.echo(json.dumps(found, indent=2) if as_json else "\n".join(f"{name}: {said}" for name, said in found.items()))


@contextmanager
def private_server() -> Iterator[Redis]:
    """The embedded server as `nowcast serve` starts it, on an empty folder."""
    with tempfile.TemporaryDirectory(prefix="nowcast-") as folder:
        socket = Path(folder) / "valkey.sock"
        with subprocess.Popen(valkey_command(Path(folder), socket), stdout=subprocess.DEVNULL) as server:
            try:
                while not answers(socket) and server.poll() is None:
                    time.sleep(0.02)
                with Redis(unix_socket_path=str(socket)) as redis:
                    yield redis
            finally:
                server.terminate()


def measured(redis: Redis, regions: list[Region], storms: Frames) -> dict[str, Any]:
    """Times of full histories, each append pushing the oldest frame out."""
    history, steps = History(redis), int(regions[0].retention / CADENCE)
    fill(history, regions, storms, steps)
    extent = history.extent(regions[0].id)
    redis.config_resetstat()
    began = time.perf_counter()
    for n in range(APPENDS):
        append(history, regions[n % len(regions)], storms, steps + n // len(regions), 1)
    spent = time.perf_counter() - began
    return {
        "regions": len(regions),
        "frames of each": extent.frames,
        "bytes of a frame": extent.bytes // extent.frames,
        "bytes of a region and day of 5 min frames": extent.bytes // extent.frames * 288,
        "memory of the server, bytes": cast(Any, redis.info("memory"))["used_memory"],
        "server time of an append, us": server_time(redis),
        "whole append with packing, ms": round(1000 * spent / APPENDS, 2),
    }


def fill(history: History, regions: list[Region], storms: Frames, steps: int) -> None:
    """A history as long as it is kept, and the same again for every other region."""
    append(history, regions[0], storms, 0, steps)
    for region in regions[1:]:
        for source, target in zip(keys.history(regions[0].id), keys.history(region.id), strict=True):
            history.redis.copy(source, target)


def append(history: History, region: Region, storms: Frames, first: int, count: int) -> None:
    """Frames of the storm, over and over, at the steps from `first` on."""
    at = range(first, first + count)
    history.append(region, storms.grid, [(START + n * CADENCE, storms.rain[n % len(storms)]) for n in at])


def server_time(redis: Redis) -> dict[str, float]:
    """Mean and percentiles of the script, as the server itself counted them."""
    mean = cast(Any, redis.info("commandstats"))["cmdstat_evalsha"]["usec_per_call"]
    percentiles = cast(Any, redis.info("latencystats"))["latency_percentiles_usec_evalsha"]
    return {"mean": mean, **percentiles}
