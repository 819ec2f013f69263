"""`nowcast verify`: a region's counts made again from the archive, and held against those that were kept."""

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click
from redis import RedisError

from cli.embedded import reachable
from jobs.connection import shown
from jobs.settings import settings
from radar.errors import BadInput
from radar.frames import in_utc
from workers.recount import Outcome, Recount
from workers.verifier import verifier

DATE = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"])


@click.command("verify")
@click.argument("region")
@click.option(
    "--since", type=DATE, help="only days, in UTC, that begin then or later; all that the archive has by default"
)
@click.option("--data", type=click.Path(path_type=Path), help="data folder of the `nowcast serve` to verify")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def command(region: str, since: datetime | None, data: Path | None, as_json: bool) -> None:
    """Count REGION's nowcasts again from the archive; exit code 1 when that gives other numbers than were kept."""
    configured = reachable(settings(), data)
    configured = configured.model_copy(update={"data": data}) if data else configured
    try:
        recount = Recount(found := verifier(configured), found.regions.get(region))
        outcome = run(recount, since and in_utc(since))
    except RedisError as error:
        raise BadInput(f"The server at {shown(configured)} does not answer: does nowcast serve run?") from error
    click.echo(json.dumps(asdict(outcome)) if as_json else said(region, outcome, recount.protocol.id))
    sys.exit(outcome.difference is not None)


def run(recount: Recount, since: datetime | None) -> Outcome:
    """Compare day by day, until the first difference; the image that has the archive has click's bar, but no rich."""
    days, hidden = recount.days(since), not sys.stderr.isatty()
    with click.progressbar(days, label="recounting", file=sys.stderr, hidden=hidden) as shown_days:
        for day in shown_days:
            recount.compare(day)
            if recount.outcome.difference:
                break
    return recount.outcome


def said(region: str, outcome: Outcome, protocol: str) -> str:
    """An outcome in a few lines."""
    head = f"{region}, protocol {protocol}: "
    if outcome.difference:
        return f"{head}DIFFERENT. {outcome.difference}"
    left_out = [f"left out: {count} x {why}" for why, count in outcome.left_out.items()]
    return "\n".join([f"{head}{outcome.tallies} tallies are equal to the last digit", *left_out])
