"""Groups whose commands are modules, each imported only when it is wanted."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from radar.errors import BadInput


class Modules(click.Group):
    """`nowcast serve` must not wait for torch, and must run where there is none. modules: by the names of commands."""

    def __init__(self, modules: Mapping[str, str], **said: Any) -> None:
        super().__init__(**said)
        self.modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.modules:
            return None
        try:
            command = import_module(self.modules[cmd_name]).command
        except ModuleNotFoundError as error:
            return absent(cmd_name, str(error.name).partition(".")[0])
        assert isinstance(command, click.Command)
        return command


def absent(name: str, package: str) -> click.Command:
    """In the place of a command that needs what is not installed here."""

    def refused() -> None:
        raise BadInput(f"{name} needs {package}, which is not installed here: pip install 'nowcast[all]'.")

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    about = f"(needs {package}, which is not installed here)"
    return click.Command(name, anything, refused, help=about, add_help_option=False)
