"""The map of all regions together, as RainViewer's clients ask for it: the animation, its tiles, what is covered."""

import re
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from service.dependencies import HeavyDep, RegionalDep, in_thread
from service.errors import UnknownFrame, UnknownTile
from service.problems import documented
from service.routes.tiles import PICTURE, SIZE, SOON, TilesDep, Z
from service.tiles import schemes, views
from service.tiles.address import Address, Square, around
from service.tiles.atlas import Map
from service.tiles.drawing import Look
from service.tiles.replies import Found, Wanted, respond
from service.tiles.schemas import MapsView

router = APIRouter(tags=["tiles"])
FRAME = re.compile(r"(?:nowcast_)?(\d{1,11})(?:_([0-9a-f]{1,64}))?", re.ASCII)
OPTIONS = re.compile(r"[01](?:_[01]){0,3}")
PLACE = r"^-?\d{1,9}(\.\d{1,15})?$"
COVERED = Look(schemes.COVERAGE, smooth=False, missing=True, outside=True)
Frame = Annotated[
    str, Path(description="as weather-maps.json has it, or just seconds since 1970", examples=["1475073900"])
]
Options = Annotated[str, Path(description="smooth_snow: 1_1, 0_0; snow is drawn as rain", examples=["1_1"])]
X = Annotated[
    str,
    Path(pattern=PLACE, description="from the left; with a decimal point, the latitude of the middle", examples=["33"]),
]
Y = Annotated[
    str,
    Path(pattern=PLACE, description="from the top; with a decimal point, the longitude of the middle", examples=["21"]),
]


async def map_square(size: Annotated[int, Path(description=SIZE, examples=[256])], z: Z, x: X, y: Y) -> Square:
    """Which tile a path names, or around which place a picture is wanted."""
    return around(z, float(x), float(y), size) if "." in x + y else Address(z, int(x), int(y), size)


SquareDep = Annotated[Square, Depends(map_square)]
AnyColor = Annotated[int, Path(description="of no matter here", examples=[0])]
AnyOptions = Annotated[str, Path(max_length=16, description="of no matter here", examples=["0_0"])]


@router.get(
    "/public/weather-maps.json",
    operation_id="getWeatherMaps",
    summary="The animation of all regions, as RainViewer's clients read it",
    responses=documented(500, 503),
)
async def weather_maps(
    request: Request, response: Response, tiles: TilesDep, regional: RegionalDep, heavy: HeavyDep
) -> MapsView:
    """Each path has its tiles at {host}{path}/{size}/{z}/{x}/{y}/{color}/{options}.png."""
    response.headers.update(SOON)
    known = await in_thread(heavy, partial(tiles.atlas.map, regional))
    return views.maps(known, str(request.base_url).rstrip("/"))


@router.get(
    "/v2/radar/{frame}/{size}/{z}/{x}/{y}/{color}/{options}.png",
    operation_id="getMapTile",
    summary="A tile of all regions together",
    response_class=Response,
    responses={**PICTURE, **documented(404, 422, 500, 503)},
)
async def map_tile(
    request: Request,
    square: SquareDep,
    *,
    frame: Frame,
    color: Annotated[int, Path(description="number of a colour scheme", examples=[1])],
    options: Options,
    tiles: TilesDep,
    regional: RegionalDep,
    heavy: HeavyDep,
) -> Response:
    """Transparent where it is dry or not observed. Where regions overlap, the one with the finest pixels is on top."""
    time, version = frame_of(frame)
    if not OPTIONS.fullmatch(options):
        raise UnknownTile(f"There are no options {options[:20]!r}; they are smooth_snow, each 0 or 1.")
    look = Look(schemes.scheme(color), options[0] == "1")
    wanted = Wanted(square, look, version)
    return await in_thread(heavy, partial(respond, tiles, regional, wanted, request, partial(together, time)))


@router.get(
    "/v2/coverage/0/{size}/{z}/{x}/{y}/{color}/{options}.png",
    operation_id="getCoverageTile",
    summary="Where a radar sees, of all regions together",
    response_class=Response,
    responses={**PICTURE, **documented(404, 422, 500, 503)},
)
async def coverage_tile(
    request: Request,
    square: SquareDep,
    *,
    color: AnyColor,
    options: AnyOptions,
    tiles: TilesDep,
    regional: RegionalDep,
    heavy: HeavyDep,
) -> Response:
    """Clear where the newest frames observed anything, black where they did not and outside of all regions."""
    return await in_thread(heavy, partial(respond, tiles, regional, Wanted(square, COVERED, None), request, newest))


def frame_of(text: str) -> tuple[datetime, str | None]:
    """Time and version out of a frame's path."""
    found = FRAME.fullmatch(text)
    if found is None:
        raise UnknownFrame(f"There is no frame {text[:64]!r}; /public/weather-maps.json lists those there are.")
    return datetime.fromtimestamp(int(found[1]), UTC), found[2]


def together(time: datetime, known: Map) -> Found:
    """What all regions show at a time."""
    sheet = known.sheet(time)
    return Found(sheet.layers, sheet.version)


def newest(known: Map) -> Found:
    """What all regions saw last; nothing at all before their first frames."""
    seen = [sheet for sheet in known.sheets if not sheet.expected]
    return Found(seen[-1].layers, seen[-1].version) if seen else Found((), "")
