"""`nowcast bench`: what things cost; each bench is a module of its own, cli.bench_<name>."""

import click

from cli.modules import Modules

BENCHES = ("data", "grids", "history", "model", "overhead", "precision", "service", "store", "tiles", "twins")


@click.group("bench", cls=Modules, modules={name: f"cli.bench_{name}" for name in BENCHES})
def command() -> None:
    """Measure what things cost."""
