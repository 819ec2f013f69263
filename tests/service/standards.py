"""What the standards ask of our answers, as JSON Schemas of our own: they say more than the pydantic models check.

COVERAGE: CoverageJSON (OGC 21-069r2), of the domain types that are answered; what the standard does not define has a
prefix with a colon. EDR: OGC API - EDR 1.1 (OGC 19-086r6), its collections and queries.
"""

from typing import Any

from jsonschema_rs import Draft202012Validator

Schema = dict[str, Any]
TEXT: Schema = {"type": "string", "minLength": 1}
TIME: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
NUMBER: Schema = {"type": "number"}


def record(required: Schema, optional: Schema | None = None, *, foreign: bool = False) -> Schema:
    """An object of these members and no others, but for those with a prefix where `foreign` ones may be."""
    members: Schema = {"properties": {**required, **(optional or {})}, "additionalProperties": False}
    prefixed: Schema = {"patternProperties": {"^[a-z]+:": {}}} if foreign else {}
    return {"type": "object", "required": list(required), **members, **prefixed}


def array(items: Schema, fewest: int = 1, most: int | None = None) -> Schema:
    """A list of such items."""
    return {"type": "array", "items": items, "minItems": fewest, **({} if most is None else {"maxItems": most})}


def table(values: Schema) -> Schema:
    """An object of such values under any names."""
    return {"type": "object", "minProperties": 1, "additionalProperties": values}


LABEL = {"type": "object", "minProperties": 1, "additionalProperties": False, "patternProperties": {"^[a-z]{2}$": TEXT}}
SYMBOL = {"anyOf": [TEXT, record({"value": TEXT, "type": TEXT})]}
ONE, TIMES = record({"values": array(NUMBER, 1, 1)}), record({"values": array(TIME)})
PAIR = {"type": "array", "prefixItems": [NUMBER, NUMBER], "items": False, "minItems": 2}
PLACES = record({"dataType": {"const": "tuple"}, "coordinates": {"const": ["x", "y"]}, "values": array(PAIR)})
SERIES, SEVERAL = record({"x": ONE, "y": ONE, "t": TIMES}), record({"composite": PLACES, "t": TIMES})
SYSTEM = {
    "anyOf": [
        record({"type": {"const": "GeographicCRS"}, "id": TEXT}),
        record({"type": {"const": "TemporalRS"}, "calendar": TEXT}),
    ]
}
REFERENCING = {"referencing": array(record({"coordinates": array(TEXT), "system": SYSTEM}), 2)}
PARAMETER = record(
    {"type": {"const": "Parameter"}, "observedProperty": record({"label": LABEL}, {"id": TEXT})},
    {"unit": {"anyOf": [record({"symbol": SYMBOL}, {"label": LABEL}), record({"label": LABEL})]}},
)
PARAMETERS = {"parameters": table(PARAMETER)}
RANGE = record(
    {
        "type": {"const": "NdArray"},
        "dataType": {"const": "float"},
        "axisNames": {"enum": [["t"], ["t", "composite"]]},
        "shape": array({"type": "integer", "minimum": 1}, 1, 2),
        "values": array({"type": ["number", "null"]}),
    }
)


def domain(kind: str, axes: Schema, more: Schema) -> Schema:
    """A domain of a type; those of a collection may leave it to that."""
    return record({"type": {"const": "Domain"}, "axes": axes, **more}, {"domainType": {"const": kind}})


def coverage(domains: Schema, more: Schema) -> Schema:
    """A coverage over such domains."""
    required = {"type": {"const": "Coverage"}, "domain": domains, "ranges": table(RANGE), **more}
    return record(required, foreign=True)


ALONE = {"anyOf": [domain("PointSeries", SERIES, REFERENCING), domain("MultiPointSeries", SEVERAL, REFERENCING)]}
COLLECTION = record(
    {
        "type": {"const": "CoverageCollection"},
        "domainType": {"const": "PointSeries"},
        "coverages": array(coverage(domain("PointSeries", SERIES, {}), {})),
        **PARAMETERS,
        **REFERENCING,
    },
    foreign=True,
)
COVERAGE = Draft202012Validator({"anyOf": [coverage(ALONE, PARAMETERS), COLLECTION]})

LINK = record({"href": {"type": "string", "pattern": "^https?://"}, "rel": TEXT}, {"type": TEXT, "title": TEXT})
LINKS = {"links": array(LINK)}
CRS = array(record({"crs": TEXT, "wkt": {"type": "string", "pattern": "^GEOGCRS"}}))


def query(name: str) -> Schema:
    """How a query of this type is described."""
    formats = {"output_formats": array(TEXT), "default_output_format": TEXT, "crs_details": CRS}
    variables = record({"query_type": {"const": name}, "title": TEXT, "description": TEXT, **formats})
    link = {
        **LINK,
        "required": ["href", "rel", "variables"],
        "properties": {**LINK["properties"], "variables": variables},
    }
    return record({"link": link})


SPATIAL = record({"bbox": array(array(NUMBER, 4, 4)), "crs": {"type": "string", "pattern": "^GEOGCRS"}})
TEMPORAL = record(
    {"interval": array(array(TIME, 2, 2)), "trs": {"type": "string", "pattern": "^TIMECRS"}, "values": array(TIME)}
)
OFFERED = record(
    {"type": {"const": "Parameter"}, "observedProperty": record({"label": TEXT}, {"id": TEXT})},
    {"id": TEXT, "label": TEXT, "data-type": {"enum": ["float"]}, "unit": record({"symbol": SYMBOL})},
)
DESCRIBED = record(
    {
        **LINKS,
        "id": TEXT,
        "extent": record({"spatial": SPATIAL}, {"temporal": TEMPORAL}),
        "data_queries": record({name: query(name) for name in ("position", "area")}, {"instances": query("instances")}),
        "parameter_names": table(OFFERED),
        "output_formats": array(TEXT),
        "crs": array(TEXT),
    },
    {"title": TEXT, "description": TEXT, "keywords": array(TEXT)},
)
EDR = {
    "": record(LINKS, {"title": TEXT, "description": TEXT}),
    "/conformance": record({"conformsTo": array({"type": "string", "pattern": "^http://www.opengis.net/spec/"})}),
    "/collections": record({**LINKS, "collections": array(DESCRIBED)}),
    "/collections/here": DESCRIBED,
    "/collections/here/instances": record({**LINKS, "instances": array(DESCRIBED)}),
}
"""By the path below /edr."""
