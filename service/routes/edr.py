"""OGC API - EDR over the regions: collections, their instances, positions and areas."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from covjson_pydantic.coverage import Coverage, CoverageCollection
from edr_pydantic.capabilities import ConformanceModel, LandingPageModel
from edr_pydantic.collections import Collection, Collections, Instance, Instances
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from jobs.region import Region
from jobs.regional import Regional
from radar.nowcast import Nowcast
from service.admission import no_others
from service.coverage_json import MEDIA, shown
from service.dependencies import HeavyDep, ReadingDep, RegionalDep, RegionDep, RegionsDep, in_thread
from service.edr import coverages, offers, query, views, wkt
from service.edr.query import Wish
from service.problems import documented
from service.region_views import Served
from service.routes.places import MOST_SECONDS

router = APIRouter(prefix="/edr", tags=["edr"])
Answer = Coverage | CoverageCollection
Ask = Callable[[Nowcast, Wish], Answer]
MOST_INSTANCES = 100
ERRORS = documented(404, 422, 500, 503)
REFUSALS = documented(400, 404, 413, 422, 500, 503)
WHERE = {"position": "at a position", "area": "in an area"}
EXAMPLES = {"position": "POINT(24.94 60.17)", "area": "POLYGON((24 60,25 60,25 61,24 60))"}
InstanceId = Annotated[
    str, Path(max_length=40, description="of the last frame a nowcast rests on", examples=["20160928T144500Z"])
]
Coords = Annotated[
    str | None,
    Query(description="where, in well-known text with degrees east before north", examples=list(EXAMPLES.values())),
]


async def root(request: Request) -> str:
    """The address of the service, with the version in front where the caller used it."""
    return str(request.base_url).rstrip("/")


RootDep = Annotated[str, Depends(root)]
Times = Annotated[
    str | None,
    Query(max_length=100, description="a time, or an interval A/B, A/.. or ../B", examples=["2016-09-28T15:00:00Z/.."]),
]
Bbox = Annotated[
    str | None,
    Query(
        max_length=200, description="west,south,east,north: only what reaches into it", examples=["24.5,60,25.5,60.5"]
    ),
]


async def wished(
    coords: Coords = None,
    datetime: Times = None,
    parameter_name: Annotated[
        str | None,
        Query(alias="parameter-name", max_length=1000, description="names with commas between", examples=["rain_rate"]),
    ] = None,
    crs: Annotated[
        str | None, Query(max_length=200, description="of coords: CRS84, and no other", examples=["CRS84"])
    ] = None,
    f: Annotated[
        str | None, Query(max_length=100, description="CoverageJSON, and nothing else", examples=["CoverageJSON"])
    ] = None,
) -> Wish:
    """What the query says."""
    query.known(f, query.FORMATS, "format")
    query.known(crs, query.SYSTEMS, "coordinate reference system")
    return query.wish(coords, datetime, parameter_name)


WishDep = Annotated[Wish, Depends(wished)]


@router.get("", operation_id="getEdr", summary="Where everything of EDR is", response_model_exclude_none=True)
def landing(base: RootDep) -> LandingPageModel:
    """The landing page of OGC API."""
    return views.landing(base)


@router.get("/conformance", operation_id="getEdrConformance", summary="What of the standard is held")
def conformance() -> ConformanceModel:
    """By the names of its conformance classes."""
    return views.conformance()


@router.get(
    "/collections",
    operation_id="listCollections",
    summary="Every region as a collection",
    response_model_exclude_none=True,
    responses=documented(400, 422, 500, 503),
)
async def collections(
    base: RootDep,
    regions: RegionsDep,
    *,
    regional: RegionalDep,
    heavy: HeavyDep,
    bbox: Bbox = None,
    datetime: Times = None,
) -> Collections:
    """Those that lie somewhere on the Earth, or in a part of it; with `datetime` those whose nowcast speaks of it."""
    box, times = None if bbox is None else query.box(bbox), query.interval(datetime or "..")
    found = await in_thread(heavy, lambda: list(offers.offers(regional, regions.all())))
    return views.collections(base, [one for one in found if one.meets(box, times)])


@router.get(
    "/collections/{region_id}",
    operation_id="getCollection",
    summary="A region as a collection",
    response_model_exclude_none=True,
    responses=ERRORS,
)
def collection(base: RootDep, region: RegionDep, regional: RegionalDep) -> Collection:
    """What its latest nowcast says, of where and when."""
    return views.collection(base, offers.latest(regional, region))


@router.get(
    "/collections/{region_id}/instances",
    operation_id="listInstances",
    summary="The nowcasts of a region that can be had",
    response_model_exclude_none=True,
    responses=ERRORS,
)
async def instances(
    base: RootDep,
    region: RegionDep,
    regional: RegionalDep,
    reading: ReadingDep,
    limit: Annotated[int, Query(ge=1, le=MOST_INSTANCES, description="how many of the newest")] = 10,
) -> Instances:
    """Newest first: the latest, and those of the region's method that are archived."""
    found = await in_thread(reading, partial(offers.runs, regional, region, limit))
    return views.instances(base, region.id, found)


@router.get(
    "/collections/{region_id}/instances/{instance_id}",
    operation_id="getInstance",
    summary="One nowcast of a region",
    response_model_exclude_none=True,
    responses=ERRORS,
)
async def instance(
    base: RootDep, region: RegionDep, instance_id: InstanceId, regional: RegionalDep, reading: ReadingDep
) -> Instance:
    """By the time of the last frame it rests on."""
    return views.instance(base, await in_thread(reading, partial(offers.run, regional, region, instance_id)))


def offer(name: str, ask: Ask) -> None:
    """A query of the latest nowcast of a region, and of any of them."""
    data: dict[int | str, dict[str, Any]] = {
        200: {"description": "The values", "content": shown(f"Coverage {WHERE[name]}")}
    }
    same: dict[str, Any] = {
        "response_class": Response,
        "responses": {**data, **REFUSALS},
        "dependencies": [Depends(no_others)],
    }

    @router.get(
        f"/collections/{{region_id}}/{name}",
        operation_id=f"getCollection{name.title()}",
        summary=f"The latest nowcast of a region {WHERE[name]}",
        **same,
    )
    async def of_latest(region: RegionDep, wish: WishDep, regional: RegionalDep, heavy: HeavyDep) -> Response:
        """As CoverageJSON: the rain, and the chance of each threshold."""
        return await in_thread(heavy, partial(said_now, regional, region, ask, wish))

    @router.get(
        f"/collections/{{region_id}}/instances/{{instance_id}}/{name}",
        operation_id=f"getInstance{name.title()}",
        summary=f"One nowcast of a region {WHERE[name]}",
        **same,
    )
    async def of_instance(
        region: RegionDep, instance_id: InstanceId, wish: WishDep, regional: RegionalDep, reading: ReadingDep
    ) -> Response:
        """Likewise, of what was said then."""
        return await in_thread(
            reading, lambda: answer(offers.nowcast(regional, region, instance_id), ask, wish, MOST_SECONDS)
        )


def position(nowcast: Nowcast, wish: Wish) -> Answer:
    """A series at each point."""
    return coverages.at_points(nowcast, wkt.points(wish.coords), wish)


def area(nowcast: Nowcast, wish: Wish) -> Answer:
    """The pixels of the polygons in time."""
    return coverages.in_area(nowcast, wkt.polygons(wish.coords), wish)


offer("position", position)
offer("area", area)


def said_now(regional: Regional, region: Region, ask: Ask, wish: Wish) -> Response:
    """The answer of a region's latest nowcast."""
    served = Served.latest(regional, region)
    return answer(served.nowcast, ask, wish, min(MOST_SECONDS, served.keep(None)))


def answer(nowcast: Nowcast, ask: Ask, wish: Wish, keep: int) -> Response:
    """CoverageJSON, and how long it may be kept."""
    body = ask(nowcast, wish).model_dump_json(exclude_none=True)
    headers = {"Nowcast-Method": nowcast.method, "Cache-Control": f"public, max-age={keep}"}
    return Response(body, headers=headers, media_type=MEDIA)
