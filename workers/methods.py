"""Every method a worker can run, networks and baselines alike, behind one protocol."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import torch
from radar.baselines import BASELINES, Baseline

from jobs.settings import Settings
from model import checkpoint
from model.engine import Engine
from radar.card import Card
from radar.errors import UnknownMethod
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


Methods = dict[str, Method]


def load(settings: Settings) -> Methods:
    """Every method there is, by name; runs torch, so never before a pool has forked."""
    torch.set_num_threads(settings.threads)
    cv2.setNumThreads(settings.threads)
    more = [settings.checkpoints] if settings.checkpoints else []
    methods: Methods = {name: Plain(baseline) for name, baseline in BASELINES.items()}
    for name, folder in checkpoint.find(*more).items():
        network, card = checkpoint.read(folder)
        methods[name] = Engine(network, card, settings.device)
        log.info("loaded %s version %s from %s", name, card.version, folder)
    return methods


def named(methods: Methods, name: str) -> Method:
    """The method of a name, or UnknownMethod naming those there are."""
    if name not in methods:
        raise UnknownMethod(f"There is no method {name!r}; there are {', '.join(sorted(methods))}.")
    return methods[name]
