"""`nowcast predict`: a nowcast in this process, no server."""

from collections.abc import Sequence
from pathlib import Path

import click

from jobs.settings import settings
from radar.errors import BadInput
from radar.formats import netcdf, table
from radar.formats.hints import Hints
from workers.answering import answer
from workers.methods import load, named


@click.command("predict")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="CF NetCDF to write")
@click.option("--method", default=None, help="see `nowcast methods`; default is NOWCAST_METHOD")
@click.option("--horizon", default=12, show_default=True, help="frames ahead")
def command(files: Sequence[Path], out: Path, method: str | None, horizon: int) -> None:
    """Write the nowcast that follows the newest frames of FILES."""
    configured = settings()
    methods = load(configured)
    wanted = method or configured.method
    card = named(methods, wanted).card
    frames = table.read_all([(path.name, content(path)) for path in files], Hints(last=card.max_frames))
    card.check(frames, horizon)
    (nowcast,) = answer(methods, wanted, [frames], horizon)
    out.write_bytes(netcdf.write_nowcast(nowcast))
    said = f" ({nowcast.fallback_reason})" if nowcast.fallback_reason else ""
    click.echo(f"{out}: {len(nowcast.frames)} frames by {nowcast.method} {nowcast.version}{said}")


def content(path: Path) -> bytes:
    """A file's bytes, or BadInput."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
