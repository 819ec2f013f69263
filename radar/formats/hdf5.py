"""Values of an HDF5 dataset out of untrusted bytes: no chunk is inflated further than it declares.

pyfive, which reads the structure, inflates whatever a chunk holds. So the chunks are unpacked here. It also makes room
for whatever an attribute declares; that is bounded here.
"""

from math import ceil, prod
from typing import Any

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray
from pyfive import Dataset

from radar.errors import BadFrames, TooLarge
from radar.formats import hdf5_attributes
from radar.grid import MAX_VALUES

MAX_BYTES = 4 * MAX_VALUES
MAX_CHUNK = 2**28
MAX_CHUNKS = 2**16
"""Of a variable; each takes a tenth of a millisecond to find, however small it is."""
PADDING = 2**24
NOWHERE = 2**64 - 1
CHECKSUM = 4
COMPACT, CONTIGUOUS, CHUNKED = range(3)


hdf5_attributes.bound()


def stored(dataset: Dataset, data: bytes, last: int | None = None) -> NDArray[Any]:
    """The values as stored (packed), or the last entries along the first axis, of a dataset in the file `data`.

    Raises BadFrames or TooLarge before anything is unpacked that is not numbers or is more than it should be.
    """
    if dataset.dtype.kind not in "iuf":
        raise BadFrames(f"The variable {dataset.name.strip('/')[:40]} does not hold numbers.")
    first = max(0, dataset.shape[0] - last) if last is not None and dataset.shape else 0
    if prod(window(dataset, first)) * dataset.dtype.itemsize > MAX_BYTES:
        raise TooLarge(f"A variable of more than {MAX_BYTES} bytes is not read; send fewer frames.")
    if dataset.id.layout_class == CHUNKED:
        return from_chunks(dataset, first)
    if dataset.id.layout_class == CONTIGUOUS:
        return contiguous(dataset, data)[first:] if dataset.shape else contiguous(dataset, data)
    return np.asarray(dataset[...])[first:] if dataset.shape else np.asarray(dataset[...])


def window(dataset: Dataset, first: int) -> tuple[int, ...]:
    """Shape of what is left from `first` on."""
    return (dataset.shape[0] - first, *dataset.shape[1:]) if dataset.shape else ()


def empty(dataset: Dataset, first: int) -> NDArray[Any]:
    """The window as it is where nothing was ever written."""
    return np.full(window(dataset, first), dataset.fillvalue or 0, dataset.dtype)


def contiguous(dataset: Dataset, data: bytes) -> NDArray[Any]:
    """A dataset that lies in the file in one piece."""
    if dataset.id.data_offset == NOWHERE:
        return empty(dataset, 0)
    flat = np.frombuffer(data, dataset.dtype, prod(dataset.shape), dataset.id.data_offset)
    return flat.reshape(dataset.shape)


def from_chunks(dataset: Dataset, first: int) -> NDArray[Any]:
    """A dataset in chunks, from `first` on; a chunk that was never written is the fill value."""
    check_chunks(dataset)
    out = empty(dataset, first)
    for corner in dataset.id.index:
        if wanted(corner, dataset, first):
            begin = (corner[0] - first, *corner[1:])
            into = tuple(slice(max(at, 0), at + side) for at, side in zip(begin, dataset.chunks, strict=True))
            part = chunk(dataset, corner)[max(0, -begin[0]) :]
            size = out[into].shape
            out[into] = part[tuple(slice(side) for side in size)]
    return out


def check_chunks(dataset: Dataset) -> None:
    """Refuse unknown filters, and chunks that would unpack to much more than the variable they belong to."""
    filters = [entry["filter_id"] for entry in dataset.id.filter_pipeline or ()]
    if not set(filters) <= FILTERS.keys() or len(set(filters)) < len(filters):
        raise BadFrames("The file is compressed in a way we do not read; we read deflate (zlib, gzip) with shuffle.")
    whole = prod(dataset.shape) * dataset.dtype.itemsize
    one = prod(dataset.chunks) * dataset.dtype.itemsize
    count = prod(ceil(side / part) for side, part in zip(dataset.shape, dataset.chunks, strict=True))
    if one > MAX_CHUNK or count * one > 4 * whole + PADDING:
        raise TooLarge(f"The file declares chunks of {one} bytes for a variable of {whole} bytes.")
    if count > MAX_CHUNKS:
        raise TooLarge(f"A variable of the file is cut into {count} chunks; the most we read are {MAX_CHUNKS}.")


def wanted(corner: tuple[int, ...], dataset: Dataset, first: int) -> bool:
    """True for a chunk that lies on the dataset's raster and reaches into the window."""
    places = zip(corner, dataset.chunks, dataset.shape, strict=True)
    return all(at % part == 0 and at < side for at, part, side in places) and corner[0] + dataset.chunks[0] > first


def chunk(dataset: Dataset, corner: tuple[int, ...]) -> NDArray[Any]:
    """One chunk, unpacked."""
    skipped, packed = dataset.id.read_direct_chunk(corner)
    size = dataset.dtype.itemsize
    limit = prod(dataset.chunks) * size
    for at, entry in reversed(list(enumerate(dataset.id.filter_pipeline or ()))):
        if not skipped >> at & 1:
            packed = FILTERS[entry["filter_id"]](packed, size, limit)
    return np.frombuffer(packed, dataset.dtype).reshape(dataset.chunks)


def inflate(packed: bytes, _: int, limit: int) -> bytes:
    """Undo deflate, no further than the chunk declares (and a checksum)."""
    inflater = isal_zlib.decompressobj()
    plain = inflater.decompress(packed, limit + CHECKSUM + 1)
    if not inflater.eof or len(plain) > limit + CHECKSUM:
        raise BadFrames("A chunk of the file is truncated or unpacks to more than it declares.")
    return plain


def unshuffle(packed: bytes, size: int, _: int) -> bytes:
    """Undo shuffle, which lays the first bytes of all values before the second bytes of all values."""
    count = len(packed) // size
    values = np.empty((count, size), np.uint8)
    for at, part in enumerate(np.frombuffer(packed, np.uint8, count * size).reshape(size, count)):
        values[:, at] = part  # three times as fast as a transposition
    return values.tobytes() + packed[count * size :]


def strip_checksum(packed: bytes, _: int, __: int) -> bytes:
    """Take the Fletcher checksum off; deflate has one of its own."""
    return packed[:-CHECKSUM]


FILTERS = {1: inflate, 2: unshuffle, 3: strip_checksum}
