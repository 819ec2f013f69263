"""Networks that are in memory while they are used: the least recently used goes when there is no room for another.

One whose files are replaced by another whole one is served from the next batch on, under the new version.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from model import checkpoint
from model.checkpoint import CARD, WEIGHTS
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

    def drop(self, folder: Path) -> None:
        """Let go of the engine of a folder, if it is there."""
        self.engines.pop(folder, None)

    def _loaded(self, folder: Path) -> tuple[Engine, int]:
        weights = folder / WEIGHTS
        size = weights.stat().st_size if weights.is_file() else 0
        while self.engines and sum(held for _, held in self.engines.values()) + size > self.limit:
            oldest = next(iter(self.engines))
            del self.engines[oldest]
            log.info("%s makes room for %s", oldest.name, folder.name)
        return self.load(folder), size


class Lying:
    """The card of what lies whole in a checkpoint's folder; asked by several threads, read only when it changes."""

    def __init__(self, folder: Path, card: Card) -> None:
        self.folder, self._card, self._look = folder, card, look(folder)
        self._reading = Lock()

    @property
    def card(self) -> Card:
        """That of now; while what lies there is not whole, that of before."""
        with self._reading:
            seen = look(self.folder)
            if seen != self._look:
                self._look, self._card = seen, self._read()
            return self._card

    def _read(self) -> Card:
        try:
            found, _ = checkpoint.verify(self.folder)
            if found.method != self._card.method:
                raise BadCheckpoint(f"The card in {self.folder} is that of {found.method} now.")
        except (BadCheckpoint, OSError, MemoryError) as error:
            log.error("%s is served as before: %s", self._card.method, error)
            return self._card
        return found


@dataclass
class OnDemand:
    """A network as a method; card: what was told of it, which stays true while it is out of memory."""

    folder: Path
    card: Card
    resident: Resident
    lying: Lying = field(init=False)

    def __post_init__(self) -> None:
        self.lying = Lying(self.folder, self.card)

    def renew(self) -> None:
        """Serve what lies in the folder now: to be called between two batches, so that no nowcast is of both."""
        card = self.lying.card
        if card.version != self.card.version:
            self.resident.drop(self.folder)
            log.warning(
                "%s was replaced: version %s is served instead of %s", card.method, card.version, self.card.version
            )
            self.card = card

    @property
    def engine(self) -> Engine:
        """What runs it; BadCheckpoint when the files are no longer those of the card."""
        engine = self.resident.engine(self.folder)
        if engine.card.version != self.card.version:
            self.resident.drop(self.folder)
            raise BadCheckpoint(f"The weights in {self.folder} are being replaced.")
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


def look(folder: Path) -> list[tuple[int, int, int] | None]:
    """What changes when a file of a checkpoint is replaced or written to."""
    return [stated(folder / name) for name in (WEIGHTS, CARD)]


def stated(path: Path) -> tuple[int, int, int] | None:
    """Which file it is, of when, and how large; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def renew(method: object) -> None:
    """Serve a network as it lies in its folder now; methods without weights stay what they are."""
    if isinstance(method, OnDemand):
        method.renew()
