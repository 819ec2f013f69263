"""Values of a Zarr array out of untrusted chunks: none is unpacked further than the array declares.

The Zarr library unpacks whatever a chunk holds. So the chunks are unpacked here, by zlib or numcodecs.
"""

import zlib
from collections.abc import Callable, Iterable, Mapping
from math import ceil, prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from radar.errors import BadFrames, BadInput, TooLarge
from radar.formats.hdf5 import MAX_BYTES, MAX_CHUNK, PADDING

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
ZSTD_SIZES = {0: (0, 0), 1: (2, 256), 2: (4, 0), 3: (8, 0)}
"""Of the size in the head of a zstd frame: its bytes, and what is added to it (RFC 8878)."""
BLOSC_HEAD, BLOSC_SIZE_AT = 16, 4
MISSING_EXTRA = "The chunks of the Zarr store are packed by {}; to read them, pip install nowcast[zarr]."
NOT_READ = "The Zarr store is packed by {!r:.40}; we read zlib, gzip, zstd and blosc."
MORE = "A chunk of the Zarr store is truncated or unpacks to more than it declares."


class Layout(NamedTuple):
    """How an array is stored. packing: names of the codecs that packed each chunk, the last one first undone."""

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]
    order: str
    fill: Any
    packing: tuple[str, ...]
    key: Callable[[str], tuple[int, ...] | None]
    attributes: Mapping[str, Any]


def gathered(layout: Layout, names: Iterable[str], chunk: Callable[[str], bytes], last: int | None) -> NDArray[Any]:
    """The values as stored, or the last entries along the first axis; a chunk that is not there is the fill value.

    names: of the files beside the array's metadata; chunk: the bytes of one.
    """
    first = max(0, layout.shape[0] - last) if last is not None and layout.shape else 0
    check_sizes(layout, first)
    shape = (layout.shape[0] - first, *layout.shape[1:]) if layout.shape else ()
    out = np.full(shape, 0 if layout.fill is None else layout.fill, layout.dtype)
    for name in names:
        corner = corner_of(layout, name)
        if corner is not None and (not corner or corner[0] + layout.chunks[0] > first):
            place(out, decoded(chunk(name), layout), (corner[0] - first, *corner[1:]) if corner else ())
    return out


def check_sizes(layout: Layout, first: int) -> None:
    """Refuse an array, or chunks of it, of more than we decode."""
    size = layout.dtype.itemsize
    wanted = prod((layout.shape[0] - first, *layout.shape[1:])) * size if layout.shape else size
    padded = prod(ceil(side / part) * part for side, part in zip(layout.shape, layout.chunks, strict=True)) * size
    one, whole = prod(layout.chunks) * size, prod(layout.shape) * size
    if wanted > MAX_BYTES:
        raise TooLarge(f"An array of more than {MAX_BYTES} bytes is not read; send fewer frames.")
    if one > MAX_CHUNK or padded > 4 * whole + PADDING:
        raise TooLarge(f"The Zarr store declares chunks of {one} bytes for an array of {whole} bytes.")


def corner_of(layout: Layout, name: str) -> tuple[int, ...] | None:
    """Where the chunk in a file begins; None for a file that holds none of the array."""
    at = layout.key(name)
    if at is None or len(at) != len(layout.shape):
        return None
    corner = tuple(place * part for place, part in zip(at, layout.chunks, strict=True))
    return corner if all(begin < side for begin, side in zip(corner, layout.shape, strict=True)) else None


def place(out: NDArray[Any], part: NDArray[Any], begin: tuple[int, ...]) -> None:
    """Lay a chunk where it belongs, without what of it hangs over the edges."""
    part = part[max(0, -begin[0]) :] if begin else part
    into = tuple(slice(max(0, at), max(0, at) + side) for at, side in zip(begin, part.shape, strict=True))
    size = out[into].shape
    out[into] = part[tuple(slice(side) for side in size)]


def decoded(packed: bytes, layout: Layout) -> NDArray[Any]:
    """One chunk, unpacked."""
    limit = prod(layout.chunks) * layout.dtype.itemsize
    for name in layout.packing:
        packed = unpacker(name)(packed, limit)
    if len(packed) != limit:
        raise BadFrames("A chunk of the Zarr store is not as long as it declares.")
    values = np.frombuffer(packed, layout.dtype)
    return values.reshape(layout.chunks, order="F" if layout.order == "F" else "C")


def unpacker(name: str) -> Callable[[bytes, int], bytes]:
    """What undoes a codec."""
    if name not in UNPACKERS:
        raise BadFrames(NOT_READ.format(name))
    return UNPACKERS[name]


def inflated(packed: bytes, limit: int) -> bytes:
    """Undo zlib or gzip."""
    inflater = zlib.decompressobj(wbits=47)
    plain = inflater.decompress(packed, limit + 1)
    if not inflater.eof or len(plain) > limit:
        raise BadFrames(MORE)
    return plain


def from_zstd(packed: bytes, limit: int) -> bytes:
    """Undo zstd, of a frame that says its size."""
    flags = packed[4] if packed.startswith(ZSTD_MAGIC) else 0
    single = bool(flags & 0x20)
    length, added = ZSTD_SIZES[flags >> 6] if flags >> 6 or not single else (1, 0)
    begin = 5 + (not single) + (0, 1, 2, 4)[flags & 3]
    size = int.from_bytes(packed[begin : begin + length], "little") + added
    if not length or size > limit:
        raise BadFrames(MORE)
    try:
        from numcodecs.zstd import decompress  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise BadInput(MISSING_EXTRA.format("zstd")) from error
    return bytes(decompress(packed))


def from_blosc(packed: bytes, limit: int) -> bytes:
    """Undo blosc, whose head says the size."""
    size = int.from_bytes(packed[BLOSC_SIZE_AT : BLOSC_SIZE_AT + 4], "little")
    if len(packed) < BLOSC_HEAD or size > limit:
        raise BadFrames(MORE)
    try:
        from numcodecs.blosc import decompress  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise BadInput(MISSING_EXTRA.format("blosc")) from error
    return bytes(decompress(packed))


UNPACKERS: dict[str, Callable[[bytes, int], bytes]] = {
    "zlib": inflated,
    "gzip": inflated,
    "zstd": from_zstd,
    "blosc": from_blosc,
}
