"""`nowcast train`: a network out of radar events."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from model.publish import publish
from model.recipe import Recipe
from model.train import train


@click.command("train")
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("settings", nargs=-1)
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="checkpoint folder")
def command(data: Path, settings: Sequence[str], out: Path) -> None:
    """Train on the events in DATA, score on those held out; SETTINGS are key=value of the recipe."""
    recipe = Recipe.parse(tuple(settings))
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("loss {task.fields[loss]:.4f}"))
    with Progress(TextColumn("training"), *columns) as progress:
        task = progress.add_task("training", total=recipe.steps, loss=float("nan"))
        report = partial(show, progress, task)
        network = train(recipe, data, out, report)
    card = publish(recipe, data, network, out)
    click.echo(f"{out}: {card.method} version {card.version}, {len(card.scores)} scores in its card")


def show(progress: Progress, task: TaskID, line: dict[str, float]) -> None:
    """Move the bar."""
    progress.update(task, completed=line["step"], loss=line["loss"])
