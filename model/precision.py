"""Whether a lower precision may be used: tried out on a storm, remembered on disk."""

import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from model.checkpoint import put
from model.lean.compiled import cache_folder, source
from model.nowcaster import Nowcaster
from radar.card import Card
from radar.errors import NowcastError
from radar.frames import Frames, Rain
from radar.synthetic import storm

log = logging.getLogger(__name__)

TOLERANCE = 0.01
"""Of the standard deviation of the rain in a forecast: how far a faster one may be off, root mean square."""
SHAPE, LEADS = (96, 96), 12
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}

Forecast = Callable[[Frames, int], Rain]


def passes(exact: Forecast, fast: Forecast, card: Card, network: Nowcaster) -> bool:
    """True when the fast forecast is within TOLERANCE of the exact one; measured once for the same weights."""
    place = cache_folder() / f"precision-{fingerprint(network, card)}.json"
    error = remembered(place)
    if error is None:
        error = measured(exact, fast, card)
        put(place, json.dumps({"error": error}).encode())
        log.info("%s in lower precision is off by %.2g standard deviations of the rain", card.method, error)
    return error < TOLERANCE


def remembered(place: Path) -> float | None:
    """The error that was measured before."""
    try:
        return float(json.loads(place.read_bytes())["error"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def measured(exact: Forecast, fast: Forecast, card: Card) -> float:
    """The error of the fast forecast of a synthetic storm; infinite when either fails."""
    past, leads = storm(SHAPE, card.max_frames, seed=7), min(LEADS, card.max_horizon)
    try:
        return relative_error(fast(past, leads), exact(past, leads))
    except NowcastError:
        return float("inf")


def unmatched(card: Card) -> Card:
    """A card whose network's rain stays as it was decoded: matching swaps pixels of all but equal rank, and with them
    all that the rain of one has over the other's, which says nothing of the arithmetic.
    """
    return card.model_copy(update={"network": {**(card.network or {}), "matched": False}})


def relative_error(said: Rain, wanted: Rain) -> float:
    """Root mean square difference of rain (T, Y, X) where both are known, in standard deviations of what is wanted."""
    known = np.isfinite(said) & np.isfinite(wanted)
    spread = float(np.std(wanted[known], dtype=np.float64))
    error = float(np.sqrt(np.mean(np.square(said[known] - wanted[known], dtype=np.float64))))
    return error / spread if spread else float("inf")


def fingerprint(network: Nowcaster, card: Card) -> str:
    """Changes with the weights, what they belong to, and what they run on."""
    about = [card.network, card.max_frames, torch.__version__, torch.backends.cpu.get_cpu_capability()]
    digest = hashlib.sha256(json.dumps(about).encode() + source())
    for tensor in network.state_dict().values():
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
