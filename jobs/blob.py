"""Frames and nowcasts as bytes for the store: exact, compressed where that pays, checked before they are decoded.

Layout: b"NCB1", length of the header (4 bytes, little endian), JSON header, zlib of the float32 rain rates and, where
the header names thresholds, of the chances, a byte each as radar.chances has them: floor(200 chance + 0.5), 255 where
nothing is known. `packed` says in the header how long these two are; where it does not, they are one. Where it says
`plain`, they lie there as they are. It is padded so that they are aligned, and can be used where they lie.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
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
ALIGNED = 8
HEAD_BYTES = 2**16
"""More than the header of a nowcast ever has."""


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


def rain_end(head: bytes) -> int | None:
    """How many bytes of a nowcast's blob, which begins like this, hold all of its rain; None for all of them."""
    try:
        header, body = split(head)
        return len(head) - len(body) + int(header["packed"][0]) if header.get("packed") else None
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedBlob("The header of a stored nowcast is damaged.") from error


def unpack_nowcast(blob: bytes, *, chances: bool = True) -> Nowcast:
    """The nowcast of a blob, or of as much of it as `rain_end` says, then without its chances; or DamagedBlob."""
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


def pack(frames: Frames, about: dict[str, Any], chances: Chances | None = None, *, plain: bool = False) -> bytes:
    """Frames, what else the header should say, and chances."""
    grid, parts = frames.grid, (frames.rain,) if chances is None else (frames.rain, chances.codes)
    bodies = [np.ascontiguousarray(part).data if plain else deflated(part) for part in parts]
    header = {
        "shape": frames.rain.shape,
        "times": [stamp(time) for time in frames.times],
        "interpolated": [stamp(time) for time in frames.interpolated],
        "transform": grid.transform,
        "crs": grid.crs,
        "chances": None if chances is None else {"thresholds": chances.thresholds, "made_by": chances.made_by},
        **({"plain": True} if plain else {"packed": [len(body) for body in bodies]}),
        **about,
    }
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % ALIGNED)
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
    thresholds = rates(header["chances"]["thresholds"])
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
    """The bytes of the arrays of these shapes in a body, at most so many where they were packed apart."""
    if header.get("plain"):
        return divided(body, *shapes)
    if "packed" not in header:
        return inflated(body, *shapes)
    lengths = [int(length) for length in header["packed"]]
    parts = [body[end - length : end] for length, end in zip(lengths, accumulate(lengths), strict=True)]
    return [inflated(part, shape)[0] for part, shape in list(zip(parts, shapes, strict=True))[:most]]


def deflated(*parts: NDArray[Any]) -> bytes:
    """Arrays one after the other, compressed as one."""
    deflater = isal_zlib.compressobj(LEVEL)
    return b"".join([*(deflater.compress(np.ascontiguousarray(part).data) for part in parts), deflater.flush()])


def inflated(body: bytes | memoryview, *shapes: tuple[int, ...]) -> list[Codes]:
    """The bytes of arrays of these shapes, never inflating more than all of them."""
    most = sum(prod(shape) for shape in shapes)
    try:
        data = isal_zlib.decompressobj().decompress(body, max_length=most + 1)
    except isal_zlib.error as error:  # type: ignore[misc]  # its stub says it is an instance
        raise DamagedBlob("A blob in the store is damaged.") from error
    return divided(data, *shapes)


def divided(data: bytes | memoryview, *shapes: tuple[int, ...]) -> list[Codes]:
    """The bytes of arrays that lie one after the other."""
    sizes = [prod(shape) for shape in shapes]
    if len(data) != sum(sizes):
        raise DamagedBlob("A blob in the store holds another number of values than it says.")
    parts = np.split(np.frombuffer(data, np.uint8), np.cumsum(sizes[:-1]))
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def parsed(times: list[str]) -> tuple[datetime, ...]:
    """Times out of their ISO stamps."""
    return tuple(datetime.fromisoformat(time) for time in times)
