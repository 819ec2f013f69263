"""What EDR's clients read before they ask for data: landing page, conformance, collections and their instances."""

from collections.abc import Sequence
from typing import TypeVar

from edr_pydantic.capabilities import ConformanceModel, LandingPageModel
from edr_pydantic.collections import Collection, Collections, Instance, Instances
from edr_pydantic.data_queries import DataQueries, EDRQuery
from edr_pydantic.extent import Extent, Spatial, Temporal
from edr_pydantic.link import EDRQueryLink, Link
from edr_pydantic.observed_property import ObservedProperty
from edr_pydantic.parameter import Parameter, Parameters
from edr_pydantic.unit import Symbol, Unit
from edr_pydantic.variables import Variables

from radar.frames import stamp
from service.coverage_json import MEDIA, RAIN_RATE, UCUM
from service.edr.offers import Offer
from service.edr.query import FORMATS, SYSTEMS, parameters
from service.region_views import attribution

Kind = TypeVar("Kind", Collection, Instance)
JSON = "application/json"
CLASSES = [
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    *(
        f"http://www.opengis.net/spec/ogcapi-edr-1/1.1/conf/{name}"
        for name in ("core", "collections", "json", "covjson", "queries")
    ),
]
CRS = SYSTEMS[0]
WKT = (
    'GEOGCRS["WGS 84 (CRS84)",DATUM["World Geodetic System 1984",ELLIPSOID["WGS 84",6378137,298.257223563]],'
    'CS[ellipsoidal,2],AXIS["longitude",east],AXIS["latitude",north],UNIT["degree",0.0174532925199433],'
    'ID["OGC","CRS84"]]'
)
CALENDAR = 'TIMECRS["DateTime",TDATUM["Gregorian Calendar"],CS[TemporalDateTime,1],AXIS["Time (T)",future]]'
QUERIES = {"position": "a POINT or MULTIPOINT", "area": "a POLYGON or MULTIPOLYGON"}


def landing(root: str) -> LandingPageModel:
    """Where everything is, below the address of the service."""
    return LandingPageModel(
        title="Nowcast: rain of the next hours",
        description="The latest nowcast of each region is a collection, the nowcasts before it are its instances.",
        links=[
            link(f"{root}/edr", "self", "this page"),
            link(
                f"{root}/openapi.json", "service-desc", "the interface", "application/vnd.oai.openapi+json;version=3.1"
            ),
            link(f"{root}/docs", "service-doc", "the interface, to read", "text/html"),
            link(f"{root}/edr/conformance", "conformance", "what of the standard is held"),
            link(f"{root}/edr/collections", "data", "the regions"),
        ],
    )


def conformance() -> ConformanceModel:
    """The classes of the standard that are held."""
    return ConformanceModel(conformsTo=CLASSES)


def collections(root: str, offers: Sequence[Offer]) -> Collections:
    """Every region."""
    links = [link(f"{root}/edr/collections", "self", "the regions")]
    return Collections(links=links, collections=[collection(root, offer) for offer in offers])


def collection(root: str, offer: Offer) -> Collection:
    """A region with its latest nowcast."""
    base = f"{root}/edr/collections/{offer.region.id}"
    return described(Collection, base, offer, {"instances": EDRQuery(link=query(base, "instances", "nowcasts"))})


def instances(root: str, region_id: str, offers: Sequence[Offer]) -> Instances:
    """The nowcasts of a region."""
    links = [link(f"{root}/edr/collections/{region_id}/instances", "self", "its nowcasts")]
    return Instances(links=links, instances=[instance(root, offer) for offer in offers])


def instance(root: str, offer: Offer) -> Instance:
    """One nowcast of a region."""
    base = f"{root}/edr/collections/{offer.region.id}/instances/{offer.instance}"
    return described(Instance, base, offer, {})


def described(kind: type[Kind], base: str, offer: Offer, more: dict[str, EDRQuery]) -> Kind:
    """A nowcast: where and when it is of, what it says, and how it is asked."""
    region = offer.region
    queries = {name: EDRQuery(link=query(base, name, place)) for name, place in QUERIES.items()}
    return kind(
        id=offer.instance if kind is Instance else region.id,
        title=region.name or region.id,
        description=attribution(region) or None,
        keywords=["rain", "nowcast"],
        links=[link(base, "self", "this"), *(link(f"{base}/{name}", "data", name, MEDIA) for name in QUERIES)],
        extent=extent(offer),
        data_queries=DataQueries(**queries, **more),
        crs=[CRS],
        output_formats=[FORMATS[0]],
        parameter_names=Parameters({name: parameter(name, at) for name, at in parameters(offer.thresholds).items()}),
    )


def extent(offer: Offer) -> Extent:
    """Where and when."""
    times = offer.times
    period = Temporal(interval=[[times[0], times[-1]]], values=[*map(stamp, times)], trs=CALENDAR) if times else None
    return Extent(spatial=Spatial(bbox=[list(offer.box)], crs=WKT), temporal=period)


def query(base: str, name: str, place: str) -> EDRQueryLink:
    """How a query is made."""
    said = Variables(
        title=name,
        description=f"the values at {place} in well-known text" if name in QUERIES else "the nowcasts there are",
        query_type=name,
        output_formats=[FORMATS[0]],
        default_output_format=FORMATS[0],
        crs_details=[{"crs": CRS, "wkt": WKT}],
    )
    return EDRQueryLink(href=f"{base}/{name}", rel="data", title=name, variables=said)


def parameter(name: str, threshold: float | None) -> Parameter:
    """What a parameter is."""
    if threshold is None:
        rain = ObservedProperty(id=RAIN_RATE, label="Rain rate")
        return Parameter(label="Rain rate", unit=unit("mm/h"), observedProperty=rain, id=name, dataType="float")
    said = f"Chance of at least {threshold:g} mm/h of rain"
    return Parameter(
        label=said, unit=unit("1"), observedProperty=ObservedProperty(label=said), id=name, dataType="float"
    )


def unit(symbol: str) -> Unit:
    """A unit by its symbol."""
    return Unit(symbol=Symbol(value=symbol, type=UCUM))


def link(href: str, rel: str, title: str, media: str = JSON) -> Link:
    """A link of this kind."""
    return Link(href=href, rel=rel, title=title, type=media)
