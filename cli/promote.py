"""`nowcast promote`: give a region another method, when what was verified says that it is better."""

from pathlib import Path

import click
from redis import RedisError

from cli.embedded import reachable
from jobs.connection import connect, shown
from jobs.settings import settings
from jobs.store import Store
from jobs.trial import Promotion, declared, promote
from radar.errors import BadInput


@click.command("promote")
@click.argument("region")
@click.argument("method")
@click.option("--force", is_flag=True, help="even if nothing says that it is better; that is kept on record")
@click.option("--data", type=click.Path(path_type=Path), help="data folder of the `nowcast serve` it is for")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def command(region: str, method: str, force: bool, data: Path | None, as_json: bool) -> None:
    """Let METHOD make REGION's nowcasts from now on.

    It is refused unless a paired bootstrap over the frames that both methods were verified against favours METHOD.
    """
    configured = reachable(settings(), data)
    try:
        store = Store(connect(configured), configured)
        done, from_file = promote(store, region, method, force), declared(store.redis, region)
    except RedisError as error:
        raise BadInput(f"The server at {shown(configured)} does not answer: does nowcast serve run?") from error
    click.echo(done.model_dump_json() if as_json else said(region, done))
    if from_file:
        click.echo(
            f'nowcast: A file declares {region}: set method = "{method}" there too, '
            "or it has its old method again once that file changes or the service starts anew.",
            err=True,
        )


def said(region: str, done: Promotion) -> str:
    """A promotion in a line."""
    how = "was forced to" if done.forced else "has"
    return f"{region} {how} {done.method} in the place of {done.before}: {done.grounds}."
