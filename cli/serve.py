"""`nowcast serve`: gateway, worker, scheduler and, unless there is one, a Valkey server, as supervised processes."""

import fcntl
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from redis import Redis, RedisError

from cli.embedded import ADDRESS, python, valkey_command
from cli.supervisor import Child, Supervisor
from jobs import logs, region_file
from jobs.celery_app import DRAIN, PULL, SWEEP, VERIFY
from jobs.files import Files
from jobs.settings import Settings, settings
from radar.errors import BadInput
from service.access import loopback, opened

ROLES = ("worker", "scheduler", "puller", "verifier", "gateway")
ENDS_FIRST, ENDS_LAST = 0, 2
"""Callers who still wait for an answer of the gateway need the workers, and all need the store."""


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="address the gateway listens on")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="port of the gateway")
@click.option("--data", type=click.Path(path_type=Path), help="folder of what must last; default is NOWCAST_DATA, data")
@click.option("--regions", type=click.Path(path_type=Path), help="TOML file of regions; default is NOWCAST_REGIONS")
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), help="only these; default is all")
def command(host: str, port: int, data: Path | None, regions: Path | None, roles: Sequence[str]) -> None:
    """Serve nowcasts on http://HOST:PORT until SIGTERM."""
    logs.start(settings())
    data, declared = data or settings().data, declaring(regions or settings().regions)
    if not roles or "gateway" in roles:
        check_access(host, settings())
        check_port("gateway", host, port)
    check_store(settings(), roles or ROLES)
    check_archive(settings(), roles or ROLES)
    if metrics_port := settings().metrics_port:
        check_port("metrics server", settings().metrics_host, metrics_port)
    data.mkdir(parents=True, exist_ok=True)
    with locked(data), tempfile.TemporaryDirectory(prefix="nowcast-") as scratch:
        environment = {
            "OMP_WAIT_POLICY": "PASSIVE",  # spinning OpenMP threads slow the gateway beside them threefold
            "PROMETHEUS_MULTIPROC_DIR": scratch,
            **os.environ,
            **declared,
            "NOWCAST_DATA": str(data.resolve()),
        }
        code = Supervisor(children(host, port, data, roles or ROLES, environment)).run()
    sys.exit(code)


def declaring(regions: Path | None) -> dict[str, str]:
    """What tells the scheduler of the file of regions; BadInput with the faults of one that is wrong."""
    if regions is None:
        return {}
    region_file.read(regions)
    return {"NOWCAST_REGIONS": str(regions.resolve())}


def check_access(host: str, configured: Settings) -> None:
    """Refuse to answer whoever reaches this machine, unless they need a key or the operator says so."""
    if configured.access == "auto" and configured.api_key is None and not loopback(host):
        raise BadInput(
            f"On {host} the gateway would answer whoever reaches it: put a first key into NOWCAST_API_KEY, or set "
            "NOWCAST_ACCESS to keys (and make some with `nowcast keys create`) or to open (docs/security.md)."
        )
    opened(configured.public)


def check_port(child: str, host: str, port: int) -> None:
    """Refuse an address that cannot be listened on: a child would be started in vain again and again."""
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        raise BadInput(f"The {child} cannot listen on {host}:{port}: {error.strerror}.") from error


def check_store(configured: Settings, roles: Sequence[str]) -> None:
    """Refuse roles without a gateway on a server of their own: nobody would ever give them anything to do."""
    if "redis_url" not in configured.model_fields_set and "gateway" not in roles:
        raise BadInput(
            f"{' and '.join(roles)} alone would start a server that nobody else knows: set NOWCAST_REDIS_URL to that "
            "of the gateway they work for (docs/deployment.md)."
        )


def check_archive(configured: Settings, roles: Sequence[str]) -> None:
    """Refuse an archive that cannot be opened; a worker alone has nothing to do with it."""
    if configured.archive and {*roles} - {"worker"}:
        Files(configured.archive)


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """The data folder for this run alone: two servers on one file of data would ruin it."""
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BadInput(f"Another nowcast serve uses the data folder {data}; name another with --data.") from error
        yield


def children(host: str, port: int, data: Path, roles: Sequence[str], environment: dict[str, str]) -> list[Child]:
    """The processes to run, in the order they are started."""
    commands: dict[str, Callable[[], list[str]]] = {
        "worker": worker,
        "scheduler": lambda: scheduler(data),
        "puller": puller,
        "verifier": verifier,
        "gateway": lambda: gateway(host, port),
    }
    first = [] if "redis_url" in settings().model_fields_set else [valkey(data, environment)]
    last = [Child("metrics", python("workers.exposition"), environment)] if settings().metrics_port else []
    turns = {"gateway": ENDS_FIRST}
    wanted = [role for role in ROLES if role in roles]
    return first + [Child(role, commands[role](), environment, turn=turns.get(role, 1)) for role in wanted] + last


def valkey(data: Path, environment: dict[str, str]) -> Child:
    """The embedded server; its address goes into the environment of the others, its folder is for this user only."""
    folder, path = data / "valkey", Path(environment["PROMETHEUS_MULTIPROC_DIR"]) / "valkey.sock"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)  # one from before, too: its file holds the secrets of webhooks and sources
    environment["NOWCAST_REDIS_URL"] = f"unix://{path}"
    (folder / ADDRESS).write_text(environment["NOWCAST_REDIS_URL"])
    command = valkey_command(folder.resolve(), path)
    return Child("valkey", command, environment, ready=lambda: answers(path), turn=ENDS_LAST)


def answers(path: Path) -> bool:
    """True when the server on a socket answers a ping."""
    try:
        return bool(Redis(unix_socket_path=str(path)).ping())
    except RedisError:
        return False


def worker() -> list[str]:
    """One pool child per device: a crash or a hung device call costs the child, not the worker."""
    return celery("workers.drainer", DRAIN, "--pool", "prefork", "--concurrency", "1")


def scheduler(data: Path) -> list[str]:
    """The clock; its queue is its own, so that a sweep never waits behind a batch."""
    return celery("workers.scheduler", SWEEP, "--pool", "solo", "--beat", "--schedule", str(data / "schedule"))


def puller() -> list[str]:
    """What fetches radar: two at once, so that one slow source does not hold up the others."""
    return celery("workers.puller", PULL, "--pool", "prefork", "--concurrency", "2")


def verifier() -> list[str]:
    """What compares nowcasts with the radar that came, and keeps the archive: it is never in anybody's way."""
    return celery("workers.verifier", VERIFY, "--pool", "prefork", "--concurrency", "1")


def celery(app: str, queue: str, *options: str) -> list[str]:
    """A Celery worker of one queue that says only what is wrong."""
    quiet = ("--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat")
    return python("celery", "--quiet", "-A", app, "worker", "--queues", queue, *options, *quiet)


def gateway(host: str, port: int) -> list[str]:
    """The HTTP gateway; callers who still wait when it is told to stop have some seconds for their answer."""
    bounds = ("--limit-concurrency", "1000", "--timeout-graceful-shutdown", "20", "--log-level", "warning")
    protocol = ("--http", "service.patience:Patient", "--ws", "none")
    where = ("--host", host, "--port", str(port))
    return python("uvicorn", "--factory", "service.app:process", *where, *protocol, *bounds)
