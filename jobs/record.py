"""A tally as bytes for the store: exact, compressed, checked before it is decoded.

Layout: b"NCT1", leads, thresholds (2 bytes each), first and last time in seconds since 1970 (8 bytes each), all little
endian, then zlib of the tally's arrays one after the other, 8 bytes a number.
"""

import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from math import prod

import numpy as np

from jobs.deflate import deflated, inflated
from jobs.errors import DamagedBlob
from jobs.history import moment, seconds
from radar.chances import MOST_THRESHOLDS
from radar.tally import Tally

HEAD = struct.Struct("<4sHHqq")
MAGIC = b"NCT1"
MOST_LEADS = 1000


@dataclass(frozen=True, eq=False)
class Record:
    """What was counted of the frames from the first to the last time; records merge by `+`."""

    tally: Tally
    first: datetime
    last: datetime

    @property
    def day(self) -> str:
        """The day it begins on, as the store names it."""
        return self.first.date().isoformat()

    def __add__(self, other: "Record") -> "Record":
        return Record(self.tally + other.tally, min(self.first, other.first), max(self.last, other.last))


def pack(record: Record) -> bytes:
    """A record as bytes; equal records give equal bytes."""
    leads, thresholds = record.tally.counts.hits.shape
    head = HEAD.pack(MAGIC, leads, thresholds, *(round(time.timestamp()) for time in (record.first, record.last)))
    return head + deflated(*(array.astype(array.dtype.newbyteorder("<")) for array in record.tally.arrays))


def unpack(blob: bytes) -> Record:
    """The record of `pack`; DamagedBlob for other bytes."""
    try:
        magic, leads, thresholds, *times = HEAD.unpack_from(blob)
        if magic != MAGIC or not 1 <= leads <= MOST_LEADS or not 1 <= thresholds <= MOST_THRESHOLDS:
            raise DamagedBlob("A skill record is not one of ours.")
        tally = tally_of(blob[HEAD.size :], Tally.zero(leads, thresholds))
        first, last = (datetime.fromtimestamp(time, UTC) for time in times)
    except (struct.error, zlib.error, ValueError, OverflowError, OSError) as error:
        raise DamagedBlob("A skill record is damaged.") from error
    return Record(tally, first, last)


def time_of(text: bytes) -> datetime:
    """A time as it is written here; DamagedBlob."""
    with suppress(ValueError, OverflowError, OSError):
        time = moment(text)
        if text == b"%d" % seconds(time):
            return time
    raise DamagedBlob("A time of verification is damaged.")


def of_time(field: bytes, blob: bytes) -> Record:
    """The record that stands under a time, in seconds since 1970; DamagedBlob."""
    record = unpack(blob)
    if not record.first == record.last == time_of(field):
        raise DamagedBlob("A skill record is of another time than it stands under.")
    return record


def of_day(field: bytes, blob: bytes) -> Record:
    """The record that stands under a day; DamagedBlob."""
    record = unpack(blob)
    if not record.day == record.last.date().isoformat() == field.decode(errors="replace"):
        raise DamagedBlob("A skill record is of another day than it stands under.")
    return record


def tally_of(body: bytes, zero: Tally) -> Tally:
    """The numbers of a tally that has the shapes of this one."""
    parts = inflated(body, *((8 * prod(array.shape),) for array in zero.arrays))
    read = zip(parts, zero.arrays, strict=True)
    arrays = [part.view(array.dtype.newbyteorder("<")).reshape(array.shape) for part, array in read]
    if not all(np.isfinite(array).all() for array in arrays):
        raise DamagedBlob("A skill record holds what is no number.")
    return Tally.of([array.astype(array.dtype.newbyteorder("=")) for array in arrays])
