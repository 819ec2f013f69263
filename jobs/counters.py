"""The counters of verification in the store: all of a region and method in one field, put back whole when they grow."""

import json
import logging
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from jobs.counted import Counted, exported
from jobs.errors import DamagedBlob
from jobs.protocol import Protocol

PACKED = b"packed"
"""The field of all cells. Before it each cell had a field of its own: these are read, and packed with the rest."""
MOST_BYTES = 2**22
"""Unpacked: several times what the largest protocol comes to."""

log = logging.getLogger(__name__)


def counters(stored: Mapping[bytes, bytes], told: Callable[[str], bool] = lambda _: True) -> list[Counted]:
    """What a hash of counters holds, by field, of those that are to be told; DamagedBlob."""
    found = sorted((field, count) for field, count in sums(stored).items() if told(field))
    return [Counted.of(field.encode(), b"%d" % count) for field, count in found]


def sums(stored: Mapping[bytes, bytes]) -> dict[str, int]:
    """Likewise, as counts by their fields."""
    try:
        single = {field.decode(): int(count) for field, count in stored.items() if field != PACKED}
    except ValueError as error:
        raise DamagedBlob("A counter of verification is damaged.") from error
    return single | unpacked(stored.get(PACKED))


def unpacked(blob: bytes | None) -> dict[str, int]:
    """The counts of `packed` by their fields, or DamagedBlob."""
    if blob is None:
        return {}
    try:
        inflater = zlib.decompressobj()
        text = inflater.decompress(blob, MOST_BYTES)
        if not inflater.eof:
            raise ValueError("it is cut off")
        return {field: int(count) for field, count in json.loads(text).items()}
    except (zlib.error, ValueError, TypeError, AttributeError) as error:
        raise DamagedBlob("The counters of verification are damaged.") from error


def packed(cells: Iterable[Counted]) -> bytes:
    """Cells as bytes."""
    return zlib.compress(json.dumps({one.field: one.count for one in cells}).encode(), 1)


def grown(stored: Mapping[bytes, bytes], cells: Iterable[Counted], protocol: Protocol) -> bytes:
    """What was stored and these cells, packed; leads and thresholds that the protocol no longer has are let go of."""
    try:
        before = counters(stored)
    except DamagedBlob as error:  # a counter may begin anew; the tallies beside it are what is exact
        log.error("region %s: %s", protocol.region, error)
        before = []
    added: Counter[str] = Counter()
    for one in (*before, *cells):
        added[one.field] += one.count
    kept = places(protocol)
    return packed(
        Counted.of(field.encode(), b"%d" % count) for field, count in added.items() if place_of(field) in kept
    )


def places(protocol: Protocol) -> set[str]:
    """The leads and thresholds of the cells a protocol gives, as fields begin."""
    leads = (0.0, *map(protocol.minutes, exported(protocol)))
    return {f"{lead:g} {threshold:g}" for lead in leads for threshold in protocol.thresholds}


def place_of(field: str) -> str:
    """The lead and threshold of a field."""
    return " ".join(field.split(" ", 2)[:2])
