"""Jobs and nowcasts after they were ordered."""

import io
import json
import zipfile
from typing import Any

import httpx
import numpy as np
import pytest

from jobs import keys
from jobs.job import Status
from jobs.queue import Queue
from jobs.store import Store
from radar.formats import netcdf
from service.answers import ANSWERS, FILES
from tests.radar.samples import frames
from tests.service.bodies import NETCDF, file, tiny
from tests.service.gateway import ended, made
from tests.service.problem import problem
from tests.waiting import until

ASYNC = {"Prefer": "respond-async"}
NOBODY = "0" * 32


@pytest.fixture
def done(client: httpx.Client) -> str:
    """The path of a nowcast that is there."""
    path: str = client.post("/nowcast?horizon=3", content=file(), headers=NETCDF).headers["content-location"]
    return path


@pytest.fixture
def queued(idle: httpx.Client) -> str:
    """The path of a job that waits."""
    path: str = idle.post("/nowcast", json=tiny(), headers=ASYNC).headers["location"]
    return path


def test_a_nowcast_is_fetched_as_it_was_answered(client: httpx.Client, done: str) -> None:
    assert client.get(done).json()["links"]["self"] == done


@pytest.mark.parametrize("media", list(ANSWERS))
def test_a_nowcast_is_fetched_in_every_shape(client: httpx.Client, done: str, media: str) -> None:
    response = client.get(done, headers={"Accept": media})
    assert (response.status_code, response.headers["content-type"]) == (200, media)


def test_a_nowcast_is_fetched_in_no_other_shape(client: httpx.Client, done: str) -> None:
    problem(client.get(done, headers={"Accept": "text/html"}), 406, "not-acceptable")


PATHS = ["", *(f".{ending}" for ending in FILES), "/frames/5.png", "/frames/5.tif"]


@pytest.mark.parametrize("path", PATHS)
def test_head_says_what_get_says(client: httpx.Client, done: str, path: str) -> None:
    got, headed = client.get(done + path), client.head(done + path)
    assert (headed.status_code, headed.content) == (200, b"")
    for name in ("content-type", "etag", "nowcast-method"):
        assert headed.headers[name] == got.headers[name]


def test_the_links_lead_to_the_other_shapes(client: httpx.Client, done: str) -> None:
    links = client.get(done).json()["links"]
    assert len(netcdf.read(client.get(links["netcdf"]).content)) == 3
    said = {name: client.get(path).headers["content-type"] for name, path in links.items()}
    shapes = {"geotiff": "image/tiff", "animation": "image/png", "gif": "image/gif", "zip": "application/zip"}
    arrays = {"netcdf": "application/x-netcdf", "npz": "application/x-npz"}
    assert said == {"self": "application/json", **arrays, **shapes}


@pytest.mark.parametrize("path", ["", *(f".{ending}" for ending in FILES)])
def test_what_the_caller_has_is_not_sent_again(client: httpx.Client, done: str, path: str) -> None:
    first = client.get(done + path)
    for header, value in (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")):
        again = client.get(done + path, headers={header: first.headers[value]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    assert client.get(done + path, headers={"If-None-Match": 'W/"other"'}).status_code == 200


def test_who_has_one_shape_is_sent_another(client: httpx.Client, done: str) -> None:
    had = client.get(done).headers["etag"]
    for path, accept in ((done, "image/tiff"), (f"{done}.nc", "*/*")):
        assert client.get(path, headers={"If-None-Match": had, "Accept": accept}).status_code == 200


def test_a_zip_holds_a_geotiff_a_lead_and_the_summary(client: httpx.Client, done: str) -> None:
    with zipfile.ZipFile(io.BytesIO(client.get(f"{done}.zip").content)) as archive:
        assert archive.testzip() is None
        names = [
            f"rain_20160928T{at}00Z_{lead}min.tif"
            for at, lead in (("1505", "0005"), ("1510", "0010"), ("1515", "0015"))
        ]
        assert archive.namelist() == ["nowcast.json", *names]
        assert json.loads(archive.read("nowcast.json"))["links"]["self"] == done
        assert archive.read(names[1]) == client.get(f"{done}/frames/10.tif").content


@pytest.mark.parametrize("path", [".tif", ".zip", "/frames/5.tif"])
def test_a_projection_that_geotiff_does_not_know_is_not_acceptable(client: httpx.Client, path: str) -> None:
    grid = {"crs": "+proj=gnom +lat_0=50 +lon_0=9", "transform": [1000, 0, 0, 0, -1000, 0]}
    where = client.post("/nowcast", json=tiny(grid=grid)).headers["content-location"]
    said = problem(client.get(where + path), 406, "not-acceptable")
    assert "ask for NetCDF" in said["detail"]
    assert client.get(f"{where}.nc").status_code == 200


def test_a_frame_is_fetched_by_its_lead(client: httpx.Client, done: str) -> None:
    response = client.get(f"{done}/frames/10.png")
    assert response.headers["content-type"] == "image/png"
    assert response.content.startswith(b"\x89PNG")
    assert b"acTL" not in response.content


@pytest.mark.parametrize("lead", ["12", "0", "20", "ten"])
def test_a_lead_that_is_not_there_names_those_that_are(client: httpx.Client, done: str, lead: str) -> None:
    said = problem(client.get(f"{done}/frames/{lead}.png"), 404, "unknown-lead")
    assert said["detail"] == f"There is no frame at {lead} min; there are 5, 10, 15."


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_job_is_not_found(client: httpx.Client, path: str) -> None:
    problem(client.get(f"/nowcasts/{NOBODY}{path}"), 404, "unknown-job")


def test_a_job_that_waits_says_so(idle: httpx.Client, queued: str) -> None:
    response = idle.get(queued, headers={"Accept": "application/x-netcdf"})
    assert (response.status_code, response.json()["status"]) == (200, "queued")
    assert response.json()["links"] == {"self": queued}


@pytest.mark.parametrize("path", PATHS[1:])
def test_a_result_that_is_not_there_yet_is_a_conflict(idle: httpx.Client, queued: str, path: str) -> None:
    response = idle.get(queued + path)
    problem(response, 409, "not-ready")
    assert response.headers["retry-after"] == "1"


@pytest.mark.parametrize("end", [(Status.FAILED, 500, "job-failed"), (Status.EXPIRED, 504, "job-expired")])
def test_a_job_that_ended_badly_says_why(
    idle: httpx.Client, queued: str, store: Store, queue: Queue, end: tuple[Status, int, str]
) -> None:
    status, code, name = end
    ended(store, queue, status, "It was too much.")
    said: dict[str, Any] = idle.get(queued).json()
    assert (said["status"], said["reason"]) == (status, "It was too much.")
    assert problem(idle.get(queued + ".nc"), code, name)["detail"] == "It was too much."


def test_a_job_is_cancelled(idle: httpx.Client, queued: str) -> None:
    assert idle.delete(queued).json()["status"] == "cancelled"
    assert idle.get(queued).json()["reason"] == "Cancelled by its caller."


def test_the_nowcast_of_a_cancelled_job_is_gone(idle: httpx.Client, queued: str) -> None:
    idle.delete(queued)
    assert problem(idle.get(queued + ".nc"), 410, "job-cancelled")["detail"] == "Cancelled by its caller."


def test_its_only_caller_removes_a_nowcast(client: httpx.Client, done: str, store: Store) -> None:
    assert client.delete(done).json()["status"] == "done"
    problem(client.get(done), 404, "unknown-job")
    assert [key for key in store.redis.scan_iter("nowcast:*") if done.rpartition("/")[2] in key.decode()] == []
    again = client.post("/nowcast?horizon=3", content=file(), headers=NETCDF)
    assert (again.status_code, again.headers["content-location"] != done) == (200, True)


def test_a_nowcast_that_answered_others_stays(client: httpx.Client, done: str) -> None:
    assert client.post("/nowcast?horizon=3", content=file(), headers=NETCDF).headers["content-location"] == done
    assert client.delete(done).json()["status"] == "done"
    assert client.get(done).json()["status"] == "done"


def test_a_job_that_failed_stays_as_it_ended(idle: httpx.Client, queued: str, store: Store, queue: Queue) -> None:
    ended(store, queue, Status.FAILED, "It was too much.")
    assert idle.delete(queued).json()["status"] == "failed"
    assert idle.get(queued).json()["reason"] == "It was too much."


def test_an_unknown_job_is_not_cancelled(client: httpx.Client) -> None:
    problem(client.delete(f"/nowcasts/{NOBODY}"), 404, "unknown-job")


def test_a_long_id_is_not_echoed_whole(idle: httpx.Client) -> None:
    said = problem(idle.get(f"/nowcasts/{'a' * 4000}"), 404, "unknown-job")
    assert said["detail"].startswith(f"There is no job {'a' * 64};")


def test_damage_in_the_store_is_our_fault(client: httpx.Client, done: str, store: Store) -> None:
    store.redis.set(keys.nowcast(done.rpartition("/")[2]), b"NCB2 and no more")
    problem(client.get(done), 500, "damaged-blob")


def test_where_there_is_no_forecast_the_numbers_are_null(idle: httpx.Client, queued: str, store: Store) -> None:
    nowcast = made(frames(), 2, None)
    rain = np.full_like(nowcast.frames.rain, np.nan)
    job = store.job(queued.rpartition("/")[2])
    store.finish(job, made(type(nowcast.frames)(rain, nowcast.frames.times, nowcast.frames.grid), 2, None))
    said = until(lambda: idle.get(queued).json())
    assert {lead["mean"] for lead in said["leads"]} == {lead["wet_share"] for lead in said["leads"]} == {None}
    assert set(np.ravel(said["rain"])) == {None}
