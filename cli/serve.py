"""`nowcast serve`: gateway, worker, scheduler and, unless there is one, a Valkey server, as supervised processes."""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from redis import Redis, RedisError

from cli.embedded import private_socket, python, url, valkey_command
from cli.supervisor import Child, Supervisor
from jobs.celery_app import DRAIN, SWEEP

ROLES = ("worker", "scheduler", "gateway")


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="address the gateway listens on")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="port of the gateway")
@click.option("--data", default="data", show_default=True, type=click.Path(path_type=Path), help="what must last")
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), help="only these; default is all")
def command(host: str, port: int, data: Path, roles: Sequence[str]) -> None:
    """Serve nowcasts on http://HOST:PORT until SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    scratch = Path(tempfile.mkdtemp(prefix="nowcast-metrics-"))
    environment = {
        "OMP_WAIT_POLICY": "PASSIVE",  # spinning OpenMP threads slow the gateway beside them threefold
        "PROMETHEUS_MULTIPROC_DIR": str(scratch),
        **os.environ,
    }
    try:
        Supervisor(children(host, port, data, roles or ROLES, environment)).run()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def children(host: str, port: int, data: Path, roles: Sequence[str], environment: dict[str, str]) -> list[Child]:
    """The processes to run, in the order they are started."""
    commands: dict[str, Callable[[], list[str]]] = {
        "worker": worker,
        "scheduler": lambda: scheduler(data),
        "gateway": lambda: gateway(host, port),
    }
    data.mkdir(parents=True, exist_ok=True)
    first = [] if "NOWCAST_REDIS_URL" in environment else [valkey(data, environment)]
    return first + [Child(role, commands[role](), environment) for role in ROLES if role in roles]


def valkey(data: Path, environment: dict[str, str]) -> Child:
    """The embedded server; its address goes into the environment of the others."""
    folder, socket = data / "valkey", private_socket()
    folder.mkdir(exist_ok=True)
    environment["NOWCAST_REDIS_URL"] = url(socket)
    return Child("valkey", valkey_command(folder.resolve(), socket), environment, ready=lambda: answers(socket))


def answers(socket: Path) -> bool:
    """True when the server on a socket answers a ping."""
    try:
        return bool(Redis(unix_socket_path=str(socket)).ping())
    except RedisError:
        return False


def worker() -> list[str]:
    """One pool child per device: a crash or a hung device call costs the child, not the worker."""
    return celery("workers.drainer", DRAIN, "--pool", "prefork", "--concurrency", "1")


def scheduler(data: Path) -> list[str]:
    """The clock; its queue is its own, so that a sweep never waits behind a batch."""
    return celery("workers.scheduler", SWEEP, "--pool", "solo", "--beat", "--schedule", str(data / "schedule"))


def celery(app: str, queue: str, *options: str) -> list[str]:
    """A Celery worker of one queue that says only what is wrong."""
    quiet = ("--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat")
    return python("celery", "--quiet", "-A", app, "worker", "--queues", queue, *options, *quiet)


def gateway(host: str, port: int) -> list[str]:
    """The HTTP gateway; callers who still wait when it is told to stop have some seconds for their answer."""
    bounds = ("--limit-concurrency", "1000", "--timeout-graceful-shutdown", "20", "--log-level", "warning")
    return python("uvicorn", "--factory", "service.app:create", "--host", host, "--port", str(port), *bounds)
