"""What windows of rain are cut from: frames of one place at one cadence, decoded when they are wanted."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.data.cache import Arrays, Cache
from model.data.runs import Places, span, whole_runs
from radar.frames import Rain
from radar.rain import to_byte

WHOLE = slice(None)


class Seen(NamedTuple):
    """pixels (T, Y, X) uint8 in the HKO-7 encoding; observed (T, Y, X) bool."""

    pixels: NDArray[np.uint8]
    observed: NDArray[np.bool_]


class Event(ABC):
    """T frames of shape (Y, X) at T times in UTC, `cadence` apart but for holes; frames decoded stay in the cache."""

    def __init__(
        self, name: str, shape: tuple[int, int], times: Sequence[datetime], cadence: timedelta, cache: Cache
    ) -> None:
        self.name, self.shape, self.times, self.cadence, self.cache = name, shape, tuple(times), cadence, cache

    @abstractmethod
    def decode(self, frames: range) -> Seen:
        """Some frames out of their files; BadInput names a file that is damaged."""

    @abstractmethod
    def wetness(self) -> NDArray[np.floating]:
        """(T,) how much windows with each frame are wanted: the share of its pixels that are wet."""

    def origin(self, frame: int) -> str:
        """The name of what a frame belongs to; frames of two such are taken as independent."""
        return self.name

    def starts(self, length: int, multiple: int = 1) -> Places:
        """First frames of every run of `length` frames, `multiple` cadences apart, with no hole in time."""
        return whole_runs(self.times, self.cadence, span(length, multiple))

    def read(self, frames: range, rows: slice = WHOLE, columns: slice = WHOLE) -> Seen:
        """Some frames, or the same part of each."""
        found = [self.cache.get((id(self), frame)) for frame in frames]
        missing = [frame for frame, kept in zip(frames, found, strict=True) if kept is None]
        fresh = self._fetch(range(missing[0], missing[-1] + 1, frames.step)) if missing else {}
        kept = [known or fresh[frame] for frame, known in zip(frames, found, strict=True)]
        pixels = np.stack([levels[rows, columns] for levels, _ in kept])
        bits = np.stack([bits[rows] for _, bits in kept])
        return Seen(pixels, np.unpackbits(bits, axis=-1, count=self.shape[1]).view(bool)[..., columns])

    def _fetch(self, frames: range) -> dict[int, Arrays]:
        """Frames by number, pixels and observed (a bit a pixel), decoded and put into the cache."""
        pixels, observed = self.decode(frames)
        bits = np.packbits(observed, axis=-1)
        pairs = zip(frames, pixels, bits, strict=True)
        return {frame: self.cache.put((id(self), frame), levels, packed) for frame, levels, packed in pairs}


def block_mean(rain: Rain, by: int) -> Rain:
    """(T, Y, X) averaged over by x by blocks (NaN where any of a block is), cropped to whole blocks."""
    if by == 1:
        return rain
    frames, height, width = rain.shape
    whole = rain[:, : height // by * by, : width // by * by]
    blocks = whole.reshape(frames, height // by, by, width // by, by)
    return np.asarray(blocks.mean((2, 4)), np.float32)


def seen(rain: Rain) -> Seen:
    """Rain (T, Y, X) in mm/h, NaN where not observed, as pixels."""
    return Seen(to_byte(rain), np.isfinite(rain))
