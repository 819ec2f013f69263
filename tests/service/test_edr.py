"""EDR over HTTP: what is offered is valid by the standard's models, and what is answered are the nowcast's values."""

from typing import Any

import httpx
import numpy as np
import pytest
from covjson_pydantic.coverage import Coverage, CoverageCollection
from edr_pydantic.capabilities import ConformanceModel, LandingPageModel
from edr_pydantic.collections import Collection, Collections, Instance, Instances

from jobs.archive import Archive
from jobs.settings import Settings
from radar.chances import Chances
from radar.formats import netcdf
from radar.frames import Frames, stamp
from radar.nowcast import Nowcast, future_times
from tests.regions import STEP, now
from tests.service.map_client import HERE, shown, striped, wide
from tests.service.problem import problem
from tests.service.region_client import CDF, put
from tests.service.region_client import nowcast as latest

EDR = "/edr/collections/here"
EAST = f"POINT({HERE[0] + 0.5} {HERE[1]})"
BOX = f"POLYGON(({HERE[0] - 0.1} {HERE[1] - 0.1},{HERE[0] + 0.1} {HERE[1] - 0.1},{HERE[0]} {HERE[1] + 0.1},"
BOX += f"{HERE[0] - 0.1} {HERE[1] - 0.1}))"


@pytest.fixture
def edr(client: httpx.Client, settings: Settings) -> httpx.Client:
    """A client of a gateway with a region, and an older nowcast of it with chances in the archive."""
    shown(client, striped(3, 2, 1, 0))
    Archive.of(settings).put("here", archived())
    return client


def archived() -> Nowcast:
    """A nowcast of two steps ago: 6 mm/h in the first frame and 7 in the second, 0.35 sure of 1 mm/h."""
    seen = striped(2)
    rain = np.stack([np.full(seen.grid.shape, amount, np.float32) for amount in (6, 7)])
    frames = Frames(rain, future_times(seen, 2), seen.grid)
    chances = Chances((1.0,), np.full_like(rain, 0.35)[None], "network")
    return Nowcast(frames, "persistence", "1", "persistence", seen.times, chances=chances)


def then() -> str:
    """The path of the archived nowcast."""
    return f"{EDR}/instances/{now() - 2 * STEP:%Y%m%dT%H%M%SZ}"


REQUIRED = {"links", "id", "extent", "data_queries", "parameter_names", "output_formats", "crs"}
"""Of a collection, by the standard's own schema (collection.yaml), where edr-pydantic lets some of it be left out."""
VARIABLES = {"title", "description", "query_type", "output_formats", "default_output_format", "crs_details"}
"""Likewise of a query (DataQuery.yaml)."""


def values(response: httpx.Response, name: str = "rain_rate") -> list[Any]:
    """Of one parameter of a coverage that is valid; one on its own has parameters and reference systems of its own."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/prs.coverage+json"
    Coverage.model_validate_json(response.content)
    said = response.json()
    assert said["parameters"].keys() == said["ranges"].keys()
    assert [one["coordinates"] for one in said["domain"]["referencing"]] == [["x", "y"], ["t"]]
    found: list[Any] = said["ranges"][name]["values"]
    return found


def test_the_way_to_the_data_is_linked(edr: httpx.Client) -> None:
    page = LandingPageModel.model_validate_json(edr.get("/edr").content)
    links = {link.rel: link.href for link in page.links}
    assert {edr.get(links[rel]).status_code for rel in ("self", "service-desc", "service-doc")} == {200}
    assert ConformanceModel.model_validate_json(edr.get(links["conformance"]).content).conformsTo
    (here,) = Collections.model_validate_json(edr.get(links["data"]).content).collections
    assert here.data_queries is not None
    assert here.data_queries.position is not None
    assert values(edr.get(here.data_queries.position.link.href, params={"coords": EAST}))[0] == 3
    assert edr.get("/regions/here").json()["links"]["edr"] == EDR


def test_a_region_is_a_collection(edr: httpx.Client) -> None:
    said = Collection.model_validate_json(edr.get(EDR).content)
    (west, south, east, north), *others = said.extent.spatial.bbox
    assert (west < HERE[0] < east, south < HERE[1] < north, others) == (True, True, [])
    assert said.extent.temporal is not None
    assert said.extent.temporal.values == [stamp(now() + at * STEP) for at in (1, 2, 3)]
    assert list(said.parameter_names.root) == ["rain_rate"]


@pytest.mark.parametrize(
    ("said", "there"),
    [
        ({"bbox": "{west},{south},{east},{north}"}, True),
        ({"bbox": "{west},{south},0,{east},{north},9000"}, True),
        ({"bbox": "{beyond},{south},{west},{north}"}, True),  # the long way, across the antimeridian
        ({"bbox": "{beyond},{south},-170,{north}"}, False),
        ({"bbox": "{west},-80,{east},-70"}, False),
        ({"datetime": "../.."}, True),
        ({"datetime": "2016-09-28/2016-09-29"}, False),
        ({"datetime": "2016-09-28T14:45:00Z/.."}, True),
    ],
)
def test_collections_are_sought_by_place_and_time(edr: httpx.Client, said: dict[str, str], there: bool) -> None:
    west, south, east, north = (round(at + by, 3) for by in (-0.1, 0.1) for at in HERE)
    places = {"west": west, "south": south, "east": east, "north": north, "beyond": east + 30}
    asked = {name: text.format_map(places) for name, text in said.items()}
    found = edr.get("/edr/collections", params=asked).json()["collections"]
    assert [one["id"] for one in found] == (["here"] if there else [])


def test_boxes_of_regions_at_the_ends_of_the_map_are_within_it(idle: httpx.Client) -> None:
    polar = {"crs": "EPSG:3413", "transform": [100_000, 0, -4_000_000, 0, -100_000, 4_000_000]}
    pacific = {"crs": "EPSG:4326", "transform": [0.125, 0, 175, 0, -0.125, -12]}
    for name, grid in (("polar", polar), ("pacific", pacific)):
        put(idle, name, grid={"height": 80, "width": 80, **grid})
    found = {one["id"]: one["extent"]["spatial"]["bbox"] for one in idle.get("/edr/collections").json()["collections"]}
    assert found["polar"] == [[-180, pytest.approx(40.901, abs=1e-3), 180, 90]]
    assert found["pacific"] == [[175, -22, -175, -12]]
    for bbox, there in (("-179,80,-178,81", "polar"), ("170,80,-170,90", "polar"), ("-178,-15,-177,-14", "pacific")):
        said = idle.get("/edr/collections", params={"bbox": bbox}).json()["collections"]
        assert [one["id"] for one in said] == [there]


@pytest.mark.parametrize("bbox", ["1,2,3", "a,b,c,d", "nan,0,1,1", "0,5,1,4", "-181,0,1,1", "0,0,1,91", ","])
def test_a_box_that_is_none(idle: httpx.Client, bbox: str) -> None:
    problem(idle.get("/edr/collections", params={"bbox": bbox}), 400, "bad-query")


def test_nothing_the_standard_requires_is_left_out(edr: httpx.Client) -> None:
    for path in (EDR, then()):
        said = edr.get(path).json()
        assert said.keys() >= REQUIRED
        for name in ("position", "area"):
            assert said["data_queries"][name]["link"]["variables"].keys() >= VARIABLES
        assert {one["type"] for one in said["parameter_names"].values()} == {"Parameter"}


def test_links_keep_the_version_that_was_asked_for(edr: httpx.Client) -> None:
    (here,) = edr.get("/v1/edr/collections").json()["collections"]
    assert {"/v1/edr/" in link["href"] for link in here["links"]} == {True}
    assert edr.get(here["links"][0]["href"]).json() == here


def test_the_latest_nowcast_and_those_that_are_kept_are_instances(edr: httpx.Client) -> None:
    said = Instances.model_validate_json(edr.get(f"{EDR}/instances").content).instances
    assert [one.id for one in said] == [f"{now() - steps * STEP:%Y%m%dT%H%M%SZ}" for steps in (0, 2)]
    assert list(said[1].parameter_names.root) == ["rain_rate", "chance_of_1_mm_per_hour"]
    assert Instance.model_validate_json(edr.get(then()).content) == said[1]
    assert Instance.model_validate_json(edr.get(f"{EDR}/instances/{said[0].id}").content) == said[0]
    assert len(edr.get(f"{EDR}/instances?limit=1").json()["instances"]) == 1


def test_a_position_is_a_series(edr: httpx.Client) -> None:
    assert values(edr.get(f"{EDR}/position", params={"coords": EAST})) == [3, 3, 3]
    response = edr.get(f"{then()}/position", params={"coords": EAST})
    assert values(response) == [6, 7]
    assert values(response, "chance_of_1_mm_per_hour") == [0.35, 0.35]
    assert response.json()["nowcast:reference_time"] == stamp(now() - 2 * STEP)


def test_several_positions_are_a_collection(edr: httpx.Client) -> None:
    west = f"{HERE[0] - 0.5} {HERE[1]}"
    said = edr.get(f"{EDR}/position", params={"coords": f"MULTIPOINT({west},{EAST[6:-1]})"})
    assert CoverageCollection.model_validate_json(said.content).parameters
    assert [one["ranges"]["rain_rate"]["values"] for one in said.json()["coverages"]] == [[0, 0, 0], [3, 3, 3]]


def test_an_area_has_the_pixels_of_the_file(edr: httpx.Client) -> None:
    response = edr.get(f"{EDR}/area", params={"coords": BOX})
    found, grid = values(response), wide()
    places = response.json()["domain"]["axes"]["composite"]["values"]
    rain = netcdf.read_nowcast(latest(edr, **CDF).content).frames.rain
    pixels = [grid.pixel(*place) for place in places]
    assert len(set(pixels)) == len(pixels) > 10
    assert found == [rain[at][pixel] for at in range(3) for pixel in pixels]
    assert {0, 3} <= set(found)


def test_what_was_not_observed_is_null(edr: httpx.Client) -> None:
    north = f"POINT({HERE[0]} {HERE[1] + 1.05})"
    assert values(edr.get(f"{EDR}/position", params={"coords": north})) == [None] * 3


def test_times_may_be_named(edr: httpx.Client) -> None:
    times = [stamp(now() + at * STEP) for at in (1, 2, 3)]
    for asked, count in (("{0}", 1), ("{0}/{1}", 2), ("{1}/..", 2), ("../{1}", 2), ("/{0}", 1), ("../..", 3)):
        said = edr.get(f"{EDR}/position", params={"coords": EAST, "datetime": asked.format(*times)})
        assert len(said.json()["domain"]["axes"]["t"]["values"]) == count == len(values(said))


def test_parameters_may_be_named(edr: httpx.Client) -> None:
    named = {"coords": EAST, "parameter-name": "chance_of_1_mm_per_hour", "crs": "CRS84", "f": "CoverageJSON"}
    said = edr.get(f"{then()}/position", params=named).json()
    assert list(said["ranges"]) == list(said["parameters"]) == ["chance_of_1_mm_per_hour"]


def test_what_the_standard_calls_a_bad_query_is_one(edr: httpx.Client) -> None:
    for coords in ("", "POINT(1)", "POINT(100 0)", "POINT(200 0)", BOX):
        problem(edr.get(f"{EDR}/position", params={"coords": coords}), 400, "bad-query")
    for coords in (EAST, "POLYGON((1 1,1 2,2 2,1 1))", "POLYGON((1 1,1 2,2 2))"):
        problem(edr.get(f"{EDR}/area", params={"coords": coords}), 400, "bad-query")
    for other in (
        {"datetime": "yesterday"},
        {"datetime": "0001-01-01T00:00:00+23:00"},
        {"parameter-name": "snow"},
        {"crs": "EPSG:3035"},
        {"f": "GRIB"},
    ):
        problem(edr.get(f"{EDR}/position", params={"coords": EAST, **other}), 400, "bad-query")
    problem(edr.get(f"{EDR}/position"), 400, "bad-query")


def test_what_is_not_there_is_not_found(edr: httpx.Client) -> None:
    put(edr, "nowhere", grid=None)
    problem(edr.get("/edr/collections/nowhere"), 404, "unknown-frame")
    problem(edr.get("/edr/collections/mars"), 404, "unknown-region")
    for name in ("20160928T144500Z", "yesterday", "20169928T144500Z", "00010101T000000Z"):
        problem(edr.get(f"{EDR}/instances/{name}"), 404, "not-archived")
        problem(edr.get(f"{EDR}/instances/{name}/position", params={"coords": EAST}), 404, "not-archived")
    problem(edr.get(f"{EDR}/position", params={"coords": EAST, "datetime": "2016-09-28"}), 404, "unknown-frame")
    problem(edr.get(f"{EDR}/position", params={"coords": EAST, "z": "2"}), 422, "invalid-request")


def test_too_much_at_once_is_refused(edr: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.edr.coverages.MOST_VALUES", 20)
    said = problem(edr.get(f"{EDR}/area", params={"coords": BOX}), 413, "too-large")
    assert "smaller area" in said["detail"]
