"""Regions over HTTP."""

from datetime import timedelta
from typing import Any

import httpx
import numpy as np
import pytest
from redis import Redis

from jobs.regions import Regions
from jobs.schedule import Schedule
from jobs.settings import Settings
from jobs.source import SourceSpec
from jobs.store import Store
from radar.formats import netcdf
from radar.frames import stamp
from service.region_schemas import SHOWN_REGION, RegionNowcastView, RegionView
from tests.regions import STEP, frames, now, region
from tests.service.bodies import NETCDF, tiny
from tests.service.gateway import Gateway, serving
from tests.service.problem import problem
from tests.service.region_client import CDF, PLAN, URL, nowcast, put, send


def test_a_region_is_what_was_put(idle: httpx.Client) -> None:
    made = put(idle, name="here")
    assert (made.status_code, put(idle).status_code) == (201, 200)
    said = idle.get(URL).json()
    assert said["id"] == "here"
    assert said["region"]["grid"] == PLAN["grid"]
    assert said["status"]["stale"]
    assert said["status"]["newest"] is None
    assert idle.get("/regions").json() == {"regions": [said]}
    assert idle.put(URL, json=said["region"]).json()["region"] == said["region"]


def test_a_deleted_region_is_gone(idle: httpx.Client) -> None:
    put(idle)
    assert idle.delete(URL).status_code == 204
    problem(idle.get(URL), 404, "unknown-region")
    problem(idle.delete(URL), 404, "unknown-region")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cadence_minutes": 7}, "does not divide a day"),
        ({"cadence_minutes": "often"}, "/cadence_minutes"),
        ({"cadence_minutes": 1e-9}, "whole number of seconds"),
        ({"colour": "blue"}, "/colour"),
        ({"grid": {**PLAN["grid"], "crs": "nonsense"}}, "cannot be understood"),
        ({"grid": {**PLAN["grid"], "height": 0}}, "/grid/height"),
        ({"source": {"kind": "magic", "location": "/x"}}, "/source/kind"),
    ],
)
def test_a_plan_that_is_none(idle: httpx.Client, wrong: dict[str, Any], said: str) -> None:
    assert said in problem(put(idle, **wrong), 422, "invalid-request")["detail"]


def test_a_plan_that_is_no_text(idle: httpx.Client) -> None:
    response = idle.put(URL, content=b"\xc3\x28", headers={"Content-Type": "application/json"})
    assert problem(response, 422, "invalid-request")["detail"] == "The body is no JSON in UTF-8."


@pytest.mark.parametrize("name", ["Hong Kong", "UPPER", "a" * 64, "-a"])
def test_a_name_that_is_none(idle: httpx.Client, name: str) -> None:
    problem(put(idle, name=name), 422, "invalid-request")


SOURCE = {"kind": "index", "location": "https://example.org/radar/", "headers": {"X-Key": "secret"}}

FOLDER = {"kind": "folder", "location": "/etc"}


def test_a_request_may_not_say_what_is_fetched(idle: httpx.Client) -> None:
    assert "NOWCAST_OPEN_SOURCES" in problem(put(idle, source=SOURCE), 403, "source-refused")["detail"]
    problem(idle.get(URL), 404, "unknown-region")


def test_an_operator_may_let_requests_say_it(store: Store, settings: Settings) -> None:
    with serving(settings.model_copy(update={"open_sources": True})) as gateway:
        for source in (FOLDER, {**SOURCE, "backup": FOLDER}):
            problem(put(gateway.client, source=source), 403, "source-refused")
        assert put(gateway.client, source=SOURCE).status_code == 201
    assert Regions(store.redis).get("here").source == SourceSpec.model_validate(SOURCE)


def test_a_source_keeps_its_secrets_when_it_is_put_back(idle: httpx.Client, redis: Redis) -> None:
    Regions(redis).put(region(source=SourceSpec.model_validate(SOURCE)))
    shown = idle.get(URL)
    assert "secret" not in shown.text
    assert idle.put(URL, json={**shown.json()["region"], "horizon": 5}).status_code == 200
    kept = Regions(redis).get("here")
    assert (kept.horizon, kept.source) == (5, SourceSpec.model_validate(SOURCE))


def test_frames_that_are_sent_are_kept(idle: httpx.Client) -> None:
    put(idle)
    sent = frames(2, 1, 0)
    said = send(idle, sent).json()
    assert said["frames"] == [{"time": stamp(time), "outcome": "added"} for time in sent.times]
    assert idle.get(said["job"]).json()["horizon"] == 3
    listing = idle.get(f"{URL}/frames").json()
    assert listing["times"] == [stamp(time) for time in sent.times]
    assert listing["missing"] == []
    assert (listing["grid"]["height"], listing["cadence_minutes"]) == (8, 5)
    back = netcdf.read(idle.get(f"{URL}/frames", headers=CDF).content)
    np.testing.assert_array_equal(back.rain, sent.rain)
    assert back.grid.transform == pytest.approx(sent.grid.transform)


def test_the_same_again_changes_nothing(idle: httpx.Client) -> None:
    put(idle)
    send(idle, frames(1, 0))
    said = send(idle, frames(1, 0)).json()
    assert ([frame["outcome"] for frame in said["frames"]], said["job"]) == (["same", "same"], None)


def test_gaps_are_named(idle: httpx.Client) -> None:
    put(idle)
    send(idle, frames(4))
    send(idle, frames(1, 0))
    assert idle.get(f"{URL}/frames").json()["missing"] == [stamp(now() - step * STEP) for step in (3, 2)]
    back = netcdf.read(idle.get(f"{URL}/frames?last=3", headers=CDF).content)
    assert back.times == frames(1, 0).times
    whole = netcdf.read(idle.get(f"{URL}/frames", headers=CDF).content)
    assert np.isnan(whole.rain[1:3]).all()


def test_json_and_forms_are_taken_too(idle: httpx.Client) -> None:
    put(idle, grid=None)
    at = {"times": [stamp(now() - STEP), stamp(now())]}
    assert len(idle.post(f"{URL}/frames", json=tiny(**at)).json()["frames"]) == 2
    put(idle, "there")
    parts = [("frames", (f"{step}.nc", netcdf.write(frames(step)), "application/x-netcdf")) for step in (1, 0)]
    said = idle.post("/regions/there/frames", files=parts).json()
    assert [frame["outcome"] for frame in said["frames"]] == ["added", "added"]


def test_one_frame_is_too_few_for_a_nowcast_and_that_is_said(idle: httpx.Client) -> None:
    put(idle)
    said = send(idle, frames(0)).json()
    assert said["job"] is None
    assert "at least 2 frames" in said["trouble"]
    assert "at least 2 frames" in problem(nowcast(idle), 404, "no-nowcast-yet")["detail"]
    assert "at least 2 frames" in idle.get(URL).json()["status"]["trouble"]


@pytest.mark.parametrize(
    ("off", "sentence"),
    [
        (timedelta(days=2), "2 of a time that has not come"),
        (timedelta(minutes=-2), "2 not at a step of the 5 min cadence"),
    ],
)
def test_frames_of_which_none_can_be_taken(idle: httpx.Client, off: timedelta, sentence: str) -> None:
    put(idle)
    assert sentence in problem(send(idle, frames(1, 0, last=now() + off)), 422, "bad-frames")["detail"]


def test_frames_that_are_too_old(idle: httpx.Client) -> None:
    put(idle, retention_hours=1)
    send(idle, frames(0))
    assert "1 older than the 1 h" in problem(send(idle, frames(20)), 422, "bad-frames")["detail"]


def test_what_no_frames_are(idle: httpx.Client) -> None:
    put(idle)
    problem(idle.post(f"{URL}/frames", content=b"x", headers=NETCDF), 415, "unknown-format")
    problem(idle.post(f"{URL}/frames", content=b"x", headers={"Content-Type": "text/html"}), 415, "unknown-format")
    problem(idle.post("/regions/nowhere/frames", content=b"x", headers=NETCDF), 404, "unknown-region")
    problem(idle.post(f"{URL}/frames", content=b"x" * (2**20 + 1), headers=NETCDF), 413, "too-large")


def test_a_region_without_frames(idle: httpx.Client) -> None:
    put(idle)
    assert idle.get(f"{URL}/frames").json()["times"] == []
    problem(idle.get(f"{URL}/frames", headers=CDF), 404, "no-frames")
    problem(nowcast(idle), 404, "no-nowcast-yet")
    problem(nowcast(idle, Accept="text/html"), 406, "not-acceptable")
    problem(idle.get(f"{URL}/frames", headers={"Accept": "image/png"}), 406, "not-acceptable")
    problem(idle.get(f"{URL}/frames?first=3"), 422, "invalid-request")


def test_readiness_and_metrics_tell_the_age_of_the_data(idle: httpx.Client) -> None:
    put(idle)
    assert idle.get("/health/ready").json()["regions"]["here"] == {"stale": True, "data_age_seconds": None}
    assert 'nowcast_region_stale{region="here"} 1.0' in idle.get("/metrics").text
    send(idle, frames(1, 0))
    response = idle.get("/health/ready")
    assert (response.status_code, response.json()["regions"]["here"]["stale"]) == (200, False)
    text = idle.get("/metrics").text
    assert 'nowcast_region_stale{region="here"} 0.0' in text
    assert 'nowcast_radar_frame_age_seconds{region="here"}' in text


def test_a_stale_radar_does_not_take_the_gateway_out_of_service(idle: httpx.Client) -> None:
    put(idle)
    send(idle, frames(0, last=now() - timedelta(hours=2)))
    assert (idle.get("/health/ready").status_code, idle.get(URL).json()["status"]["stale"]) == (200, True)


def test_the_next_pull_is_told(idle: httpx.Client, redis: Redis) -> None:
    pulled = region(source=SourceSpec(kind="folder", location="/radar", attribution="Hong Kong Observatory"))
    Regions(redis).put(pulled)
    Schedule(redis).claim(pulled, now())
    said = idle.get(URL).json()
    assert said["status"]["next_pull"] == stamp(now() + timedelta(minutes=1))
    assert said["attribution"] == "Hong Kong Observatory"


@pytest.fixture
def damaged(gateway: Gateway, redis: Redis) -> httpx.Client:
    """A client of a gateway whose region has a frame that cannot be read."""
    put(gateway.client)
    send(gateway.client, frames(0))
    redis.hset("nowcast:region:here:frames", str(int(now().timestamp())), b"nonsense")
    return gateway.client


def test_a_damaged_frame_is_a_problem_and_no_crash(damaged: httpx.Client) -> None:
    problem(damaged.get(f"{URL}/frames", headers=CDF), 500, "damaged-blob")
    assert damaged.get(f"{URL}/frames").status_code == 200


def test_too_many_pixels_for_one_answer(idle: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.routes.regions.MOST_VALUES", 2 * 64)
    put(idle)
    send(idle, frames(2, 1, 0))
    assert "ask for fewer" in problem(idle.get(f"{URL}/frames", headers=CDF), 413, "too-large")["detail"]
    assert netcdf.read(idle.get(f"{URL}/frames?last=2", headers=CDF).content).times == frames(1, 0).times


def test_the_examples_are_what_they_are_examples_of() -> None:
    RegionView.model_validate(SHOWN_REGION)
    RegionNowcastView.model_validate(RegionNowcastView.model_config["json_schema_extra"]["example"])  # type: ignore[index]
