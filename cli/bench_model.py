"""`nowcast bench model`: what the networks cost, counted; and on request the engine's time against the reference's."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click
import torch
from rich.console import Console
from rich.table import Column, Table

from jobs.settings import settings
from model.bench import Cost, Setup, costs
from model.race import Lap, race
from model.zoo import MODELS


@click.command("model")
@click.option("--model", "models", multiple=True, type=click.Choice(MODELS), help="which; all by default")
@click.option("--width", default=64, show_default=True, type=click.IntRange(1, 1024))
@click.option("--side", default=128, show_default=True, type=click.IntRange(8, 4096), help="pixels a side")
@click.option("--rounds", default=0, show_default=True, type=click.IntRange(0), help="timings of each, taken in turn")
@click.option("--batch", "batches", multiple=True, default=[1], show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", "threads", multiple=True, type=click.IntRange(1, 1024), help="NOWCAST_THREADS by default")
@click.option("--memory", is_flag=True, help="also the peak memory of a rollout, each in a process of its own")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def command(
    *,
    models: Sequence[str],
    width: int,
    side: int,
    rounds: int,
    batches: Sequence[int],
    threads: Sequence[int],
    memory: bool,
    as_json: bool,
) -> None:
    """Parameters, arithmetic and memory of the networks, counted.

    With --rounds also the time of a nowcast: the reference's arithmetic and the engine in each precision, in turn, for
    every --batch and --threads.
    """
    setup, names = Setup(width=width, side=side), models or paired()
    found = costs(names, setup)
    asked = [(name, count, batch) for name in names for count in threads or [settings().threads] for batch in batches]
    laps = laps_of(asked, setup, rounds, memory) if rounds else iter(())
    if as_json:
        click.echo(json.dumps([cost.fields() for cost in found] + [asdict(lap) for lap in laps], indent=2))
        return
    console = Console()
    console.print(table(found, setup))
    if rounds:
        console.print(timetable(list(laps), setup))


def laps_of(asked: Sequence[tuple[str, int, int]], setup: Setup, rounds: int, memory: bool) -> Iterator[Lap]:
    """The races of models, each with threads and batch."""
    before = torch.get_num_threads()
    for name, threads, batch in asked:
        yield from race(name, setup, rounds, threads=threads, batch=batch, memory=memory)
    torch.set_num_threads(before)


def paired() -> list[str]:
    """Each plain network with its multi-scale twin below."""
    return [twin for name in MODELS if not name.startswith("ms-") for twin in (name, f"ms-{name}")]


def titled(setup: Setup) -> str:
    """What a rollout is of."""
    return f"width {setup.width}, {setup.side} x {setup.side}, {setup.past} frames in, {setup.horizon} out"


def table(found: Sequence[Cost], setup: Setup) -> Table:
    """What was counted, a line a network."""
    columns = "model", "parameters", "G multiply-accumulates", "saved for backward, MiB"
    shown = Table(*columns, title=titled(setup))
    for cost in found:
        arithmetic, saved = f"{cost.multiply_accumulates / 1e9:.1f}", f"{cost.saved_bytes / 2**20:.0f}"
        shown.add_row(cost.model, f"{cost.parameters:,}", arithmetic, saved)
    return shown


def timetable(laps: Sequence[Lap], setup: Setup) -> Table:
    """What was measured, a line a way to run a network."""
    columns = "model", "by", "threads x batch", "s a nowcast", "times as fast", "GFLOP/s", "of peak", "peak MiB"
    shown = Table(*(Column(name, no_wrap=name in columns[:2]) for name in columns), title=titled(setup))
    for lap in laps:
        memory = "" if lap.peak_mib is None else f"{lap.peak_mib:.0f}"
        figures = f"{lap.seconds:.3f}", f"{lap.ratio:.2f}", f"{lap.gflops:.0f}", f"{lap.peak_share:.0%}", memory
        shown.add_row(lap.model, lap.way, f"{lap.threads} x {lap.batch}", *figures)
    return shown
