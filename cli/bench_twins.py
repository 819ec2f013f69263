"""`nowcast bench twins`: networks and their multi-scale twins, trained alike and compared."""

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from model.checkpoint import put
from model.recipe import Recipe
from model.twins import Errors, Spread, Trial, spread, trials, twins
from radar.errors import BadInput

FAMILIES = "convlstm,trajgru"


@click.command("twins")
@click.argument("data", type=click.Path(path_type=Path, exists=True))
@click.argument("settings", nargs=-1)
@click.option(
    "--out", "-o", required=True, type=click.Path(path_type=Path, file_okay=False), help="runs and twins.json"
)
@click.option("--families", default=FAMILIES, show_default=True, help="of networks, with commas")
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1), help="runs of each network")
@click.option("--windows", default=64, show_default=True, type=click.IntRange(1), help="test windows, at most")
@click.option("--json", "as_json", is_flag=True, help="the trials as JSON")
def command(
    data: Path, settings: Sequence[str], out: Path, *, families: str, seeds: int, windows: int, as_json: bool
) -> None:
    """Train each network and its multi-scale twin on DATA, all by the recipe in SETTINGS, and compare their errors."""
    recipe = Recipe.parse(tuple(settings))
    if recipe.thresholds:
        raise BadInput("Twins are compared by the error of their frames: add thresholds= to the settings.")
    out.mkdir(parents=True, exist_ok=True)
    found: list[Trial] = []
    for trial in trials(twins(recipe, families.split(","), seeds), data, out, windows):
        found.append(trial)
        put(out / "twins.json", document(found))
        click.echo(f"{trial.model}, seed {trial.seed}: {trial.errors.forecast_mse:.6f}", err=True)
    click.echo(document(found).decode()) if as_json else Console().print(table(found))


def document(found: Sequence[Trial]) -> bytes:
    """The trials as JSON."""
    return f"{json.dumps([trial.fields() for trial in found], indent=2)}\n".encode()


def table(found: Sequence[Trial]) -> Table:
    """A line a model: the mean of each error over the seeds, and its standard deviation."""
    names = [field.name for field in fields(Errors)]
    shown = Table("model", "seeds", *(name.replace("_", " ") for name in names))
    for model in dict.fromkeys(trial.model for trial in found):
        seeds = sum(trial.model == model and trial.seed is not None for trial in found)
        shown.add_row(model, str(seeds or ""), *(written(spread(found, model, name)) for name in names))
    return shown


def written(error: Spread) -> str:
    """In thousandths: errors of pixels in [0, 1] are small."""
    deviation = "" if error.deviation is None else f" ± {1000 * error.deviation:.3f}"
    return f"{1000 * error.mean:.3f}{deviation}"
