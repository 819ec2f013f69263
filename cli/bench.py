"""`nowcast bench`: what things cost, as a table or JSON."""

import json
from collections.abc import Sequence

import click
import torch
from rich.console import Console
from rich.table import Table

from jobs.settings import settings
from model.bench import Cost, Setup, costs
from model.zoo import MODELS


@click.group("bench")
def command() -> None:
    """Measure what things cost."""


@command.command("model")
@click.option("--model", "models", multiple=True, type=click.Choice(MODELS), help="which; all by default")
@click.option("--width", default=64, show_default=True, type=click.IntRange(1, 1024))
@click.option("--side", default=128, show_default=True, type=click.IntRange(8, 4096), help="pixels a side")
@click.option("--rounds", default=0, show_default=True, type=click.IntRange(0), help="timings of each, taken in turn")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def model(models: Sequence[str], width: int, side: int, rounds: int, as_json: bool) -> None:
    """Parameters, arithmetic and memory of the networks, counted; with --rounds also the time of a step."""
    torch.set_num_threads(settings().threads)
    setup = Setup(width=width, side=side)
    found = costs(models or paired(), setup, rounds)
    if as_json:
        click.echo(json.dumps([cost.fields() for cost in found], indent=2))
    else:
        Console().print(table(found, setup))


def paired() -> list[str]:
    """Each plain network with its multi-scale twin below."""
    return [twin for name in MODELS if not name.startswith("ms-") for twin in (name, f"ms-{name}")]


def table(found: Sequence[Cost], setup: Setup) -> Table:
    """A line a network."""
    title = f"width {setup.width}, {setup.side} x {setup.side}, {setup.past} frames in, {setup.horizon} out"
    shown = Table("model", "parameters", "G multiply-accumulates", "saved for backward, MiB", "s a step", title=title)
    for cost in found:
        seconds = "" if cost.seconds_per_step is None else f"{cost.seconds_per_step:.3f}"
        arithmetic, saved = f"{cost.multiply_accumulates / 1e9:.1f}", f"{cost.saved_bytes / 2**20:.0f}"
        shown.add_row(cost.model, f"{cost.parameters:,}", arithmetic, saved, seconds)
    return shown
