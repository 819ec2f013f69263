"""Makes service/viewer/coast.bin: land and borders of Natural Earth (1:50m, public domain), small enough for a page.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python docs/coastlines.py package/countries-50m.json service/viewer/coast.bin

First the number of the outlines of land (uint16), then these, then the borders on land. A line is its number of points
less one (uint16), where it begins (two int16), and steps (pairs of int8): longitude and latitude in hundredths of a
degree, little endian. One across the antimeridian goes on beyond 180 degrees.
"""

import json
import struct
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
TOLERANCE = 0.02
"""Degrees a line may be moved by: some 2 km, two pixels of most radar composites."""
SMALLEST = 0.12
"""Degrees; islands smaller than this in both directions are left out."""
FURTHEST = 127
"""What a step of one byte reaches."""


def main(atlas: str, out: str) -> None:
    """Read, thin, write."""
    topology = json.loads(Path(atlas).read_text())
    scale, origin = (np.array(topology["transform"][name]) for name in ("scale", "translate"))
    arcs = [thinned(unrolled(np.cumsum(np.array(arc), axis=0) * scale + origin)) for arc in topology["arcs"]]
    land = [ring for ring in rings(topology["objects"]["land"], arcs) if np.ptp(ring, axis=0).max() >= SMALLEST]
    lines = [packed(line) for line in (*land, *(arcs[at] for at in shared(topology["objects"]["countries"])))]
    Path(out).write_bytes(struct.pack("<H", len(land)) + b"".join(lines))


def rings(item: Any, arcs: list[Points]) -> Iterator[Points]:
    """The outlines of a topology's item, each of several arcs; one that is counted from below runs backwards."""
    for ring in numbered(item):
        parts = [arcs[at] if at >= 0 else arcs[~at][::-1] for at in ring]
        yield closed(unrolled(np.concatenate([parts[0], *(part[1:] for part in parts[1:])])))


def unrolled(line: Points) -> Points:
    """A line that does not leap from 180 degrees east to 180 degrees west."""
    return np.stack([np.unwrap(line[:, 0], period=360), line[:, 1]], axis=1)


def closed(ring: Points) -> Points:
    """An outline that goes once around the Earth, as Antarctica's does, closed along its pole."""
    if abs(ring[-1, 0] - ring[0, 0]) < 180:
        return ring
    pole = np.copysign(90, ring[0, 1])
    return np.concatenate([ring, [(ring[-1, 0], pole), (ring[0, 0], pole)]])


def numbered(item: Any) -> Iterator[list[int]]:
    """The numbers of the arcs of each outline."""
    if item["type"] == "GeometryCollection":
        for one in item["geometries"]:
            yield from numbered(one)
    elif item["type"] == "MultiPolygon":
        for polygon in item["arcs"]:
            yield from polygon
    else:
        yield from item["arcs"]


def shared(countries: Any) -> list[int]:
    """The arcs that belong to two countries."""
    uses = Counter(at if at >= 0 else ~at for ring in numbered(countries) for at in ring)
    return sorted(at for at, count in uses.items() if count > 1)


def thinned(line: Points) -> Points:
    """The line with as few points as stay within the tolerance (Douglas and Peucker 1973)."""
    if len(line) < 3:
        return line
    along, offset = line[-1] - line[0], line - line[0]
    length = np.hypot(*along)
    across = np.abs(along[0] * offset[:, 1] - along[1] * offset[:, 0]) / length if length else np.hypot(*offset.T)
    at = int(across.argmax())
    if across[at] <= TOLERANCE:
        return line[[0, -1]]
    return np.concatenate([thinned(line[: at + 1])[:-1], thinned(line[at:])])


def packed(line: Points) -> bytes:
    """A line as bytes; a long step is made of several."""
    points = np.rint(line * 100).astype(int)
    steps = [part for one, other in pairwise(points) for part in short(other - one)]
    first = struct.pack("<Hhh", len(steps), *map(int, points[0]))
    return first + b"".join(struct.pack("<bb", *step) for step in steps)


def short(step: NDArray[np.int_]) -> list[tuple[int, int]]:
    """A step as steps that fit a byte each; none when it leads nowhere."""
    count = -(-int(np.abs(step).max()) // FURTHEST)
    ends = [np.rint(step * n / count).astype(int) for n in range(1, count + 1)]
    return [(int(x), int(y)) for x, y in np.diff([np.zeros(2, int), *ends], axis=0)]


if __name__ == "__main__":
    main(*sys.argv[1:])
