"""Tiles as HTTP answers: to be kept for long when their path names a version that stands, open to every site."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from jobs.regional import Regional
from jobs.timeline import Timelines
from service.conditional import unchanged
from service.errors import UnknownFrame
from service.tiles.address import Square
from service.tiles.atlas import Atlas, Map
from service.tiles.drawing import Drawing, FrameGone, Layer, Look
from service.tiles.past import Past

OPEN = {"Access-Control-Allow-Origin": "*"}
"""Maps are shown by other sites than this service, and there is nothing here that a cookie would open."""
FOR_LONG = "public, max-age=86400, immutable"
FOR_A_MOMENT = "public, max-age=30"
NEVER = datetime.max.replace(tzinfo=UTC)
"""A tile carries no date: only its ETag tells that it is the same."""


@dataclass(frozen=True)
class Tiles:
    """What a process keeps of maps and tiles."""

    atlas: Atlas = field(default_factory=Atlas)
    drawing: Drawing = field(default_factory=Drawing)
    past: Past = field(default_factory=Past)


@dataclass(frozen=True)
class Wanted:
    """A tile as a path asks for it; the version is None when it names none."""

    square: Square
    look: Look
    version: str | None


@dataclass(frozen=True)
class Found:
    """What is to be drawn, and its version."""

    layers: tuple[Layer, ...]
    version: str


def respond(
    tiles: Tiles, regional: Regional, wanted: Wanted, request: Request, pick: Callable[[Map], Found]
) -> Response:
    """The tile, or 304; when its frame came or went a moment ago, on the map as it is now. Call it in a thread."""
    try:
        return answered(tiles, regional, wanted, request, pick(tiles.atlas.map(regional)))
    except (FrameGone, UnknownFrame):
        found = pick(tiles.atlas.map(regional, anew=True))
    try:
        return answered(tiles, regional, wanted, request, found)
    except FrameGone:
        raise UnknownFrame("The frame has just been let go; ask for what there is now.") from None


def answered(tiles: Tiles, regional: Regional, wanted: Wanted, request: Request, found: Found) -> Response:
    """One try at it; FrameGone when the map was older than the frames."""
    headers = {**OPEN, "ETag": etag(wanted, found), "Cache-Control": keep(wanted, found)}
    if unchanged(request, headers["ETag"], NEVER):
        return Response(status_code=304, headers=headers)
    body = tiles.drawing.tile(Timelines(regional), found.layers, wanted.square, wanted.look)
    return Response(body, headers=headers, media_type="image/png")


def keep(wanted: Wanted, found: Found) -> str:
    """For how long; under a path that names another version, or none, there will be another picture soon."""
    return FOR_LONG if wanted.version == found.version else FOR_A_MOMENT


def etag(wanted: Wanted, found: Found) -> str:
    """The same for the same picture, from whichever gateway."""
    look, frames = wanted.look, [layer.frame for layer in found.layers]
    said = f"{frames} {wanted.square} {look.scheme.name} {look.smooth} {look.missing}"
    return f'"{hashlib.sha256(said.encode()).hexdigest()[:24]}"'
