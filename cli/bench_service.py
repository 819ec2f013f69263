"""`nowcast bench service`: answers under load that waits for nobody, ours and those of other servers, in turn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path

import click
import torch
from rich.console import Console

from cli.contenders import OURS, PAYLOADS, PEERS, Runs, environment, ready, running
from cli.load import Ask, closed_loop, open_loop, repeated, throughput
from cli.peers.network import HORIZON
from cli.standings import Row, Under, kept, row, shown, tell
from cli.usage import used
from jobs.settings import settings
from model import checkpoint
from model.engine import Engine
from radar.errors import BadInput
from radar.formats import table
from radar.formats.hints import Hints
from radar.frames import Frames
from radar.grid import Grid
from radar.synthetic import storm
from workers.methods import networks

STORMS = 8
"""Different synthetic storms."""
WIDTH = 130
"""Of the table, also where it is printed into a file."""
CLIENTS = 4
"""Enough that a request always waits when the engine is free."""


@dataclass(frozen=True)
class Load:
    """What is asked of every server; at saturation it stands beside the engine alone, when there is one."""

    rates: Sequence[float]
    seconds: float
    pasts: Sequence[Frames]
    engine: Engine | None = None


@click.command("service")
@click.option("--server", "servers", multiple=True, type=click.Choice([OURS, *PEERS]), help="which; ours by default")
@click.option(
    "--rate", "rates", multiple=True, default=[2.0, 5.0], show_default=True, type=click.FloatRange(0.01, 1000)
)
@click.option("--seconds", default=10.0, show_default=True, type=click.FloatRange(1, 3600), help="of load at each rate")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1, 100), help="each server once a round")
@click.option("--frames", "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), help="radar files")
@click.option("--side", default=64, show_default=True, type=click.IntRange(8, 4096), help="pixels a side")
@click.option("--past", default=8, show_default=True, type=click.IntRange(4, 24), help="frames in a request")
@click.option("--threads", default=1, show_default=True, type=click.IntRange(1, 1024), help="each server computes with")
@click.option("--exported", type=click.Path(path_type=Path, exists=True), help="peers run this file, not our engine")
@click.option(
    "--as", "payload", default="npz", show_default=True, type=click.Choice([*PAYLOADS]), help="what ours gets and says"
)
@click.option("--saturation/--no-saturation", default=True, show_default=True, help="beside a loop of the bare engine")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="JSON, written as it goes")
@click.option(
    "--environments", type=click.Path(path_type=Path), help="where the peers' virtual environments are, or go"
)
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def command(
    *,
    servers: Sequence[str],
    rates: Sequence[float],
    seconds: float,
    rounds: int,
    folder: Path | None,
    side: int,
    past: int,
    threads: int,
    exported: Path | None,
    payload: str,
    saturation: bool,
    output: Path | None,
    environments: Path | None,
    as_json: bool,
) -> None:
    """Race servers under requests at the times of a Poisson process.

    Peers serve our engine on the default method's weights, or a file of `nowcast export --as torch`; with that they
    do less than we do: no moving with the rain, no matching of amounts, no chances.
    """
    named = servers or [OURS]
    for name in set(named) & PEERS.keys():  # before the first race: what takes minutes is not to load another's round
        environment(name, PEERS[name].needs, environments)
    load = Load(rates, seconds, pasts(folder, side, past), bare_engine(threads) if saturation else None)
    network = f"{default_network()}{f',{exported.absolute()}' if exported else ''}"

    def rows() -> Iterator[Row]:
        for number in range(rounds):
            for name in turned(named, number):
                with running(name, network, threads, environments, payload) as server:
                    yield from raced(name, server, load, number)

    found = rows() if output is None else kept(rows(), output)
    if as_json:
        tell(found)
    else:
        Console(width=max(WIDTH, Console().width)).print(shown(list(found)))


def bare_engine(threads: int) -> Engine:
    """The engine of the default method in this process, warm."""
    torch.set_num_threads(threads)
    engine = Engine(*checkpoint.read(default_network()))
    engine.warm_up()
    return engine


def default_network() -> Path:
    """The folder of the method that is served when none is named."""
    configured = settings()
    found = networks(configured)
    if configured.method not in found:
        raise BadInput(f"NOWCAST_METHOD is {configured.method!r}, which is no network that others could serve.")
    return found[configured.method].absolute()


def turned(servers: Sequence[str], number: int) -> list[str]:
    """The servers in another order each round, so that none always follows the same one."""
    at = number % len(servers)
    return [*servers[at:], *servers[:at]]


def pasts(folder: Path | None, side: int, count: int) -> list[Frames]:
    """What requests are made of: the middle of each file's newest frames, or synthetic storms."""
    if folder is None:
        return [storm(shape=(side, side), frames=count, seed=seed) for seed in range(STORMS)]
    files = sorted(path for path in folder.iterdir() if path.is_file())
    found = [table.read(path.read_bytes(), Hints(last=count)) for path in files if path.suffix == ".nc"]
    large = [middle(frames, side) for frames in found if min(frames.grid.shape) >= side and len(frames) == count]
    if not large:
        raise BadInput(f"No NetCDF file in {folder} has {count} frames of {side} x {side} pixels.")
    return large


def middle(frames: Frames, side: int) -> Frames:
    """The square in the middle, on a grid that has no place on the Earth, 5 minutes apart."""
    top, left = ((length - side) // 2 for length in frames.grid.shape)
    times = tuple(frames.times[0] + step * timedelta(minutes=5) for step in range(len(frames)))
    return Frames(frames.rain[:, top : top + side, left : left + side], times, Grid.picture((side, side)))


def requests(server: Runs, pasts: Sequence[Frames], number: int, numbers: Iterator[int]) -> list[Ask]:
    """Requests no two of which are equal, as those that are would fly once: each is of another hour."""
    later = (timedelta(hours=next(numbers)) for _ in range(number))
    made = ((pasts[at % len(pasts)], step) for at, step in enumerate(later))
    return [server.ask(replace(past, times=tuple(time + step for time in past.times))) for past, step in made]


def raced(name: str, server: Runs, load: Load, number: int) -> Iterator[Row]:
    """A server under each rate, once it answers; the first answers, which warm it up, do not count."""
    numbers = count(1)  # what gets it ready is of hour 0, and would be answered from the store
    ready(server, load.pasts[0])
    for rate in load.rates:
        asks = requests(server, load.pasts, max(2, round(rate * load.seconds)), numbers)
        before, _ = used(server.pid)
        shots = open_loop(server.port, asks, rate, seed=number)
        after, resident = used(server.pid)
        yield row(Under(name, number, rate), shots, after - before, resident)
    if load.engine is not None:
        yield saturated(Under(name, number, None), server, load, numbers)


def saturated(under: Under, server: Runs, load: Load, numbers: Iterator[int]) -> Row:
    """A server that always has something to do, between two loops of the engine alone on as many threads."""
    assert load.engine is not None
    compute = partial(load.engine.outlook, [load.pasts[0]], HORIZON)
    each = max(2, round(repeated(compute, 2) * load.seconds / 4))
    bare = repeated(compute, each)
    asks = requests(server, load.pasts[:1], 4 * each + CLIENTS, numbers)
    before, _ = used(server.pid)
    shots = closed_loop(server.port, asks, CLIENTS)
    after, resident = used(server.pid)
    beside = round((bare + repeated(compute, each)) / 2, 2)
    return replace(row(under, shots, after - before, resident), achieved=round(throughput(shots), 2), bare=beside)
