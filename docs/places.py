"""Makes service/viewer/places.json: the big towns of Natural Earth (1:110m, public domain) for the names on the map.

    pip download --no-deps geopandas==0.14.4 && unzip geopandas-0.14.4-*.whl 'geopandas/datasets/*'
    python docs/places.py geopandas/datasets/naturalearth_cities/naturalearth_cities service/viewer/places.json

A row is a name, a longitude and a latitude, the biggest towns first.
"""

import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

POINT = struct.Struct("<dd")
HEAD, RECORD, INTO = 100, 28, 12
"""Bytes of a shape file: its header, a point's record, and what stands before the coordinates in one (ESRI 1998)."""
WHOLE = {"Chi?in?u": "Chișinău", "?saka": "Ōsaka", "Nur-Sultan": "Astana"}
"""Names that the table's alphabet could not hold, and one that has been changed."""


def main(source: str, out: str) -> None:
    """Read, write."""
    shapes, table = (Path(f"{source}.{ending}").read_bytes() for ending in ("shp", "dbf"))
    rows = [[name, *at] for name, at in zip(names(table), points(shapes), strict=True)]
    Path(out).write_text(json.dumps(rows[::-1], ensure_ascii=False, separators=(",", ":")) + "\n")


def points(shapes: bytes) -> Iterator[tuple[float, float]]:
    """Longitude and latitude of each point."""
    for start in range(HEAD, len(shapes), RECORD):
        lon, lat = POINT.unpack_from(shapes, start + INTO)
        yield round(lon, 2), round(lat, 2)


def names(table: bytes) -> Iterator[str]:
    """The only field of a table of towns."""
    count, head, size = struct.unpack_from("<IHH", table, 4)
    for row in range(count):
        start = head + row * size
        name = " ".join(table[start + 1 : start + size].decode("latin-1").split())
        yield WHOLE.get(name, name)


if __name__ == "__main__":
    main(*sys.argv[1:])
