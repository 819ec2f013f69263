"""What nowcasts say of places, over HTTP."""

import json
from datetime import timedelta
from typing import Any

import httpx
import numpy as np
import pytest
from covjson_pydantic.coverage import CoverageCollection

from radar.frames import stamp
from radar.point import Place
from service.place_schemas import SHOWN_ANSWERS, PointAnswers, RegionPointAnswers
from service.places import sentence
from tests.radar.samples import grid, times
from tests.regions import PLACE, STEP, frames, now
from tests.service.bodies import NETCDF, file, tiny
from tests.service.problem import problem
from tests.service.region_client import URL, put, send
from tests.waiting import until

LON, LAT = grid(7, 13).lonlat(2, 5)
NAN = float("nan")
COVERAGE_JSON = {"Accept": "application/prs.coverage+json"}


@pytest.fixture
def done(client: httpx.Client) -> str:
    """The path of a nowcast that is there."""
    path: str = client.post("/nowcast?horizon=3", content=file(), headers=NETCDF).headers["content-location"]
    return path


def test_a_place_is_told_rain_and_amounts(client: httpx.Client, done: str) -> None:
    said = client.get(f"{done}/point?lon={LON}&lat={LAT}").json()
    assert (said["lead_minutes"], said["time"]) == ([5, 10, 15], said["reference_time"])
    (point,) = said["points"]
    assert point["coverage"] == "ok"
    assert [amount["minutes"] for amount in point["amounts"]] == [15, 30, 60, 120]
    assert point["amounts"][0]["mm"] == pytest.approx(point["rain"][0] / 4, abs=1e-4)
    assert point["amounts"][1]["mm"] is None


def test_places_come_in_the_order_in_which_they_were_asked_for(client: httpx.Client, done: str) -> None:
    said = client.get(f"{done}/point?lon={LON},0&lon=1&lat={LAT}&lat=0,2").json()["points"]
    assert [(point["lon"], point["lat"]) for point in said] == [(LON, LAT), (0, 0), (1, 2)]
    assert [point["coverage"] for point in said] == ["ok", "no coverage", "no coverage"]
    assert said[1]["rain"] == [None, None, None]
    assert said[1]["sentence"] == "The radar does not see this place."


def test_when_now_is_may_be_said(client: httpx.Client, done: str) -> None:
    later = stamp(times(4)[-1] + timedelta(minutes=7))
    said = client.get(f"{done}/point", params={"lon": LON, "lat": LAT, "time": later}).json()
    assert (said["time"], said["data_age_seconds"]) == (later, 420)
    long_after = stamp(times(4)[-1] + timedelta(hours=7))
    gone = client.get(f"{done}/point", params={"lon": LON, "lat": LAT, "time": long_after}).json()
    assert gone["points"][0]["coverage"] == "temporarily unavailable"


def test_coverage_json_is_what_it_says_it_is(client: httpx.Client, done: str) -> None:
    response = client.get(f"{done}/point?lon={LON},0&lat={LAT},0", headers=COVERAGE_JSON)
    assert response.headers["content-type"] == COVERAGE_JSON["Accept"]
    CoverageCollection.model_validate_json(response.content)
    said, plain = json.loads(response.content), client.get(f"{done}/point?lon={LON},0&lat={LAT},0").json()
    assert [one["ranges"]["rain_rate"]["values"] for one in said["coverages"]] == [
        point["rain"] for point in plain["points"]
    ]
    assert said["nowcast:method"] == "persistence"


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("lon=1", "/query/lat"),
        ("lon=1,2&lat=3", "/query/lat"),
        ("lon=181&lat=3", "/query/lon/0"),
        ("lon=1,x&lat=3,4", "/query/lon/1"),
        ("lon=nan&lat=3", "/query/lon/0"),
        ("lon=&lat=", "/query/lon/0"),
        ("lon=1&lat=3&time=noon", "/query/time"),
        ("lon=1&lat=3&time=2016-09-28T15:00:00", "/query/time"),
        ("lon=1&lat=3&colour=red", "/query/colour"),
        ("lon=" + "1," * 100 + "1&lat=3", "/query/lon"),
    ],
)
def test_places_that_are_none_are_pointed_at(client: httpx.Client, done: str, query: str, pointer: str) -> None:
    said = problem(client.get(f"{done}/point?{query}"), 422, "invalid-request")
    assert said["errors"][0]["pointer"] == pointer


def test_a_nowcast_that_lies_nowhere_has_no_places(client: httpx.Client) -> None:
    where = client.post("/nowcast", json=tiny()).headers["content-location"]
    problem(client.get(f"{where}/point?lon=1&lat=2"), 422, "bad-frames")


def test_an_answer_about_places_has_its_shapes(client: httpx.Client, done: str) -> None:
    said = problem(client.get(f"{done}/point?lon=1&lat=2", headers={"Accept": "image/png"}), 406, "not-acceptable")
    assert said["detail"].endswith("there is application/json, application/prs.coverage+json.")


def test_a_nowcast_that_is_not_there_yet(idle: httpx.Client) -> None:
    where = idle.post("/nowcast", json=tiny(), headers={"Prefer": "respond-async"}).headers["location"]
    problem(idle.get(f"{where}/point?lon=1&lat=2"), 409, "not-ready")


def test_a_region_knows_what_its_radar_saw(client: httpx.Client) -> None:
    put(client)
    sent = frames(2, 1, 0)
    send(client, sent)
    lon, lat = PLACE.grid().lonlat(3, 4)
    until(lambda: client.get(f"{URL}/nowcast").is_success)
    at: dict[str, Any] = {"lon": lon, "lat": lat, "time": stamp(now())}
    said = client.get(f"{URL}/point", params=at).json()
    assert (said["region"], said["stale"]) == ("here", False)
    assert said["points"][0]["rain_now"] == pytest.approx(float(sent.rain[-1, 3, 4]), abs=0.01)
    gone = client.get(f"{URL}/point", params={**at, "time": stamp(now() + 4 * STEP)}).json()
    assert gone["points"][0]["coverage"] == "temporarily unavailable"


@pytest.mark.parametrize(
    ("coming", "minute", "said"),
    [
        ([0, 0, 0], 5, "No rain for the next 10 min."),
        ([3, 3, 3], 0, "Rain for the next 15 min."),
        ([0, NAN, NAN], 1, "No rain for the next 4 min; of what follows nothing is known."),
        ([NAN, NAN, NAN], 0, "No rain now; of what follows nothing is known."),
        ([NAN, NAN, NAN], 6, "Whether it rains now is not known."),
    ],
)
def test_no_place_is_called_dry_for_longer_than_is_known(coming: list[float], minute: float, said: str) -> None:
    seen = [3.0 if coming[0] == 3 else 0.0]
    rates = np.array(seen, np.float32), np.array(coming, np.float32)
    found = Place(now(), tuple(now() + n * STEP for n in (1, 2, 3)), *rates, (), np.empty((0, 3), np.float32))
    at = now() + timedelta(minutes=minute)
    assert sentence(seen[0] > 0, found.turn(at), found, at) == said


def test_a_region_without_a_nowcast_has_no_answer(idle: httpx.Client) -> None:
    put(idle)
    problem(idle.get(f"{URL}/point?lon=1&lat=2"), 404, "no-nowcast-yet")
    problem(idle.get("/regions/nowhere/point?lon=1&lat=2"), 404, "unknown-region")


def test_the_examples_are_what_they_are_examples_of() -> None:
    PointAnswers.model_validate(SHOWN_ANSWERS)
    RegionPointAnswers.model_validate(RegionPointAnswers.model_config["json_schema_extra"]["example"])  # type: ignore[index]
