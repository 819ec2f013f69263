"""Frames drawn as tiles, with what was decoded, placed and drawn a moment ago kept at hand."""

import io
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jobs.errors import DamagedBlob
from jobs.timeline import FrameName, Timeline, Timelines
from radar import regrid
from radar.errors import BadInput
from radar.frames import Rain, stamp
from radar.grid import Grid
from service.tiles.address import Square
from service.tiles.cache import ByteCache
from service.tiles.placing import Places, coarseness, coarser, meet, places, reach
from service.tiles.schemes import HOUSE, Scheme

log = logging.getLogger(__name__)

FRAME_BYTES, PLACE_BYTES, TILE_BYTES = 2**27, 2**26, 2**26
"""What is kept of rain, of places on grids and of finished tiles: 256 MiB together."""


class FrameGone(Exception):
    """That version of a frame is no longer there; who asks again gets the one that replaced it."""


@dataclass(frozen=True)
class Look:
    """How rain is drawn: in which colours, with soft edges or as pixels, and with what was not observed in grey.

    outside: also where there is no region at all.
    """

    scheme: Scheme = HOUSE
    smooth: bool = True
    missing: bool = False
    outside: bool = False


@dataclass(frozen=True)
class Layer:
    """One region's part in a tile."""

    line: Timeline
    frame: FrameName

    def under(self, square: Square) -> bool:
        """True when the region may have something to say about a tile."""
        box = reach(self.grid)
        return box is not None and meet(box, square.box)

    @property
    def grid(self) -> Grid:
        """Where its frame lies."""
        assert self.line.grid is not None
        return self.line.grid


class Drawing:
    """Draws tiles; one for all threads of a process."""

    def __init__(self) -> None:
        self.frames: ByteCache[Rain] = ByteCache(FRAME_BYTES)
        self.places: ByteCache[Places] = ByteCache(PLACE_BYTES)
        self.tiles: ByteCache[bytes] = ByteCache(TILE_BYTES)
        self._decoding = threading.Lock()

    def tile(self, timelines: Timelines, layers: Sequence[Layer], square: Square, look: Look) -> bytes:
        """A tile as PNG, what is first among the layers on top; FrameGone when one was replaced meanwhile."""
        seen = [layer for layer in layers if layer.under(square)]
        key = square, look.scheme.name, look.smooth, look.missing, tuple(layer.frame for layer in seen)
        found = self.tiles.get(key)
        if found is None:
            found = png(self._levels(timelines, seen, square, look), look.scheme)
            self.tiles.put(key, found, len(found))
        return found

    def rain(self, timelines: Timelines, layer: Layer, factor: int = 1) -> Rain:
        """The rain of a frame on its own grid, or averaged over factor x factor pixels; FrameGone."""
        found = self.frames.get((layer.frame, factor))
        if found is not None:
            return found
        if factor == 1:
            with self._decoding:  # a map asks for a dozen tiles of one frame at once
                return self._decoded(timelines, layer)
        found = mean(self.rain(timelines, layer), factor)
        self.frames.put((layer.frame, factor), found, found.nbytes)
        return found

    def _decoded(self, timelines: Timelines, layer: Layer) -> Rain:
        """A frame, with those that came out of the same blob kept for when they are asked for."""
        known = self.frames.get((layer.frame, 1))
        if known is not None:
            return known
        found = readable(timelines, layer)
        if layer.frame not in found or found[layer.frame].shape != layer.grid.shape:
            raise FrameGone
        for name, rain in found.items():
            self.frames.put((name, 1), rain, rain.nbytes)
        return found[layer.frame]

    def _levels(self, timelines: Timelines, layers: Sequence[Layer], square: Square, look: Look) -> NDArray[np.uint8]:
        rain = np.full((square.size, square.size), np.nan, np.float32)
        covered = np.zeros(rain.shape, np.bool_)
        for layer in layers:
            factor = coarseness(layer.grid, square.z, square.size)
            at = self._places(coarser(layer.grid, factor) if factor > 1 else layer.grid, square)
            covered[at.window] |= ~np.isnan(at.rows)
            read, part = reading(self.rain(timelines, layer, factor), at, look.smooth), rain[at.window]
            np.copyto(part, read, where=np.isnan(part))
        drawn = look.scheme.levels(rain)
        drawn[(drawn == look.scheme.missing) & ~((covered | look.outside) & look.missing)] = 0
        return drawn

    def _places(self, grid: Grid, square: Square) -> Places:
        found = self.places.get((grid, square))
        if found is None:
            found = places(grid, square)
            self.places.put((grid, square), found, found.rows.nbytes + found.columns.nbytes)
        return found


def readable(timelines: Timelines, layer: Layer) -> dict[FrameName, Rain]:
    """What a frame shows, and what came with it; one that is damaged is shown as not observed, and logged."""
    frame = layer.frame
    try:
        return timelines.rain(layer.line.region, frame)
    except (DamagedBlob, BadInput) as error:
        log.warning("region %s: the frame of %s is drawn as missing: %s", frame.region, stamp(frame.time), error)
        return {frame: np.full(layer.grid.shape, np.nan, np.float32)}


def reading(rain: Rain, at: Places, smooth: bool) -> Rain:
    """Rain at places between pixel centres; only the part of the frame around them is touched."""
    if np.isnan(at.rows).all():
        return np.full(at.rows.shape, np.nan, np.float32)
    top, left = (max(0, int(np.nanmin(places)) - 1) for places in (at.rows, at.columns))
    bottom, right = (int(np.nanmax(places)) + 3 for places in (at.rows, at.columns))
    part = rain[top:bottom, left:right]
    row, column = at.rows.astype(np.float64) - top, at.columns.astype(np.float64) - left
    return regrid.bilinear(part, row, column) if smooth else regrid.nearest(part, row, column)


def mean(rain: Rain, factor: int) -> Rain:
    """Rain averaged over squares of factor x factor pixels, those not observed left out."""
    height, width = (-(-side // factor) for side in rain.shape)
    whole = np.full((height * factor, width * factor), np.nan, np.float32)
    whole[: rain.shape[0], : rain.shape[1]] = rain
    squares = whole.reshape(height, factor, width, factor)
    seen = np.isfinite(squares).sum((1, 3))
    total = np.where(np.isfinite(squares), squares, 0).sum((1, 3), dtype=np.float64)
    averaged = np.divide(total, seen, out=np.full(total.shape, np.nan), where=seen > 0)
    return np.asarray(averaged, np.float32)


def png(drawn: NDArray[np.uint8], scheme: Scheme) -> bytes:
    """Levels as a PNG with a palette: half a byte a pixel before it is compressed."""
    picture = Image.fromarray(drawn)
    picture.putpalette(scheme.rgb)
    file = io.BytesIO()
    picture.save(file, "PNG", transparency=scheme.opacity)
    return file.getvalue()
