"""The `nowcast` command: one sub-command a file, loaded when it is called."""

import errno
import sys
from importlib.metadata import version

import click

from cli.modules import Modules
from radar.errors import NowcastError

COMMANDS = (
    "bench",
    "evaluate",
    "export",
    "health",
    "import",
    "keys",
    "methods",
    "predict",
    "promote",
    "pull",
    "replay",
    "serve",
    "storm",
    "train",
    "verify",
)
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What writing a file fails with, without its name, when there is no more room for it."""
MODULES = {"import": "importing"}
"""Where a command's module cannot have its name."""


@click.command(cls=Modules, modules={name: f"cli.{MODULES.get(name, name)}" for name in COMMANDS})
@click.version_option(version("nowcast"))
def nowcast() -> None:
    """The next two hours of rain out of radar frames, and how good that is."""


def main() -> None:
    """Run the command; bad input ends with exit code 2 and one sentence."""
    try:
        nowcast()
    except NowcastError as error:
        refuse(str(error))
    except OSError as error:
        if error.filename is None and error.errno not in FULL:
            raise
        refuse(f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}.")


def refuse(sentence: str) -> None:
    """Say what is wrong and end."""
    click.echo(f"nowcast: {sentence}", err=True)
    sys.exit(2)
