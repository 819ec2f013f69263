"""POST /nowcast when all is well."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest

from jobs import keys
from jobs.job import Job, Status
from jobs.ordering import withdraw
from jobs.queue import Queue
from jobs.store import Store
from radar.formats import netcdf
from radar.frames import stamp
from tests.radar.samples import frames, npz, storm, times
from tests.service.bodies import NETCDF, PLACE, as_netcdf, at, file, pictures, stamps, tiny
from tests.service.gateway import CARD, SCORE, Gateway, ended, working
from tests.service.problem import problem
from tests.waiting import until

ASYNC = {"Prefer": "respond-async"}


def test_the_answer_says_how_it_was_made(client: httpx.Client) -> None:
    said = client.post("/nowcast", content=file(), headers=NETCDF).json()
    assert (said["status"], said["method"], said["asked_for"], said["version"]) == (
        "done",
        "persistence",
        "persistence",
        "1",
    )
    assert said["input_times"] == [stamp(time) for time in times(4)]
    assert said["reference_time"] == stamp(times(4)[-1])
    assert (said["interpolated"], said["fallback_reason"], said["cadence_minutes"]) == ([], None, 5)
    assert said["data_age_seconds"] > 0
    assert (said["grid"]["height"], said["grid"]["width"]) == (7, 13)
    assert said["grid"]["pixel_km"] == pytest.approx(1, rel=0.1)


def test_the_answer_has_a_lead_for_each_frame_of_the_horizon(client: httpx.Client) -> None:
    said = client.post("/nowcast?horizon=3", content=file(), headers=NETCDF).json()
    last = frames().rain[-1]
    seen = last[np.isfinite(last)]
    assert [lead["lead_minutes"] for lead in said["leads"]] == [5, 10, 15]
    assert said["leads"][0]["mean"] == pytest.approx(seen.mean(), abs=1e-4)
    assert said["leads"][0]["max"] == pytest.approx(seen.max(), abs=1e-4)
    assert said["leads"][0]["wet_share"] == pytest.approx((seen >= 0.1).mean(), abs=1e-4)


def test_the_horizon_is_twelve_frames_by_default(client: httpx.Client) -> None:
    assert len(client.post("/nowcast", json=tiny()).json()["leads"]) == 12


def test_the_skill_has_its_counts_and_its_protocol(client: httpx.Client) -> None:
    assert client.post("/nowcast", json=tiny()).json()["skill"] == [SCORE.model_dump()]


def test_the_skill_is_that_of_the_method_wherever_it_stands(client: httpx.Client, store: Store) -> None:
    theirs = SCORE.model_copy(update={"method": "magic"})
    more = SCORE.model_copy(update={"lead": "30"})
    cards = [
        CARD.model_copy(update={"scores": (SCORE, theirs)}),
        CARD.model_copy(update={"method": "magic", "scores": (theirs, SCORE, more)}),
    ]
    store.publish_cards(cards, 3600)
    said = client.post("/nowcast", json=tiny()).json()["skill"]
    assert sorted(said, key=str) == sorted([SCORE.model_dump(), more.model_dump()], key=str)


def test_a_small_forecast_is_in_the_json(client: httpx.Client) -> None:
    said = client.post("/nowcast?horizon=2", json=tiny()).json()
    assert said["rain"] == [[[0.5, 2.0], [None, 4.0]]] * 2


def test_a_big_forecast_is_not_in_the_json(client: httpx.Client) -> None:
    said = client.post("/nowcast", content=file(2, 50, 50), headers=NETCDF).json()
    assert said["rain"] is None
    assert client.get(said["links"]["netcdf"]).status_code == 200


def test_the_headers_name_the_job_and_the_method(client: httpx.Client) -> None:
    response = client.post("/nowcast", json=tiny())
    assert response.headers["content-location"] == response.json()["links"]["self"]
    assert response.headers["nowcast-method"] == "persistence"
    assert response.headers["etag"].startswith('W/"')
    assert response.headers["vary"] == "Accept"
    assert "nowcast-fallback-reason" not in response.headers


def test_a_fallback_says_its_reason(gateway: Gateway) -> None:
    with working(gateway.app.state.settings, "No weights — none."):
        response = gateway.client.post("/nowcast", json=tiny())
    assert response.headers["nowcast-fallback-reason"] == "No weights ? none."
    assert response.json()["fallback_reason"] == "No weights — none."


@pytest.mark.parametrize("media", ["application/x-netcdf", "application/netcdf"])
def test_netcdf_comes_back_as_the_nowcast(client: httpx.Client, media: str) -> None:
    response = client.post("/nowcast?horizon=3", content=file(), headers={**NETCDF, "Accept": media})
    assert response.headers["content-type"] == media
    np.testing.assert_array_equal(netcdf.read(response.content).rain, np.repeat(frames().rain[-1:], 3, 0))


@pytest.mark.parametrize("media", ["image/png", "image/apng"])
def test_a_picture_comes_back_as_animation(client: httpx.Client, media: str) -> None:
    response = client.post("/nowcast", content=file(), headers={**NETCDF, "Accept": media})
    assert response.headers["content-type"] == media
    assert response.content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "media", ["application/x-netcdf", "application/netcdf", "application/x-hdf5", "application/octet-stream"]
)
def test_netcdf_may_have_any_of_its_names(client: httpx.Client, media: str) -> None:
    assert client.post("/nowcast", content=file(), headers={"Content-Type": media}).status_code == 200


@pytest.mark.parametrize("media", ["application/zip", "application/x-npz"])
def test_npz_is_read(client: httpx.Client, media: str) -> None:
    body = npz(rain=storm(3, 4, 5), times=np.array([stamp(time) for time in times(3)]))
    assert client.post("/nowcast", content=body, headers={"Content-Type": media}).status_code == 200


def test_a_form_of_pictures_is_read_in_order_on_its_grid(client: httpx.Client) -> None:
    said = client.post("/nowcast", files=pictures(), data={"times": stamps(), "grid": PLACE}).json()
    assert said["input_times"] == [stamp(time) for time in times(3)]
    assert (said["grid"]["height"], said["grid"]["width"]) == (4, 6)
    assert said["grid"]["transform"] == [1000, 0, -120500, 0, -1000, 80250]
    assert "EPSG" in said["grid"]["crs"]


def test_a_form_of_files_that_know_their_times_is_read(client: httpx.Client) -> None:
    parts = [("a", ("a.nc", netcdf.write(frames().last(4 - n)), "application/x-netcdf")) for n in (0,)]
    assert client.post("/nowcast", files=parts).status_code == 200


def test_json_may_lie_on_a_grid(client: httpx.Client) -> None:
    grid = {"crs": "EPSG:3413", "transform": [1000, 0, 0, 0, -1000, 0]}
    assert client.post("/nowcast", json=tiny(grid=grid)).json()["grid"]["pixel_km"] == pytest.approx(1, rel=0.1)


def test_only_the_newest_frames_are_used(client: httpx.Client) -> None:
    said = client.post("/nowcast", content=file(10), headers=NETCDF).json()
    assert said["input_times"] == [stamp(time) for time in times(10)[-6:]]


def test_one_missing_frame_is_filled_in_and_named(client: httpx.Client) -> None:
    said = client.post("/nowcast", json=at(0, 5, 15)).json()
    assert said["interpolated"] == ["2016-09-28T14:10:00Z"]


def test_an_all_dry_input_answers_dry(client: httpx.Client) -> None:
    said = client.post("/nowcast", content=as_netcdf(np.zeros((3, 5, 5), np.float32)), headers=NETCDF).json()
    assert {lead["max"] for lead in said["leads"]} == {0}
    assert {lead["wet_share"] for lead in said["leads"]} == {0}


def test_who_prefers_not_to_wait_is_told_where_to_ask(client: httpx.Client) -> None:
    response = client.post("/nowcast", json=tiny(), headers={"Prefer": "respond-async"})
    assert response.status_code == 202
    assert response.headers["preference-applied"] == "respond-async"
    assert response.headers["retry-after"] == "1"
    assert response.headers["location"] == response.json()["links"]["self"]
    until(lambda: client.get(response.headers["location"]).json()["status"] == "done")


def test_who_prefers_to_wait_a_little_waits_a_little(idle: httpx.Client) -> None:
    response = idle.post("/nowcast", json=tiny(), headers={"Prefer": "wait=1"})
    assert (response.status_code, response.json()["status"]) == (202, "queued")
    assert response.headers["preference-applied"] == "wait=1"
    assert response.elapsed.total_seconds() >= 1


def test_a_wait_that_is_long_enough_gives_the_nowcast(client: httpx.Client) -> None:
    response = client.post("/nowcast", json=tiny(), headers={"Prefer": "respond-async, wait=10"})
    assert (response.status_code, response.json()["status"]) == (200, "done")


def test_the_workers_are_woken_once_for_a_burst(
    gateway: Gateway, wakes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.queue.WAKE_MILLISECONDS", 60_000)
    for horizon in (1, 2, 3):
        gateway.client.post(f"/nowcast?horizon={horizon}", json=tiny(), headers={"Prefer": "respond-async"})
    assert wakes == [CARD.method]


def test_requests_of_one_content_fly_once(gateway: Gateway, queue: Queue) -> None:
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(gateway.client.post, "/nowcast", content=file(), headers=NETCDF) for _ in range(4)]
        until(lambda: len(gateway.app.state.waiting.events) == 1 and queue.backlog(CARD.method) == 1)
        with working(gateway.app.state.settings):
            said = [request.result().json() for request in asked]
    assert len({one["id"] for one in said}) == 1
    assert {one["status"] for one in said} == {"done"}


def test_another_horizon_is_another_job(client: httpx.Client) -> None:
    one, other = (client.post(f"/nowcast?horizon={horizon}", json=tiny()) for horizon in (1, 2))
    assert one.headers["etag"] != other.headers["etag"]
    assert one.json()["id"] != other.json()["id"]


def test_what_failed_may_be_tried_again(gateway: Gateway, store: Store, queue: Queue) -> None:
    first = gateway.client.post("/nowcast", json=tiny(), headers={"Prefer": "respond-async"}).json()
    ended(store, queue, Status.FAILED, "out of memory")
    second = gateway.client.post("/nowcast", json=tiny(), headers={"Prefer": "respond-async"}).json()
    assert first["id"] != second["id"]


KEYED = {"Prefer": "respond-async", "Idempotency-Key": "k"}


def test_one_key_and_content_is_one_job_with_one_caller(gateway: Gateway, store: Store, queue: Queue) -> None:
    first, second = (gateway.client.post("/nowcast", json=tiny(), headers=KEYED).json() for _ in range(2))
    assert first["id"] == second["id"]
    assert queue.backlog(CARD.method) == 1
    assert store.redis.get(keys.callers(first["id"])) == b"1"


def test_one_key_is_one_job_though_its_fallback_answers_nobody_else(gateway: Gateway, queue: Queue) -> None:
    first = gateway.client.post("/nowcast", json=tiny(), headers=KEYED).json()
    with working(gateway.app.state.settings, "failed"):
        until(lambda: gateway.client.get(first["links"]["self"]).json()["status"] == "done")
    second = gateway.client.post("/nowcast", json=tiny(), headers=KEYED).json()
    assert (second["id"], second["status"]) == (first["id"], "done")
    assert queue.backlog(CARD.method) == 0


def test_a_key_whose_job_failed_is_new_again(gateway: Gateway, store: Store, queue: Queue) -> None:
    first = gateway.client.post("/nowcast", json=tiny(), headers=KEYED).json()
    ended(store, queue, Status.FAILED, "out of memory")
    second = gateway.client.post("/nowcast", json=tiny(), headers=KEYED).json()
    assert (second["id"] != first["id"], second["status"]) == (True, "queued")


def test_a_key_whose_job_is_forgotten_is_new_again(gateway: Gateway, store: Store) -> None:
    first = gateway.client.post("/nowcast", json=tiny(), headers=KEYED).json()
    store.redis.delete(keys.job(first["id"]))
    second = gateway.client.post("/nowcast", json=tiny(), headers=KEYED)
    assert (second.status_code, second.json()["status"]) == (202, "queued")


def test_a_job_that_was_boarded_flies_though_its_own_caller_withdraws(
    store: Store, queue: Queue, wakes: list[str]
) -> None:
    one, other = (Job.new(CARD.method, 2, "0" * 64, 60) for _ in range(2))
    store.add(one, b"")
    assert (store.board(one), store.board(other)) == (one.id, one.id)
    withdraw(store, queue, one, "not needed")
    assert store.job(one.id).status is Status.QUEUED
    assert queue.backlog(CARD.method) == 1


def test_one_key_with_another_content_is_refused(client: httpx.Client) -> None:
    client.post("/nowcast", json=tiny(), headers={"Idempotency-Key": "k"})
    response = client.post("/nowcast?horizon=3", json=tiny(), headers={"Idempotency-Key": "k"})
    problem(response, 422, "key-reused")


def test_a_key_that_is_too_long_is_refused(client: httpx.Client) -> None:
    problem(client.post("/nowcast", json=tiny(), headers={"Idempotency-Key": "k" * 256}), 422, "bad-input")
