"""pyfive's attributes within bounds: it makes room for as many values as one declares before it looks for them."""

from typing import Any

from pyfive.dataobjects import DataObjects

from radar.errors import BadFrames

SMALLEST = 8
"""Bytes that a reference takes in the file; a text or list of any length takes 16 for where it lies."""

unbounded = DataObjects._attr_value
"""What pyfive has: room for 2^32 values takes a file of a kilobyte, tens of gigabytes and many seconds."""


def bounded(self: DataObjects, kind: Any, data: bytes, count: int, offset: int) -> Any:
    """The values of an attribute; BadFrames when it declares more than its bytes can hold."""
    size = SMALLEST if kind.dtype.hasobject else kind.dtype.itemsize
    if not 0 <= count * size <= len(data or b"") - offset:
        raise BadFrames("An attribute of the HDF5 file declares more values than it has.")
    return unbounded(self, kind, data, count, offset)


def bound() -> None:
    """From now on, for every file that pyfive reads in this process."""
    DataObjects._attr_value = bounded
