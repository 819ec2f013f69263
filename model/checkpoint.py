"""Trained weights and their card: a folder with weights.safetensors and card.json."""

import hashlib
import json
import logging
import os
from pathlib import Path

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from model.nowcaster import Nowcaster
from model.zoo import Network
from radar.baselines import BASELINES
from radar.card import Card
from radar.errors import BadCheckpoint

log = logging.getLogger(__name__)

WEIGHTS, CARD = "weights.safetensors", "card.json"
SHIPPED = Path(__file__).parent / "checkpoints"
MAX_WEIGHTS_BYTES = 2**30
MAX_CARD_BYTES = 2**20
FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def write(folder: Path, network: Nowcaster, card: Card) -> Card:
    """Write a checkpoint; its card, which is given back, gets the digest of both as its version."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = save({name: tensor.contiguous() for name, tensor in network.state_dict().items()})
    versioned = card.model_copy(update={"version": digest(weights, card)})
    put(folder / WEIGHTS, weights)
    put(folder / CARD, f"{versioned.model_dump_json(indent=2)}\n".encode())
    return versioned


def put(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: who reads it meanwhile finds the old one."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read(folder: Path) -> tuple[Nowcaster, Card]:
    """The network with its weights, and its card; BadCheckpoint with one sentence for anything that does not fit."""
    card, weights = verify(folder)
    with torch.device("meta"):  # a card may name a network of gigabytes: nothing is allocated before all shapes agree
        network = Network.of(card.network or {}).build()
    kept = tensors(weights)
    if kept is None or shapes(kept) != shapes(network.state_dict()):
        raise BadCheckpoint(f"The weights in {folder} do not fit the network its card names.")
    network.load_state_dict(kept, assign=True)
    return network.float().eval(), card


def verify(folder: Path) -> tuple[Card, bytes]:
    """The card and the bytes of the weights, when they belong together; runs no torch, so it may come before a fork."""
    card = read_card(folder)
    weights = bounded(folder / WEIGHTS, MAX_WEIGHTS_BYTES)
    if digest(weights, card) != card.version:
        raise BadCheckpoint(f"The weights in {folder} are not those its card was written for.")
    return card, weights


def tensors(weights: bytes) -> dict[str, Tensor] | None:
    """The tensors of safetensors bytes by name; None when these are not such, or hold numbers that are no weights."""
    try:
        kept: dict[str, Tensor] = load(weights)
    except (SafetensorError, KeyError):  # KeyError: a number type that torch has not
        return None
    return kept if all(tensor.dtype in FLOATS for tensor in kept.values()) else None


def shapes(kept: dict[str, Tensor]) -> dict[str, torch.Size]:
    """The shape of every tensor by name."""
    return {name: tensor.shape for name, tensor in kept.items()}


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


def digest(weights: bytes, card: Card) -> str:
    """A version: the first 12 hex digits of the SHA-256 of what decides what is said, weights and parts of the card."""
    made = card.model_dump(mode="json", include={"network", "calibration"})
    return hashlib.sha256(weights + json.dumps(made, sort_keys=True).encode()).hexdigest()[:12]


def folders(*places: Path) -> list[Path]:
    """Every folder with a card, below the shipped ones and any others."""
    return [path.parent for place in (SHIPPED, *places) for path in sorted(place.glob(f"*/{CARD}"))]


def find(*places: Path) -> dict[str, Path]:
    """Checkpoint folders by method name; later ones win.

    One whose card is damaged is left out and said so, with the earlier one of its name: nobody has asked for that. So
    is one with the name of a baseline, which must stay what it is.
    """
    found: dict[str, Path] = {}
    for folder in folders(*places):
        try:
            found[network_name(folder)] = folder
        except BadCheckpoint as error:
            log.error("%s is left out: %s", folder.name, error)
            found.pop(folder.name, None)
    return found


def network_name(folder: Path) -> str:
    """The method of a checkpoint folder; BadCheckpoint without a card, or with the name of what needs no weights."""
    name = read_card(folder).method
    if name in BASELINES:
        raise BadCheckpoint(f"{name} is the name of a method without weights.")
    return name
