"""`nowcast bench tiles`: how many map tiles a second one thread draws, and hands out again."""

import json
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import click

from cli.bench_history import private_server
from jobs.queue import Queue
from jobs.region import Region
from jobs.regional import Regional
from jobs.settings import Settings
from jobs.store import Store
from jobs.timeline import Timelines
from radar.frames import Frames
from radar.synthetic import storm
from service.tiles.address import Address
from service.tiles.atlas import layer
from service.tiles.drawing import Drawing, Layer, Look
from service.tiles.placing import extent, meet

FRAMES = 12
CADENCE = timedelta(minutes=5)
ZOOMS = (3, 6, 8)
MOST = 16
"""Tiles of one zoom."""


@click.command("tiles")
@click.option("--side", default=480, show_default=True, type=click.IntRange(8, 4096), help="pixels a side")
@click.option("--size", default="256", show_default=True, type=click.Choice(["256", "512"]), help="pixels of a tile")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1), help="the median of which is shown")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def command(side: int, size: str, rounds: int, as_json: bool) -> None:
    """Draw the tiles of a synthetic storm in a private server, then ask for them again."""
    with region_of(storm((side, side), FRAMES, pixel_km=1)) as (timelines, layers):
        found = measured(timelines, layers, int(size), rounds)
    said = "\n".join(f"{name}: {rate:,} tiles/s" for name, rate in found.items())
    click.echo(json.dumps(found, indent=2) if as_json else said)


@contextmanager
def region_of(weather: Frames) -> Iterator[tuple[Timelines, list[Layer]]]:
    """A region with these frames, the newest of now, in a server of its own; a layer for each frame."""
    last = datetime.fromtimestamp(time.time() // 300 * 300, UTC)
    times = [last - n * CADENCE for n in reversed(range(len(weather)))]
    region, settings = Region(id="bench", cadence_minutes=5), Settings()
    with private_server() as redis:
        regional = Regional(Store(redis, settings), Queue(redis, settings))
        regional.history.append(region, weather.grid, list(zip(times, weather.rain, strict=True)))
        timelines = Timelines(regional)
        line = timelines.line(region)
        yield timelines, [layer(timelines, line, at) for at in times]


def measured(timelines: Timelines, layers: list[Layer], size: int, rounds: int) -> dict[str, int]:
    """Tiles a second: the first frame of a view, the frames after it, and what was drawn before."""
    addresses = [address for zoom in ZOOMS for address in view(layers[0], zoom, size)]
    spent: dict[str, list[float]] = {"cold": [], "next frame": [], "from cache": []}
    for _ in range(rounds):
        drawing = Drawing()
        spent["cold"].append(seconds(drawing, timelines, layers[0], addresses))
        spent["next frame"] += [seconds(drawing, timelines, other, addresses) for other in layers[1:]]
        spent["from cache"] += [seconds(drawing, timelines, other, addresses) for other in layers]
    return {name: round(len(addresses) / statistics.median(times)) for name, times in spent.items()}


def view(shown: Layer, zoom: int, size: int) -> list[Address]:
    """Tiles of one zoom that the region lies under."""
    box = extent(shown.grid)
    every = (Address(zoom, x, y, size) for x in range(2**zoom) for y in range(2**zoom))
    return [address for address in every if box and meet(box, address.box)][:MOST]


def seconds(drawing: Drawing, timelines: Timelines, shown: Layer, addresses: list[Address]) -> float:
    """How long one frame of the tiles takes."""
    began = time.perf_counter()
    for address in addresses:
        drawing.tile(timelines, [shown], address, Look(missing=True))
    return time.perf_counter() - began
