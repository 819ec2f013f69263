"""Answers about places as CoverageJSON: a collection of PointSeries (OGC 21-069r2)."""

from typing import Any

from covjson_pydantic.coverage import Coverage, CoverageCollection
from covjson_pydantic.domain import Axes, Domain, DomainType, ValuesAxis
from covjson_pydantic.ndarray import NdArrayFloat
from covjson_pydantic.observed_property import ObservedProperty
from covjson_pydantic.parameter import Parameter, Parameters
from covjson_pydantic.reference_system import ReferenceSystem, ReferenceSystemConnectionObject
from covjson_pydantic.unit import Symbol, Unit
from pydantic import AwareDatetime

from service.place_schemas import PointAnswer, PointAnswers
from service.shown import SHOWN

MEDIA = "application/prs.coverage+json"
UCUM = "http://www.opengis.net/def/uom/UCUM/"
LONLAT = ReferenceSystemConnectionObject(
    coordinates=["x", "y"],
    system=ReferenceSystem(type="GeographicCRS", id="http://www.opengis.net/def/crs/OGC/1.3/CRS84"),
)
CLOCK = ReferenceSystemConnectionObject(
    coordinates=["t"], system=ReferenceSystem(type="TemporalRS", calendar="Gregorian")
)
MADE = {"method", "version", "fallback_reason", "reference_time"}
KINDS = {"type": "object", "required": ["type"], "properties": {"type": {"enum": ["Coverage", "CoverageCollection"]}}}
RAIN_RATE = "http://vocab.nerc.ac.uk/standard_name/rainfall_rate/"


def shown(name: str) -> dict[str, Any]:
    """An answer as OpenAPI has it, with the example of this name."""
    return {MEDIA: {"schema": KINDS, "example": SHOWN[name]}}


def collection(said: PointAnswers) -> CoverageCollection:
    """A coverage for each place, null where nothing is known, with how the nowcast was made beside them."""
    return CoverageCollection(
        domainType=DomainType.point_series,
        coverages=[coverage(point, said) for point in said.points],
        parameters=Parameters({"rain_rate": rain(), **{name(level): chance(level) for level in said.thresholds}}),
        referencing=[LONLAT, CLOCK],
        **{f"nowcast:{key}": value for key, value in said.model_dump(mode="json", include=MADE).items()},
    )


def coverage(point: PointAnswer, said: PointAnswers) -> Coverage:
    """One place in time."""
    rows = {"rain_rate": point.rain, **dict(zip(map(name, said.thresholds), point.chances, strict=True))}
    axes = Axes(
        x=ValuesAxis[float](values=[point.lon]),
        y=ValuesAxis[float](values=[point.lat]),
        t=ValuesAxis[AwareDatetime](values=said.times),
    )
    return Coverage(domain=Domain(axes=axes), ranges={key: series(values) for key, values in rows.items()})


def series(values: list[float | None]) -> NdArrayFloat:
    """Values in time."""
    return NdArrayFloat(axisNames=["t"], shape=[len(values)], values=values)


def name(threshold: float) -> str:
    """What the chances of a threshold are called."""
    return f"chance_of_{threshold:g}_mm_per_hour"


def rain() -> Parameter:
    """What rain rates are."""
    return Parameter(
        observedProperty=ObservedProperty(id=RAIN_RATE, label={"en": "Rain rate"}),
        unit=Unit(symbol=Symbol(value="mm/h", type=UCUM)),
    )


def chance(threshold: float) -> Parameter:
    """What the chances of a threshold are."""
    said = f"Chance of at least {threshold:g} mm/h of rain"
    return Parameter(
        observedProperty=ObservedProperty(label={"en": said}), unit=Unit(symbol=Symbol(value="1", type=UCUM))
    )
