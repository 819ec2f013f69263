"""Real answers, held against what the standards ask of them; NOWCAST_COVJSON_SCHEMA names their own schema too."""

import json
import os
from math import prod
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema_rs import Draft202012Validator, validator_for

from tests.service.map_client import HERE
from tests.service.standards import COVERAGE, EDR
from tests.service.test_edr import BOX, EAST, edr, then

__all__ = ["edr"]
WEST = f"{HERE[0] - 0.5} {HERE[1]}"
OFFICIAL = os.environ.get("NOWCAST_COVJSON_SCHEMA")
SOURCE = "NOWCAST_COVJSON_SCHEMA is to name a copy of https://schemas.opengis.net/covjson/1.0/coveragejson.json"


def coverages(client: httpx.Client) -> list[Any]:
    """What is answered of a place, of several, and of an area, now and then."""
    here = "/edr/collections/here"
    asked = [("position", EAST), ("position", f"MULTIPOINT({WEST},{EAST[6:-1]})"), ("area", BOX)]
    paths = [(f"{base}/{name}", {"coords": coords}) for base in (here, then()) for name, coords in asked]
    several = {"lon": f"{HERE[0]},{HERE[0] + 60}", "lat": f"{HERE[1]},{HERE[1]}"}
    paths.append(("/regions/here/point", several))
    answers = [
        client.get(path, params=said, headers={"Accept": "application/prs.coverage+json"}) for path, said in paths
    ]
    assert {answer.status_code for answer in answers} == {200}
    return [answer.json() for answer in answers]


def test_what_is_offered_is_as_the_standard_asks(edr: httpx.Client) -> None:
    instance = then().removeprefix("/edr")
    for path, schema in {**EDR, instance: EDR["/collections/here"]}.items():
        said = edr.get(f"/edr{path}").json()
        assert [str(error) for error in Draft202012Validator(schema).iter_errors(said)] == [], path


def test_every_coverage_is_as_the_standard_asks(edr: httpx.Client) -> None:
    for said in coverages(edr):
        assert [str(error) for error in COVERAGE.iter_errors(said)] == []
        for one in said.get("coverages", [said]):
            names = said["parameters"].keys()
            axes = {axis: len(found["values"]) for axis, found in one["domain"]["axes"].items()}
            assert one["ranges"].keys() == names
            for values in one["ranges"].values():
                assert values["shape"] == [axes[axis] for axis in values["axisNames"]]
                assert len(values["values"]) == prod(values["shape"])


def test_what_lacks_a_part_is_refused(edr: httpx.Client) -> None:
    for said in coverages(edr)[:3]:
        for part in ("type", "parameters", "ranges" if said["type"] == "Coverage" else "referencing"):
            assert not COVERAGE.is_valid({name: value for name, value in said.items() if name != part})
    offered = edr.get("/edr/collections/here").json()
    for part in ("links", "extent", "data_queries", "parameter_names", "output_formats", "crs"):
        lacking = {name: value for name, value in offered.items() if name != part}
        assert not Draft202012Validator(EDR["/collections/here"]).is_valid(lacking)


@pytest.mark.skipif(not OFFICIAL, reason=SOURCE)
def test_every_coverage_is_valid_by_the_schema_of_the_standard(edr: httpx.Client) -> None:
    official = validator_for(json.loads(Path(OFFICIAL or "").read_text(encoding="utf-8")))
    for said in coverages(edr):
        assert [str(error) for error in official.iter_errors(said)] == []
