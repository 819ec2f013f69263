"""`nowcast bench`: what things cost; each bench is a module of its own, cli.bench_<name>."""

from importlib import import_module

import click

BENCHES = ("data", "grids", "history", "model", "overhead", "precision", "service", "store", "tiles", "twins")


class Benches(click.Group):
    """Imports a bench only when it is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(BENCHES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in BENCHES:
            return None
        command = import_module(f"cli.bench_{cmd_name}").command
        assert isinstance(command, click.Command)
        return command


@click.group("bench", cls=Benches)
def command() -> None:
    """Measure what things cost."""
