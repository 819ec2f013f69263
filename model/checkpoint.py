"""Trained weights and their card: a folder with weights.safetensors and card.json."""

import hashlib
import json
from pathlib import Path

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save

from model.nowcaster import Nowcaster
from model.zoo import Network
from radar.card import Card
from radar.errors import BadCheckpoint

WEIGHTS, CARD = "weights.safetensors", "card.json"
SHIPPED = Path(__file__).parent / "checkpoints"
MAX_WEIGHTS_BYTES = 2**30
MAX_CARD_BYTES = 2**20


def write(folder: Path, network: Nowcaster, card: Card) -> Card:
    """Write a checkpoint; its card, which is given back, gets the digest of the weights as its version."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = save({name: tensor.contiguous() for name, tensor in network.state_dict().items()})
    versioned = card.model_copy(update={"version": digest(weights)})
    (folder / WEIGHTS).write_bytes(weights)
    (folder / CARD).write_text(versioned.model_dump_json(indent=2) + "\n")
    return versioned


def read(folder: Path) -> tuple[Nowcaster, Card]:
    """The network with its weights, and its card; BadCheckpoint with one sentence for anything that does not fit."""
    card = read_card(folder)
    weights = bounded(folder / WEIGHTS, MAX_WEIGHTS_BYTES)
    if digest(weights) != card.version:
        raise BadCheckpoint(f"The weights in {folder} are not those its card was written for.")
    network = Network.of(card.network or {}).build()
    try:
        network.load_state_dict(load(weights))
    except (SafetensorError, RuntimeError, KeyError) as error:  # KeyError: a number type that torch has not
        raise BadCheckpoint(f"The weights in {folder} do not fit the network its card names.") from error
    return network.eval(), card


def read_card(folder: Path) -> Card:
    """The card of a checkpoint folder, or BadCheckpoint."""
    text = bounded(folder / CARD, MAX_CARD_BYTES)
    try:
        return Card.model_validate(json.loads(text))
    except (ValidationError, ValueError, RecursionError) as error:
        raise BadCheckpoint(f"{folder / CARD} is not a card.") from error


def bounded(path: Path, limit: int) -> bytes:
    """A file's bytes, refused by its size before it is read."""
    if not path.is_file():
        raise BadCheckpoint(f"There is no checkpoint file {path}.")
    if path.stat().st_size > limit:
        raise BadCheckpoint(f"{path} is larger than {limit} bytes.")
    return path.read_bytes()


def digest(weights: bytes) -> str:
    """The version of a set of weights: the first 12 hex digits of their SHA-256."""
    return hashlib.sha256(weights).hexdigest()[:12]


def find(*folders: Path) -> dict[str, Path]:
    """Checkpoint folders by method name, below the shipped ones and any others; later ones win."""
    cards = [path for folder in (SHIPPED, *folders) for path in sorted(folder.glob(f"*/{CARD}"))]
    return {read_card(path.parent).method: path.parent for path in cards}
