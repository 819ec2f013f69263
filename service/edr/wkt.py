"""Points and polygons out of well-known text (OGC 06-103r4), the only way EDR names a place."""

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ValidationError

from jobs.geometry import MOST_POSITIONS, Point, Polygon
from service.errors import BadQuery

T = TypeVar("T")
MOST_CHARACTERS = 50 * MOST_POSITIONS
MOST_SHAPES = 100
"""Points of a MULTIPOINT, polygons of a MULTIPOLYGON."""
NUMBER = r"[-+]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][-+]?\d{1,3})?"
POSITION = re.compile(rf"({NUMBER})\s+({NUMBER})", re.ASCII)
SHAPE = re.compile(r"\s*([A-Za-z]{1,40})\s*(\(.*\))\s*", re.DOTALL | re.ASCII)
BRACKETS = str.maketrans("()", "[]")


def points(text: str) -> list[Point]:
    """The points of POINT or MULTIPOINT; BadQuery for any other text."""
    return shapes(text, {"POINT": lambda said: [point(*said)], "MULTIPOINT": lambda said: list(map(lone, said))})


def polygons(text: str) -> list[Polygon]:
    """The polygons of POLYGON or MULTIPOLYGON; BadQuery for any other text."""
    return shapes(
        text, {"POLYGON": lambda said: [polygon(said)], "MULTIPOLYGON": lambda said: list(map(polygon, said))}
    )


def point(position: Any) -> Point:
    """A position as a point."""
    return Point(type="Point", coordinates=position)


def lone(said: Any) -> Point:
    """One of several points, which may have brackets of its own."""
    return point(said[0] if isinstance(said[0], list) else said)


def polygon(rings: Any) -> Polygon:
    """Rings as a polygon."""
    return Polygon(type="Polygon", coordinates=rings)


def shapes(text: str, known: dict[str, Callable[[Any], list[T]]]) -> list[T]:
    """What a text holds, of the kinds that are known; BadQuery."""
    if len(text) > MOST_CHARACTERS:
        raise BadQuery(f"coords has {len(text)} characters, and at most {MOST_CHARACTERS} are read.")
    found = SHAPE.fullmatch(text)
    if found is None or found[1].upper() not in known:
        raise BadQuery(f"coords is {text[:40]!r}; it is to be well-known text: a {' or a '.join(known)}.")
    try:
        held = known[found[1].upper()](array(found[2]))
    except ValidationError as error:
        raise BadQuery(
            f"coords are no longitudes and latitudes of a {found[1]}: {error.errors()[0]['msg']}."
        ) from error
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise BadQuery(f"coords cannot be read as a {found[1]}: {text[:40]!r}.") from error
    if len(held) > MOST_SHAPES:
        raise BadQuery(f"coords has {len(held)} shapes, and at most {MOST_SHAPES} are looked at.")
    return held


def array(text: str) -> Any:
    """Brackets and positions as nested lists; ValueError for anything else."""
    pairs = POSITION.sub(lambda found: f"({float(found[1])},{float(found[2])})", text)
    return json.loads(pairs.translate(BRACKETS))
