"""`nowcast health`: does a role work on this machine? What a container engine asks every few seconds."""

import http.client
import socket
import sys
from collections.abc import Callable

import click
from redis import Redis, RedisError

from cli.embedded import reachable
from jobs import signs
from jobs.connection import connect
from jobs.settings import settings
from radar.errors import NowcastError

SECONDS = 5


def warm(redis: Redis, role: str) -> bool:
    """A worker's pool child has loaded and warmed up every method."""
    machines = {worker.rpartition("-")[0] for worker in signs.warm_workers(redis)}
    return socket.gethostname() in machines


def alive(redis: Redis, role: str) -> bool:
    """The role has said so not long ago."""
    return signs.is_alive(redis, role, socket.gethostname())


SIGNS: dict[str, Callable[[Redis, str], bool]] = {
    "worker": warm,
    "scheduler": alive,
    "puller": alive,
    "verifier": alive,
}
"""Roles without a port are known by what they leave in the store."""


@click.command("health")
@click.argument("role", type=click.Choice(["gateway", *SIGNS]))
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="port of the gateway")
def command(role: str, port: int) -> None:
    """Whether ROLE works on this machine: exit code 0 or 1, and a sentence."""
    try:
        well = answers(port) if role == "gateway" else SIGNS[role](connect(reachable(settings())), role)
        sentence = f"The {role} {'works' if well else 'gives no sign of life'}."
    except (NowcastError, RedisError, http.client.HTTPException, OSError) as error:
        well, sentence = False, f"The {role} could not be asked: {error}"
    click.echo(sentence)
    sys.exit(0 if well else 1)  # container engines know no third answer


def answers(port: int) -> bool:
    """The gateway answers; whether it has workers is not its own health, and a restart would not mend that."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    connection.request("GET", "/health/live")
    return connection.getresponse().status == 200
