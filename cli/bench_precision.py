"""`nowcast bench precision`: how far the engine's faster precision is off, on the networks that have weights."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import torch
from rich.console import Console
from rich.table import Table

from jobs.settings import settings
from model import checkpoint
from model.engine import Engine
from model.nowcaster import Nowcaster
from model.precision import relative_error, unmatched
from model.runners import lower
from radar.card import Card
from radar.frames import Frames
from radar.synthetic import storm


@dataclass(frozen=True)
class Error:
    """Of one network on one storm, in standard deviations of the rain in its float32 forecast: of the rain as it is
    decoded, and as it is served, after matching.
    """

    method: str
    storm: int
    precision: str
    decoded: float
    served: float


@click.command("precision")
@click.option(
    "--weights",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path),
    help="checkpoint folder; those shipped by default",
)
@click.option("--side", default=256, show_default=True, type=click.IntRange(64, 4096), help="pixels a side")
@click.option("--storms", default=4, show_default=True, type=click.IntRange(1, 100))
@click.option("--horizon", default=12, show_default=True, type=click.IntRange(1, 24), help="frames ahead")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def command(*, folders: Sequence[Path], side: int, storms: int, horizon: int, as_json: bool) -> None:
    """Root mean square difference of the rain of two precisions, in standard deviations of the rain."""
    torch.set_num_threads(settings().threads)
    asked = folders or checkpoint.find().values()
    found = [error for folder in asked for error in errors(folder, side, storms, horizon)]
    if as_json:
        click.echo(json.dumps([asdict(error) for error in found], indent=2))
        return
    shown = Table(
        "method", "storm", "precision", "rain as decoded", "as served", title=f"{side} x {side}, {horizon} frames out"
    )
    for error in found:
        shown.add_row(error.method, str(error.storm), error.precision, f"{error.decoded:.2%}", f"{error.served:.2%}")
    Console().print(shown)


def errors(folder: Path, side: int, storms: int, horizon: int) -> list[Error]:
    """Of a checkpoint; none where this machine has no faster precision for it."""
    network, card = checkpoint.read(folder)
    faster = lower(network, torch.device("cpu"))
    if faster is None:
        return []
    precision = str(faster).removeprefix("torch.")
    pasts = [storm((side, side), card.max_frames, seed) for seed in range(storms)]
    pairs = (
        (gap(network, unmatched(card), precision, past, horizon), gap(network, card, precision, past, horizon))
        for past in pasts
    )
    return [Error(card.method, seed, precision, decoded, served) for seed, (decoded, served) in enumerate(pairs)]


def gap(network: Nowcaster, card: Card, precision: str, past: Frames, horizon: int) -> float:
    """Between a precision and float32."""
    fast, exact = (
        Engine(network, card, precision=each).forecast([past], horizon)[0] for each in (precision, "float32")
    )
    return relative_error(fast.rain, exact.rain)
