"""`nowcast bench data`: how fast a data set is drawn from, beside the network that eats the batches."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from model.data.speed import Speed, speed
from model.recipe import Recipe


@click.command("data")
@click.argument("data", type=click.Path(path_type=Path, exists=True))
@click.argument("settings", nargs=-1)
@click.option("--rounds", default=10, show_default=True, type=click.IntRange(1), help="batches that are timed")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def command(data: Path, settings: Sequence[str], rounds: int, as_json: bool) -> None:
    """Batches a second out of DATA beside the training steps a second of a network, and how long it waits for them.

    SETTINGS are those of `nowcast train`. The recipe's own network, ms-convlstm, is the one with the least arithmetic.
    """
    found = speed(Recipe.parse(tuple(settings)), data, rounds)
    if as_json:
        click.echo(json.dumps(asdict(found) | {"batches_per_step": found.batches_per_step}, indent=2))
    else:
        Console().print(table(found))


def table(found: Speed) -> Table:
    """A line a figure."""
    shown = Table("", found.data, title=f"{found.data}, learnt by {found.model}", show_header=False)
    shown.add_row("seconds to open", f"{found.seconds_to_open:.1f}")
    shown.add_row("batches a second", f"{1 / found.seconds_per_batch:.2f}")
    shown.add_row("training steps a second", f"{1 / found.seconds_per_step:.2f}")
    shown.add_row("batches in the time of a step", f"{found.batches_per_step:.2f}")
    shown.add_row("seconds a step waits, drawn ahead", f"{found.seconds_waited:.3f}")
    return shown
