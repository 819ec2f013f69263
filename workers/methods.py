"""Every method a worker can run, networks and baselines alike, behind one protocol."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
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
from radar.errors import BadCheckpoint, BadInput, UnknownMethod
from radar.frames import Frames
from workers.resident import OnDemand, Resident

log = logging.getLogger(__name__)

GPUS: dict[str, Callable[[], bool]] = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
"""Kinds of device that may be missing, and what tells."""


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


def check(settings: Settings) -> None:
    """BadInput for settings that nothing could be computed with; BadCheckpoint for damage to the method they name."""
    found, name = networks(settings), settings.method
    if name in BASELINES:
        return
    damaged = [folder for folder in checkpoint.folders(*places(settings)) if folder.name == name]
    for folder in [found[name]] if name in found else damaged:
        checkpoint.verify(folder)
    if name not in found:
        raise BadInput(f"NOWCAST_METHOD is {name!r}; there are {', '.join(sorted({*found, *BASELINES}))}.")


def networks(settings: Settings) -> dict[str, Path]:
    """The checkpoint folder of each network that is whole; BadInput for a device there is not."""
    try:
        device = torch.device(settings.device)
    except RuntimeError as error:
        raise BadInput(f"NOWCAST_DEVICE is {settings.device!r}, which torch does not know.") from error
    if device.type in GPUS and not GPUS[device.type]():
        raise BadInput(f"NOWCAST_DEVICE is {settings.device!r}, but torch sees no GPU here.")
    return checkpoint.find(*places(settings))


def places(settings: Settings) -> list[Path]:
    """Where there are checkpoints besides those that come with the package."""
    return [settings.checkpoints] if settings.checkpoints else []


def load(settings: Settings) -> Methods:
    """Every method there is, by name, networks to be loaded on demand; never before a pool has forked: it sets threads.

    A network whose files are damaged is left out, and said so; one that the settings name is refused by `check`.
    """
    found = networks(settings)
    torch.set_num_threads(settings.threads)
    cv2.setNumThreads(settings.threads)
    methods: Methods = {name: Plain(baseline) for name, baseline in BASELINES.items()}
    resident = Resident(settings.weights_bytes, partial(warmed, settings))
    for name, folder in found.items():
        try:
            card, _ = checkpoint.verify(folder)
        except BadCheckpoint as error:  # the other methods are still there
            log.error("%s is not served: %s", name, error)
            continue
        methods[name] = OnDemand(folder, card, resident)
    return methods


def warmed(settings: Settings, folder: Path) -> Engine:
    """The engine of a checkpoint, ready for its first job."""
    network, card = checkpoint.read(folder)
    engine = Engine(network, card, settings.device, settings.precision, settings.compiled)
    engine.warm_up()
    log.info("loaded %s version %s from %s", card.method, card.version, folder)
    return engine


def named(methods: Methods, name: str) -> Method:
    """The method of a name, or UnknownMethod naming those there are."""
    if name not in methods:
        raise UnknownMethod(f"There is no method {name!r}; there are {', '.join(sorted(methods))}.")
    return methods[name]
