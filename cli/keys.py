"""`nowcast keys`: make API keys, list them, renew their secrets, revoke them."""

import getpass
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import click
from redis import Redis, RedisError

from cli.embedded import reachable
from jobs.api_key import ApiKey, Scope
from jobs.api_keys import ApiKeys
from jobs.audit import Audit, Deed
from jobs.connection import connect, shown
from jobs.settings import settings
from radar.errors import BadInput
from radar.frames import stamp

IDENTITY = click.argument("key_id", metavar="ID")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="as JSON")


@click.group("keys")
def command() -> None:
    """API keys: who may ask this service for what."""


def stored(work: Callable[..., None]) -> Callable[..., None]:
    """Give a command the store, of the running `nowcast serve` or the one that is set; BadInput when it is away."""

    @click.option("--data", type=click.Path(path_type=Path), help="data folder of the `nowcast serve` they are for")
    @wraps(work)
    def connected(data: Path | None, **said: Any) -> None:
        configured = reachable(settings(), data)
        try:
            work(connect(configured), **said)
        except RedisError as error:
            sentence = f"The server at {shown(configured)} does not answer: does nowcast serve run?"
            raise BadInput(sentence) from error

    return connected


@command.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([str(scope) for scope in Scope]),
    help="may be repeated",
)
@click.option(
    "--days", type=click.FloatRange(0, 36_500, min_open=True), help="how long it lasts; else until it is revoked"
)
@click.option("--requests", type=click.IntRange(1), help="requests a minute; else NOWCAST_KEY_REQUESTS")
@click.option("--nowcasts", type=click.IntRange(1), help="nowcasts a minute; else NOWCAST_KEY_NOWCASTS")
@stored
def create(
    redis: Redis, *, name: str, scopes: Sequence[str], days: float | None, requests: int | None, nowcasts: int | None
) -> None:
    """Make a key for NAME and print it: it is shown this once."""
    if not 0 < len(name) <= 64:
        raise BadInput("The name of a key has 1 to 64 characters.")
    text = ApiKeys(redis).create(
        name,
        [Scope(scope) for scope in scopes],
        timedelta(days=days) if days else None,
        requests_per_minute=requests,
        nowcasts_per_minute=nowcasts,
    )
    note(redis, f"keys create {text.split('_')[1]}")
    click.echo(text)


@command.command("list")
@AS_JSON
@stored
def listed(redis: Redis, as_json: bool) -> None:
    """Every key there ever was, without its secret."""
    keys = ApiKeys(redis)
    uses = keys.uses()
    found = [facts(key, uses.get(key.id)) for key in keys.all()]
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for one in found:
        said = (f"{name} {value}" for name, value in one.items() if value and name not in ("id", "name", "state"))
        click.echo(f"{one['id']}  {one['state']:8}  {one['name']}: {', '.join(said)}")


@command.command("revoke")
@IDENTITY
@stored
def revoke(redis: Redis, key_id: str) -> None:
    """Let the key ID open nothing from now on."""
    key = ApiKeys(redis).revoke(key_id)
    note(redis, f"keys revoke {key.id}")
    click.echo(f"{key.id} of {key.name} is revoked.")


@command.command("rotate")
@IDENTITY
@click.option("--overlap", default=24.0, show_default=True, type=click.FloatRange(0, 8760), help="hours")
@stored
def rotate(redis: Redis, key_id: str, overlap: float) -> None:
    """Give the key ID a new secret and print it; the one before is taken for some hours longer."""
    text = ApiKeys(redis).rotate(key_id, timedelta(hours=overlap))
    note(redis, f"keys rotate {key_id}")
    click.echo(text)


def facts(key: ApiKey, used: datetime | None) -> dict[str, str | None]:
    """What a list says of a key."""
    now = datetime.now(UTC)
    state = "revoked" if key.revoked else "good" if key.good(now) else "expired"
    times = {"created": key.created, "expires": key.expires, "last used": used}
    limits = {"requests a minute": key.requests_per_minute, "nowcasts a minute": key.nowcasts_per_minute}
    return {
        "id": key.id,
        "name": key.name,
        "state": state,
        "scopes": " ".join(key.scopes),
        **{name: str(limit) if limit else None for name, limit in limits.items()},
        **{name: stamp(time.replace(microsecond=0)) if time else None for name, time in times.items()},
    }


def note(redis: Redis, action: str) -> None:
    """Put a command into the audit log, under the name of who gave it."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = "unknown"
    Audit(redis).note(Deed(time=datetime.now(UTC), key="", name=f"{user} at the machine", action=action))
