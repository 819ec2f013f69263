"""Counts of a single frame as bytes, few enough to be kept for weeks: what methods are compared in pairs by.

Layout: b"NCP1", leads, thresholds (2 bytes each, little endian), then zlib of the pairs by lead and the four tables of
counts one after the other, 8 bytes a number.
"""

import struct
import zlib
from dataclasses import dataclass

import numpy as np

from jobs.deflate import deflated, inflated
from jobs.errors import DamagedBlob
from jobs.record import MOST_LEADS, Record, time_of
from radar.chances import MOST_THRESHOLDS
from radar.scores import Counts
from radar.sums import Integers

HEAD = struct.Struct("<4sHH")
MAGIC = b"NCP1"


@dataclass(frozen=True, eq=False)
class Compared:
    """What was counted of one frame: pairs by lead, (leads,) of 0 or 1, and counts (leads, thresholds)."""

    frames: Integers
    counts: Counts

    @classmethod
    def of(cls, record: Record) -> "Compared":
        """What methods are compared by of a record of one time."""
        return cls(record.tally.frames, record.tally.counts)

    def at(self, leads: Integers) -> Counts:
        """The counts at the leads that are 1, zero at the others."""
        return Counts(*(table * leads[:, None] for table in self.counts.arrays))


def pack(one: Compared) -> bytes:
    """As bytes; equal ones give equal bytes."""
    arrays = (one.frames, *one.counts.arrays)
    return HEAD.pack(MAGIC, *one.counts.hits.shape) + deflated(*(array.astype("<i8") for array in arrays))


def unpack(blob: bytes) -> Compared:
    """The inverse of `pack`; DamagedBlob for other bytes."""
    try:
        magic, leads, thresholds = HEAD.unpack_from(blob)
        if magic != MAGIC or not 1 <= leads <= MOST_LEADS or not 1 <= thresholds <= MOST_THRESHOLDS:
            raise DamagedBlob("The counts of a frame are not ours.")
        shapes = (8 * leads,), *[(leads, 8 * thresholds)] * 4
        frames, *tables = (part.view("<i8").astype(np.int64) for part in inflated(blob[HEAD.size :], *shapes))
    except (struct.error, zlib.error, ValueError) as error:
        raise DamagedBlob("The counts of a frame are damaged.") from error
    return Compared(frames, Counts(*tables))


def of_time(field: bytes, blob: bytes) -> Compared:
    """Likewise, of the blob that stands under a time."""
    time_of(field)
    return unpack(blob)
