"""Frames and nowcasts as bytes for the store: exact, compressed where that pays, checked before they are decoded.

Layout: b"NCB1", length of the header (4 bytes, little endian), JSON header, zlib of the float32 rain rates and, where
the header names thresholds, of the chances after them, a byte each as radar.chances has them: floor(200 chance + 0.5),
255 where nothing is known. Where the header says `plain`, they lie there as they are.
"""

import json
from datetime import datetime
from math import prod
from typing import Any

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from jobs.errors import DamagedBlob
from radar.chances import MAX_CODES, Chances, Codes, rates
from radar.errors import NowcastError
from radar.frames import Frames, stamp
from radar.grid import Grid, check_size
from radar.nowcast import Nowcast

MAGIC = b"NCB1"
MAX_HEADER = 2**20
LEVEL = 1
"""Of ISA-L, whose zlib streams of radar are as small as those of zlib itself, in a quarter to an eighth of its time."""
MOST_PLAIN = 2**24
"""Bytes beyond which memory counts for more than time."""


def pack_frames(frames: Frames, *, plain: bool = False) -> bytes:
    """Frames as a blob; plain, where they stay on this machine and for a moment, they are not compressed if small."""
    return pack(frames, {}, plain=plain and frames.rain.nbytes <= MOST_PLAIN)


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


def unpack_nowcast(blob: bytes) -> Nowcast:
    """The nowcast of a blob, or DamagedBlob."""
    frames, about, chances = unpack(blob)
    try:
        return Nowcast(
            frames=frames,
            method=about["method"],
            version=about["version"],
            asked_for=about["asked_for"],
            input_times=parsed(about["input_times"]),
            interpolated=parsed(about["interpolated_input"]),
            fallback_reason=about["fallback_reason"],
            chances=chances,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedBlob("The header of a stored nowcast is damaged.") from error


def pack(frames: Frames, about: dict[str, Any], chances: Chances | None = None, *, plain: bool = False) -> bytes:
    """Frames, what else the header should say, and chances."""
    grid = frames.grid
    header = {
        "shape": frames.rain.shape,
        "times": [stamp(time) for time in frames.times],
        "interpolated": [stamp(time) for time in frames.interpolated],
        "transform": grid.transform,
        "crs": grid.crs,
        "chances": None if chances is None else {"thresholds": chances.thresholds, "made_by": chances.made_by},
        "plain": plain,
        **about,
    }
    text = json.dumps(header).encode()
    parts: list[NDArray[Any]] = [frames.rain, *([chances.codes] if chances else [])]
    head = MAGIC + len(text).to_bytes(4, "little") + text
    return b"".join([head, *(part.tobytes() for part in parts)]) if plain else head + deflated(*parts)


def unpack(blob: bytes) -> tuple[Frames, dict[str, Any], Chances | None]:
    """Frames, the whole header and the chances of a blob, or DamagedBlob."""
    try:
        header, body = split(blob)
        shape = frames, height, width = checked_shape(header["shape"])
        grid = Grid(height, width, tuple(header["transform"]), header["crs"])
        thresholds = thresholds_of(header, frames * height * width)
        read = divided if header.get("plain") else inflated
        rain, codes = read(body, (frames, height, 4 * width), (len(thresholds), *shape))
        past = Frames(rain.view(np.float32), parsed(header["times"]), grid, parsed(header["interpolated"]))
        return past, header, Chances(thresholds, codes, str(header["chances"]["made_by"])) if thresholds else None
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
    thresholds = rates(header["chances"]["thresholds"])
    if len(thresholds) * values > MAX_CODES:
        raise DamagedBlob("A blob in the store says that it holds more chances than a nowcast can have.")
    return thresholds


def split(blob: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and compressed body."""
    length = int.from_bytes(blob[4:8], "little")
    if blob[:4] != MAGIC or length > MAX_HEADER or len(blob) < 8 + length:
        raise DamagedBlob("A blob in the store is not one of ours.")
    header = json.loads(blob[8 : 8 + length])
    if not isinstance(header, dict):
        raise DamagedBlob("The header of a blob in the store is damaged.")
    return header, blob[8 + length :]


def deflated(*parts: NDArray[Any]) -> bytes:
    """Arrays one after the other, compressed as one."""
    deflater = isal_zlib.compressobj(LEVEL)
    return b"".join([*(deflater.compress(np.ascontiguousarray(part).data) for part in parts), deflater.flush()])


def inflated(body: bytes, *shapes: tuple[int, ...]) -> list[Codes]:
    """The bytes of arrays of these shapes, never inflating more than all of them."""
    most = sum(prod(shape) for shape in shapes)
    try:
        data = isal_zlib.decompressobj().decompress(body, max_length=most + 1)
    except isal_zlib.error as error:  # type: ignore[misc]  # its stub says it is an instance
        raise DamagedBlob("A blob in the store is damaged.") from error
    return divided(data, *shapes)


def divided(data: bytes, *shapes: tuple[int, ...]) -> list[Codes]:
    """The bytes of arrays that lie one after the other."""
    sizes = [prod(shape) for shape in shapes]
    if len(data) != sum(sizes):
        raise DamagedBlob("A blob in the store holds another number of values than it says.")
    parts = np.split(np.frombuffer(data, np.uint8), np.cumsum(sizes[:-1]))
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def parsed(times: list[str]) -> tuple[datetime, ...]:
    """Times out of their ISO stamps."""
    return tuple(datetime.fromisoformat(time) for time in times)
