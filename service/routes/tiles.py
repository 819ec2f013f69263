"""Map tiles of each region, as TileJSON and XYZ, and legends."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from jobs.region import Region
from jobs.regional import Regional
from jobs.timeline import Timeline, Timelines
from radar.frames import in_utc, stamp, utc
from service.dependencies import HeavyDep, ReadingDep, RegionalDep, RegionDep, in_thread
from service.errors import UnknownFrame
from service.openapi import BINARY
from service.past import Asked
from service.problems import documented
from service.region_views import attribution
from service.stamps import UtcStamp
from service.tiles import schemes, views
from service.tiles.address import Address
from service.tiles.atlas import Map
from service.tiles.atlas import layer as one
from service.tiles.drawing import Look
from service.tiles.past import Past, came, kept_since, methods
from service.tiles.replies import OPEN, Found, Tiles, Wanted, respond
from service.tiles.schemas import LegendView, TileJsonView

router = APIRouter(tags=["tiles"])
SOON = {**OPEN, "Cache-Control": "public, max-age=10"}
LATEST = "latest"
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": BINARY}},
    304: {"description": "It is the one the caller has"},
}


async def _tiles(request: Request) -> Tiles:
    return request.app.state.tiles  # type: ignore[no-any-return]


TilesDep = Annotated[Tiles, Depends(_tiles)]
Time = Annotated[str, Path(description="of a frame, or `latest`", examples=["2016-09-28T14:45:00Z"])]
Version = Annotated[
    str | None, Query(max_length=64, description="as tiles.json has it: such a tile may be kept", examples=["5f0c2a91"])
]
Z = Annotated[int, Path(description="zoom, 0 to 12", examples=[6])]
X = Annotated[int, Path(description="from the left", examples=[33])]
Y = Annotated[int, Path(description="from the top", examples=[21])]
SIZE = "256 or 512 pixels"
Color = Annotated[int, Query(description="number of a colour scheme", examples=[1])]
Layer = Annotated[
    Literal["rain", "chance"], Query(description="what of: rain rates, or the chance that one is reached")
]


async def region_address(z: Z, x: X, y: Y, size: Annotated[int, Query(description=SIZE)] = 256) -> Address:
    """Which tile a path and its query name."""
    return Address(z, x, y, size)


async def asked_for(
    method: Annotated[
        str | None,
        Query(max_length=64, description="whose nowcast; the region's own when left out", examples=["persistence"]),
    ] = None,
    at: Annotated[
        UtcStamp | None,
        Query(description="the last nowcast that begins at or before this time", examples=["2016-09-28T14:45:00Z"]),
    ] = None,
) -> Asked:
    """Whose nowcast is wanted, and of when; a time that names no zone is UTC."""
    return Asked(method, at and utc(in_utc(at)))


AskedDep = Annotated[Asked, Depends(asked_for)]
Threshold = Annotated[float | None, Query(description="the chance of so many mm/h, instead of the rain", examples=[2])]


@dataclass(frozen=True)
class Picked:
    """Which frame of a region; the newest without a time."""

    region: Region
    time: datetime | None
    asked: Asked
    threshold: float | None


async def picked(region: RegionDep, time: Time, asked: AskedDep, threshold: Threshold = None) -> Picked:
    """The frame that a path and its query name."""
    return Picked(region, None if time == LATEST else time_in_path(time), asked, threshold)


@router.get(
    "/regions/{region_id}/tiles.json",
    operation_id="getRegionTileJson",
    summary="A region's tiles as TileJSON, with all its frames",
    responses=documented(404, 422, 500, 503),
)
async def region_tilejson(
    request: Request,
    response: Response,
    region: RegionDep,
    *,
    tiles: TilesDep,
    regional: RegionalDep,
    heavy: HeavyDep,
    reading: ReadingDep,
    asked: AskedDep,
    hours: Annotated[float, Query(ge=0, le=744, description="how far back")] = 2,
) -> TileJsonView:
    """`frames` names each frame, observed and expected; with `method` or `at` those of an archived nowcast."""
    response.headers.update(SOON)
    known = (await in_thread(heavy, partial(tiles.atlas.map, regional))).line(region)
    base = f"{str(request.base_url).rstrip('/')}/regions/{region.id}/tiles"
    told = views.Told(known, base, attribution=attribution(region))
    return await in_thread(reading, partial(listed, tiles.past, regional, told, asked, hours))


@router.get(
    "/regions/{region_id}/tiles/{time}/{z}/{x}/{y}.png",
    operation_id="getRegionTile",
    summary="A tile of one frame of a region",
    response_class=Response,
    responses={**PICTURE, **documented(404, 422, 500, 503)},
)
async def region_tile(
    request: Request,
    address: Annotated[Address, Depends(region_address)],
    *,
    picked: Annotated[Picked, Depends(picked)],
    tiles: TilesDep,
    regional: RegionalDep,
    heavy: HeavyDep,
    reading: ReadingDep,
    color: Color = 1,
    smooth: Annotated[bool, Query(description="soft edges, or the radar's own pixels")] = True,
    missing: Annotated[bool, Query(description="grey where the radar sees nothing")] = True,
    v: Version = None,
) -> Response:
    """Transparent where it is dry and outside of the region."""
    scheme = schemes.scheme(color) if picked.threshold is None else schemes.CHANCE
    wanted = Wanted(address, Look(scheme, smooth, missing), None if picked.time is None else v)
    pick = partial(alone, tiles.past, regional, picked)
    threads = heavy if picked.asked.own else reading
    return await in_thread(threads, partial(respond, tiles, regional, wanted, request, pick))


@router.get(
    "/tiles/legend.json",
    operation_id="getLegend",
    summary="What the colours of the tiles mean",
    responses=documented(404, 422, 500),
)
def legend(response: Response, color: Color = 1, layer: Layer = "rain") -> LegendView:
    """From which rain rate, or chance, on each colour is used; chances have one scheme."""
    response.headers.update(SOON)
    return views.legend(schemes.of(layer, color))


@router.get(
    "/tiles/legend.png",
    operation_id="getLegendPicture",
    summary="What the colours of the tiles mean, to look at",
    response_class=Response,
    responses={200: PICTURE[200], **documented(404, 422, 500)},
)
def legend_picture(color: Color = 1, layer: Layer = "rain") -> Response:
    """To be put beside a map."""
    return Response(schemes.legend(schemes.of(layer, color)), headers=SOON, media_type="image/png")


def time_in_path(text: str) -> datetime:
    """A time of a path, or UnknownFrame."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise UnknownFrame(f"{text[:40]!r} is no time in ISO 8601 with its zone, as in 2016-09-28T14:45:00Z.")
    return time


def alone(past: Past, regional: Regional, picked: Picked, known: Map) -> Found:
    """What one region shows at a time; without one, its newest frame."""
    now = known.line(picked.region)
    line = now if picked.asked.own else past.line(regional, now, picked.asked)
    found = one(Timelines(regional), line, picked.time, picked.threshold)
    return Found((found,), found.frame.version)


def listed(past: Past, regional: Regional, told: views.Told, asked: Asked, hours: float) -> TileJsonView:
    """The frames of a region around its latest nowcast, or around an archived one with what came."""
    timelines, region = Timelines(regional), told.line.region
    if not asked.own:
        line = past.line(regional, told.line, asked)
        told = replace(told, line=line, query=query(line), came=came(timelines, line))
    if told.line.about:
        told = replace(told, methods=methods(regional, region, told.line.about.reference_time))
    return views.tilejson(timelines, replace(told, kept_since=kept_since(regional, region)), hours)


def query(line: Timeline) -> str:
    """What a path needs so that it is of an archived nowcast."""
    run = line.expected[0].run
    assert run is not None
    return "&" + urlencode({"method": run.method, "at": stamp(run.reference_time)})
