"""Every method a worker can run, networks and baselines alike, behind one protocol."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import torch

from jobs.settings import Settings
from model import checkpoint
from model.engine import Engine
from radar.baselines import BASELINES, Baseline
from radar.card import Card
from radar.chances import Outlook
from radar.errors import BadInput, UnknownMethod
from radar.frames import Frames

log = logging.getLogger(__name__)


class Method(Protocol):
    """What turns frames into the frames after them."""

    @property
    def card(self) -> Card:
        """What it eats and says."""

    @property
    def max_batch(self) -> int:
        """How many it runs at once."""

    def shape(self, frames: Frames) -> tuple[int, ...]:
        """What must be equal for two inputs to run in one batch."""

    def forecast(self, past: Sequence[Frames], horizon: int) -> list[Frames]:
        """The next `horizon` frames after each past."""

    def outlook(self, past: Sequence[Frames], horizon: int) -> list[Outlook]:
        """Likewise, with their chances where it knows them."""


@dataclass(frozen=True)
class Plain:
    """A baseline: no weights, one input at a time."""

    baseline: Baseline
    max_batch: int = 1

    @property
    def card(self) -> Card:
        return self.baseline.card

    def shape(self, frames: Frames) -> tuple[int, ...]:
        return frames.rain.shape

    def forecast(self, past: Sequence[Frames], horizon: int) -> list[Frames]:
        return [self.baseline.forecast(frames, horizon) for frames in past]

    def outlook(self, past: Sequence[Frames], horizon: int) -> list[Outlook]:
        return [self.baseline.outlook(frames, horizon) for frames in past]


Methods = dict[str, Method]


def check(settings: Settings) -> dict[str, Path]:
    """The checkpoint folder of each network; BadInput for settings that nothing could be computed with."""
    try:
        device = torch.device(settings.device)
    except RuntimeError as error:
        raise BadInput(f"NOWCAST_DEVICE is {settings.device!r}, which torch does not know.") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise BadInput(f"NOWCAST_DEVICE is {settings.device!r}, but torch sees no GPU here.")
    found = checkpoint.find(*([settings.checkpoints] if settings.checkpoints else []))
    if settings.method not in {*found, *BASELINES}:
        known = ", ".join(sorted({*found, *BASELINES}))
        raise BadInput(f"NOWCAST_METHOD is {settings.method!r}; there are {known}.")
    return found


def load(settings: Settings) -> Methods:
    """Every method there is, by name; runs torch, so never before a pool has forked."""
    found = check(settings)
    torch.set_num_threads(settings.threads)
    cv2.setNumThreads(settings.threads)
    methods: Methods = {name: Plain(baseline) for name, baseline in BASELINES.items()}
    for name, folder in found.items():
        network, card = checkpoint.read(folder)
        methods[name] = Engine(network, card, settings.device, settings.precision, settings.compiled)
        log.info("loaded %s version %s from %s", name, card.version, folder)
    return methods


def named(methods: Methods, name: str) -> Method:
    """The method of a name, or UnknownMethod naming those there are."""
    if name not in methods:
        raise UnknownMethod(f"There is no method {name!r}; there are {', '.join(sorted(methods))}.")
    return methods[name]
