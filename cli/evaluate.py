"""`nowcast evaluate`: methods on events, by CSI with counts and protocol id."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from jobs.settings import settings
from model.evaluate import Protocol, evaluate, one_by_one
from model.events import event_files
from radar.card import Score
from radar.errors import BadInput
from workers.methods import load, named


@click.command("evaluate")
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--method", "wanted", multiple=True, help="which; all by default")
@click.option("--events", default="", help="names of event files, with commas; all by default")
@click.option("--every", default=12, show_default=True, type=click.IntRange(1), help="frames between two windows")
@click.option("--json", "as_json", is_flag=True, help="the scores as JSON")
def command(data: Path, wanted: Sequence[str], events: str, every: int, as_json: bool) -> None:
    """Score methods on the event files in DATA, all on the same windows."""
    chosen = [path for path in event_files(data) if not events or path.stem in events.split(",")]
    if not chosen:
        raise BadInput(f"None of these events is in {data}: {events}.")
    methods = load(settings())
    forecasts = {name: one_by_one(named(methods, name)) for name in wanted or methods}
    protocol = replace(Protocol(tuple(path.stem for path in chosen)), every=every)
    scores = evaluate(forecasts, chosen, protocol)
    if as_json:
        click.echo(json.dumps([score.model_dump() for score in scores], indent=2))
    else:
        Console().print(table(scores))


def table(scores: Sequence[Score]) -> Table:
    """The scores, a line each."""
    shown = Table("data", "method", "score", "mm/h", "lead", "value", "pixels", "windows", "protocol")
    for score in scores:
        row = (score.data, score.method, score.score, f"{score.threshold:g}", score.lead, f"{score.value:.3f}")
        shown.add_row(*row, str(score.count), str(score.windows), score.protocol)
    return shown
