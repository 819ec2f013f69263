"""`nowcast pull`: one cycle of a region by hand."""

from pathlib import Path

import click
from redis import RedisError

from cli.embedded import reachable
from jobs.connection import shown
from jobs.pulls import Pull, Pulled
from jobs.settings import settings
from radar.errors import BadInput
from radar.frames import stamp
from workers.puller import puller
from workers.sources.errors import SourceFailed


@click.command("pull")
@click.argument("region")
@click.option("--data", type=click.Path(path_type=Path), help="data folder of the `nowcast serve` to pull for")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def command(region: str, data: Path | None, as_json: bool) -> None:
    """Ask REGION's source now: append what is new, order the nowcast, and say what was done."""
    configured = reachable(settings(), data)
    try:
        pull = puller(configured).pull(region)
    except RedisError as error:
        raise BadInput(f"The server at {shown(configured)} does not answer: does nowcast serve run?") from error
    if pull.outcome is Pulled.FAILED:
        raise SourceFailed(pull.detail)
    click.echo(pull.model_dump_json() if as_json else said(region, pull))


def said(region: str, pull: Pull) -> str:
    """A pull in a line."""
    backup = " (with the backup)" if pull.backup else ""
    return f"{region}: {pull.outcome}{backup} at {stamp(pull.time.replace(microsecond=0))}: {pull.detail}"
