"""`nowcast export`: a checkpoint as one file for other runtimes."""

from pathlib import Path

import click
import torch

from jobs.settings import settings
from model import checkpoint
from model.export import KINDS, export
from radar.errors import BadInput


@click.command("export")
@click.argument("folder", metavar="CHECKPOINT", type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="file to write")
@click.option("--as", "kind", default="onnx", show_default=True, type=click.Choice(list(KINDS)), help="kind of file")
def command(folder: Path, out: Path, kind: str) -> None:
    """Write one step of the network in CHECKPOINT, a folder, as ONNX or torch.export, compared with torch first."""
    if not out.parent.is_dir():
        raise BadInput(f"There is no folder {out.parent} to write {out.name} in.")
    torch.set_num_threads(settings().threads)
    network, card = checkpoint.read(folder)
    data, apart = export(network, card, kind)
    checkpoint.put(out, data)
    click.echo(f"{out}: {card.method} version {card.version}, at most {apart:.1e} from torch")
