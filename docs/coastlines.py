"""Makes service/viewer/coast.bin: the coastlines of Natural Earth (1:50m, public domain), small enough for a web page.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python docs/coastlines.py package/land-50m.json service/viewer/coast.bin

A line is its number of points less one (uint16), where it begins (two int16), and steps (pairs of int8): longitude
and latitude in hundredths of a degree, little endian.
"""

import json
import struct
import sys
from itertools import pairwise
from pathlib import Path

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
    lines = [np.cumsum(np.array(arc), axis=0) * scale + origin for arc in topology["arcs"]]
    kept = [packed(thinned(line)) for line in lines if np.ptp(line, axis=0).max() >= SMALLEST]
    Path(out).write_bytes(b"".join(kept))


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
