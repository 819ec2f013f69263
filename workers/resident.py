"""Networks that are in memory while they are used: the least recently used goes when there is no room for another."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.checkpoint import WEIGHTS
from model.engine import Engine
from radar.card import Card
from radar.chances import Outlook
from radar.errors import BadCheckpoint
from radar.frames import Frames

log = logging.getLogger(__name__)


class Resident:
    """Engines by their checkpoint's folder, their weights at most so many bytes together; one always fits."""

    def __init__(self, limit: int, load: Callable[[Path], Engine]) -> None:
        self.limit, self.load = limit, load
        self.engines: dict[Path, tuple[Engine, int]] = {}

    def engine(self, folder: Path) -> Engine:
        """The engine of a folder, loaded when it is not there; it is now the last to go."""
        held = self.engines.pop(folder, None) or self._loaded(folder)
        self.engines[folder] = held
        return held[0]

    def _loaded(self, folder: Path) -> tuple[Engine, int]:
        weights = folder / WEIGHTS
        size = weights.stat().st_size if weights.is_file() else 0
        while self.engines and sum(held for _, held in self.engines.values()) + size > self.limit:
            oldest = next(iter(self.engines))
            del self.engines[oldest]
            log.info("%s makes room for %s", oldest.name, folder.name)
        return self.load(folder), size


@dataclass(frozen=True)
class OnDemand:
    """A network as a method; card: what was told of it, which stays true while it is out of memory."""

    folder: Path
    card: Card
    resident: Resident

    @property
    def engine(self) -> Engine:
        """What runs it; BadCheckpoint when the files are no longer those of the card."""
        engine = self.resident.engine(self.folder)
        if engine.card.version != self.card.version:
            raise BadCheckpoint(f"The weights in {self.folder} were replaced; a worker that starts anew serves them.")
        return engine

    @property
    def sound(self) -> Engine | None:
        """The engine, or None when it cannot be loaded: then its jobs are still taken, to fall back one by one."""
        try:
            return self.engine
        except BadCheckpoint as error:
            log.error("%s cannot be loaded: %s", self.card.method, error)
        return None

    @property
    def max_batch(self) -> int:
        engine = self.sound
        return engine.max_batch if engine else 1

    def shape(self, frames: Frames) -> tuple[int, ...]:
        engine = self.sound
        return engine.shape(frames) if engine else frames.rain.shape

    def forecast(self, past: Sequence[Frames], horizon: int) -> list[Frames]:
        return self.engine.forecast(past, horizon)

    def outlook(self, past: Sequence[Frames], horizon: int) -> list[Outlook]:
        return self.engine.outlook(past, horizon)
