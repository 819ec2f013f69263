"""`nowcast storm`: a synthetic storm to try things with."""

from pathlib import Path

import click

from radar.formats import netcdf
from radar.synthetic import storm


@click.command("storm")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--frames", default=12, show_default=True, type=click.IntRange(1, 288))
@click.option("--size", default=128, show_default=True, type=click.IntRange(1, 4096), help="pixels a side")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
def command(path: Path, frames: int, size: int, seed: int) -> None:
    """Write a synthetic storm to PATH as CF NetCDF."""
    made = storm(shape=(size, size), frames=frames, seed=seed)
    path.write_bytes(netcdf.write(made))
    click.echo(f"{path}: {frames} frames of {size} x {size} pixels")
