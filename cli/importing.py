"""`nowcast import`: weights of the MS-RNN authors' code as a checkpoint of ours."""

import hashlib
import re
from pathlib import Path
from typing import Any

import click

from model import checkpoint, foreign
from model.zoo import MODELS, Network
from radar.baselines import BASELINES
from radar.card import Card
from radar.errors import BadInput

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]{0,63}")
size = click.IntRange(1)


@click.command("import")
@click.argument("weights", metavar="CHECKPOINT", type=click.Path(path_type=Path))
@click.option("--model", required=True, help=f"what it was trained as: {', '.join(MODELS)}")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="checkpoint folder")
@click.option("--name", default=None, help="the method's name here; default is the model's")
@click.option("--by", default="others", show_default=True, help="whose weights they are, for the card")
@click.option("--width", type=size, help="this and the next three are seen in the weights when not given")
@click.option("--kernel", type=size)
@click.option("--links", type=size)
@click.option("--channels", type=size)
@click.option("--min-frames", default=1, show_default=True, type=size, help="the fewest frames it is asked with")
@click.option("--max-frames", default=10, show_default=True, type=size, help="older ones are left out")
@click.option("--cadence", "cadence_minutes", nargs=2, type=float, help="shortest and longest, minutes; default is any")
@click.option("--pixel-km", nargs=2, type=float, help="finest and coarsest; default is any")
def command(weights: Path, *, model: str, out: Path, name: str | None, by: str, **asked: Any) -> None:
    """Make a checkpoint folder of CHECKPOINT, a state dict as the reference saves it (torch or safetensors)."""
    limits = {key: asked.pop(key) for key in ("min_frames", "max_frames", "cadence_minutes", "pixel_km")}
    method = model if name is None else name
    check(method, limits)
    theirs = foreign.read(weights)
    network = foreign.network_of(model, theirs, asked)
    made = foreign.load(network, theirs)
    if network.channels != 1:
        raise BadInput(f"{weights} is of a network for {network.channels} channels, and radar rain is one.")
    card = checkpoint.write(out, made, blank_card(network, weights, by, {"method": method, **limits}))
    click.echo(f"{out}: {card.method} version {card.version}, {network.model} of width {network.width}")


def check(name: str, limits: dict[str, Any]) -> None:
    """Refuse what no card may say."""
    if not NAME.fullmatch(name):
        raise BadInput(f"A method's name is up to 64 letters, digits and signs of + - . _, and {name[:80]!r} is none.")
    if name in BASELINES:
        raise BadInput(f"{name} is a method that needs no weights; give them another --name.")
    frames = limits["min_frames"], limits["max_frames"]
    for low, high in filter(None, (frames, limits["cadence_minutes"], limits["pixel_km"])):
        if not 0 < low <= high:
            raise BadInput(f"A range lies above 0 and begins with its lower end; {low:g} to {high:g} does not.")


def blank_card(network: Network, weights: Path, by: str, said: dict[str, Any]) -> Card:
    """What is known of weights that others trained, which is nothing of how they score."""
    summary = f"{network.model} trained by {by} with the MS-RNN authors' code; HKO-7's pixel encoding is assumed"
    source = {"imported": weights.name, "sha256": hashlib.sha256(weights.read_bytes()).hexdigest()}
    return Card(version="unpublished", summary=summary, network=network.fields(), training=source, **said)
