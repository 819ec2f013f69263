"""`nowcast train`: a network out of a data set."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from model.publish import publish
from model.recipe import Recipe, described
from model.train import train
from model.training.journal import Line
from model.training.parallel import leads


class WithRecipe(click.Command):
    """Its help ends with every setting of a recipe."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Settings"):
            formatter.write_dl([(f"{key}={default}", about) for key, default, about in described()], col_max=36)


@click.command("train", cls=WithRecipe)
@click.argument("data", type=click.Path(path_type=Path, exists=True))
@click.argument("settings", nargs=-1)
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="checkpoint folder")
def command(data: Path, settings: Sequence[str], out: Path) -> None:
    """Train on DATA, calibrate and score on the events held out, and write a checkpoint.

    SETTINGS are key=value of the recipe, or names of TOML files that hold them; the last one counts. The same command
    goes on where a run was stopped, and publishes one that is over. For several processes or GPUs:
    torchrun --nproc-per-node N -m cli train ...
    """
    recipe = Recipe.parse(tuple(settings))
    with Bar(recipe) as bar:
        network = train(recipe, data, out, bar.show)
    if leads():
        card = publish(recipe, data, network, out)
        click.echo(f"{out}: {card.method} version {card.version}, {len(card.scores)} scores in its card")


class Bar:
    """How far a run is, its loss, how fast it goes and when it will be over."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.progress = Progress(*columns(), disable=not leads())
        self.task: TaskID | None = None

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def show(self, line: Line) -> None:
        """Move the bar; a run that goes on begins where it was, so that its speed is this process's own."""
        step, speed = int(line["step"]), self.recipe.batch / max(line["seconds"], 1e-3)
        if self.task is None:  # before there is anything to show, it would leave an empty line
            self.progress.start()
            self.task = self.progress.add_task("training", total=self.recipe.steps, completed=step - 1, loss=0, speed=0)
        self.progress.update(self.task, completed=step, loss=line["loss"], speed=speed)


def columns() -> tuple[ProgressColumn | str, ...]:
    """What the bar shows."""
    said = TextColumn("loss {task.fields[loss]:.4f}"), TextColumn("{task.fields[speed]:.1f} windows/s")
    return "{task.description}", BarColumn(), MofNCompleteColumn(), *said, TimeRemainingColumn()
