"""Frames and nowcasts as bytes for the store: exact, compressed, checked before they are decoded.

Layout: b"NCB2", length of the header (4 bytes, little endian), JSON header, zstd of the float32 rain rates and, where
the header names thresholds, of the chances, a byte each as radar.chances has them: floor(200 chance + 0.5), 255 where
nothing is known. `packed` says in the header how long these two are.
"""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import accumulate
from math import prod
from threading import local
from typing import Any

import numpy as np
import zstandard
from numpy.typing import NDArray

from jobs.errors import DamagedBlob
from radar.chances import MAX_CODES, Chances, Codes, rising
from radar.errors import NowcastError
from radar.frames import Frames, stamp
from radar.grid import Grid, check_size
from radar.nowcast import Nowcast

MAGIC = b"NCB2"
MAX_HEADER = 2**20
LEVEL = -5
"""Of zstd: radar becomes a quarter of what it was, sooner than the store takes in the rest even on one machine."""
SMALL = 2**20
"""Bytes of rain below which a second thread is not worth its start."""
HEAD_BYTES = 2**16
"""More than the header of a nowcast ever has."""


def pack_frames(frames: Frames) -> bytes:
    """Frames as a blob."""
    return pack(frames, {})


def unpack_frames(blob: bytes) -> Frames:
    """The frames of a blob, or DamagedBlob."""
    return unpack(blob)[0]


def pack_nowcast(nowcast: Nowcast) -> bytes:
    """A nowcast as a blob."""
    about = {
        "method": nowcast.method,
        "version": nowcast.version,
        "asked_for": nowcast.asked_for,
        "input_times": [stamp(time) for time in nowcast.input_times],
        "interpolated_input": [stamp(time) for time in nowcast.interpolated],
        "fallback_reason": nowcast.fallback_reason,
    }
    return pack(nowcast.frames, about, nowcast.chances)


def nowcast_end(head: bytes, *, chances: bool = True) -> int:
    """How many bytes of a nowcast's blob, which begins like this, hold its rain, and its chances; or DamagedBlob."""
    try:
        header, body = split(head)
        return len(head) - len(body) + sum(map(int, header["packed"][: 1 + chances]))
    except (LookupError, TypeError, ValueError) as error:
        raise DamagedBlob("The header of a stored nowcast is damaged.") from error


def unpack_nowcast(blob: bytes, *, chances: bool = True) -> Nowcast:
    """The nowcast of a blob, or of as much of it as `nowcast_end` says, then without its chances; or DamagedBlob."""
    frames, about, odds = unpack(blob, chances)
    try:
        return Nowcast(
            frames=frames,
            method=about["method"],
            version=about["version"],
            asked_for=about["asked_for"],
            input_times=parsed(about["input_times"]),
            interpolated=parsed(about["interpolated_input"]),
            fallback_reason=about["fallback_reason"],
            chances=odds,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedBlob("The header of a stored nowcast is damaged.") from error


def pack(frames: Frames, about: dict[str, Any], chances: Chances | None = None) -> bytes:
    """Frames, what else the header should say, and chances."""
    grid, parts = frames.grid, (frames.rain,) if chances is None else (frames.rain, chances.codes)
    bodies = compressed(parts)
    header = {
        "shape": frames.rain.shape,
        "times": [stamp(time) for time in frames.times],
        "interpolated": [stamp(time) for time in frames.interpolated],
        "transform": grid.transform,
        "crs": grid.crs,
        "chances": None if chances is None else {"thresholds": chances.thresholds, "made_by": chances.made_by},
        "packed": [len(body) for body in bodies],
        **about,
    }
    text = json.dumps(header).encode()
    return b"".join([MAGIC, len(text).to_bytes(4, "little"), text, *bodies])


def unpack(blob: bytes, chances: bool = True) -> tuple[Frames, dict[str, Any], Chances | None]:
    """Frames, the whole header and the chances of a blob, those if wanted; or DamagedBlob."""
    try:
        header, body = split(blob)
        shape = frames, height, width = checked_shape(header["shape"])
        grid = Grid(height, width, tuple(header["transform"]), header["crs"])
        thresholds = thresholds_of(header, frames * height * width)
        shapes = [(frames, height, 4 * width), *([(len(thresholds), *shape)] if thresholds else [])]
        rain, *codes = arrays(header, body, shapes, most=1 + chances)
        past = Frames(rain.view(np.float32), parsed(header["times"]), grid, parsed(header["interpolated"]))
        return past, header, Chances(thresholds, codes[0], str(header["chances"]["made_by"])) if codes else None
    except DamagedBlob:
        raise
    except (NowcastError, KeyError, TypeError, ValueError) as error:
        raise DamagedBlob("A blob in the store is damaged.") from error


def checked_shape(said: list[int]) -> tuple[int, int, int]:
    """Frames, height and width, fit to be decoded."""
    frames, height, width = (int(side) for side in said)
    check_size(frames, height, width)
    return frames, height, width


def thresholds_of(header: dict[str, Any], values: int) -> tuple[float, ...]:
    """The thresholds of the chances in a blob; none where there are no chances, and never more than fit."""
    if not header.get("chances"):
        return ()
    thresholds = rising(header["chances"]["thresholds"])
    if len(thresholds) * values > MAX_CODES:
        raise DamagedBlob("A blob in the store says that it holds more chances than a nowcast can have.")
    return thresholds


def split(blob: bytes) -> tuple[dict[str, Any], memoryview]:
    """Header and body."""
    length = int.from_bytes(blob[4:8], "little")
    if blob[:4] != MAGIC or length > MAX_HEADER or len(blob) < 8 + length:
        raise DamagedBlob("A blob in the store is not one of ours.")
    header = json.loads(blob[8 : 8 + length])
    if not isinstance(header, dict):
        raise DamagedBlob("The header of a blob in the store is damaged.")
    return header, memoryview(blob)[8 + length :]


def arrays(header: dict[str, Any], body: memoryview, shapes: Sequence[tuple[int, ...]], most: int) -> list[Codes]:
    """The bytes of the arrays of these shapes in a body, of at most so many."""
    lengths = [int(length) for length in header["packed"]]
    parts = [body[end - length : end] for length, end in zip(lengths, accumulate(lengths), strict=True)]
    return [decompressed(part, shape) for part, shape in list(zip(parts, shapes, strict=True))[:most]]


def compressed(parts: Sequence[NDArray[Any]]) -> list[bytes]:
    """Arrays, each by itself, and large ones at once."""
    if len(parts) == 1 or parts[0].nbytes < SMALL:
        return [squeezed(part) for part in parts]
    with ThreadPoolExecutor(len(parts)) as pool:
        return list(pool.map(squeezed, parts))


class Zstd(local):
    """What a thread compresses with, made once: that takes as long as a small nowcast."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


ZSTD = Zstd()


def squeezed(part: NDArray[Any]) -> bytes:
    """The bytes of an array, compressed."""
    return ZSTD.compressor.compress(np.ascontiguousarray(part).data)


def decompressed(part: memoryview, shape: tuple[int, ...]) -> Codes:
    """The bytes of an array of this shape; what says that it holds more or less is not looked into."""
    try:
        if zstandard.frame_content_size(part) != prod(shape):
            raise DamagedBlob("A blob in the store holds another number of values than it says.")
        data = ZSTD.decompressor.decompress(part, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise DamagedBlob("A blob in the store is damaged.") from error
    return np.frombuffer(data, np.uint8).reshape(shape)


def parsed(times: list[str]) -> tuple[datetime, ...]:
    """Times out of their ISO stamps."""
    return tuple(datetime.fromisoformat(time) for time in times)
