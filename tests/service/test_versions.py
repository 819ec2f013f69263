"""Versions and timings in every answer, and paths with the version in front."""

import io
import json
import re
import zipfile

import httpx
import pytest

from radar.formats import netcdf
from service.app import released
from tests.loops import run
from tests.regions import steady_clock
from tests.service.bodies import NETCDF, tiny
from tests.service.gateway import Gateway
from tests.service.map_client import shown, striped
from tests.service.problem import problem
from tests.service.region_client import put
from tests.waiting import until

__all__ = ["steady_clock"]
LISTS = ("regions", "regions/here/nowcast", "regions/here/tiles.json", "public/weather-maps.json", "edr/collections")
"""What leads on to other paths."""
PATH = re.compile(r'"(?:http://127[^/"]+)?(/[^"]*)"')


def test_every_path_is_there_with_its_version(client: httpx.Client) -> None:
    response = client.post("/v1/nowcast?horizon=2", json=tiny())
    assert response.status_code == 200
    assert client.get("/v1/nowcasts/" + response.json()["id"]).json()["id"] == response.json()["id"]
    assert client.get("/v1/methods").json() == client.get("/methods").json()


def test_who_begins_under_the_prefix_stays_there(client: httpx.Client) -> None:
    waiting = client.post("/v1/nowcast?horizon=2", json=tiny(), headers={"Prefer": "respond-async"})
    job = waiting.headers["location"]
    assert (job, waiting.json()["links"]) == (f"/v1/nowcasts/{waiting.json()['id']}", {"self": job})
    until(lambda: client.get(job).json()["status"] == "done")
    done = client.get(job)
    assert done.headers["content-location"] == done.json()["links"]["self"] == job
    assert all(path.startswith(job) and client.get(path).status_code == 200 for path in done.json()["links"].values())
    with zipfile.ZipFile(io.BytesIO(client.get(f"{job}.zip").content)) as archive:
        assert json.loads(archive.read("nowcast.json"))["links"]["self"] == job
    events = client.get(f"{job}/events").text
    assert f'"{job}/frames/5.png"' in events
    assert '"/nowcasts/' not in events


def test_what_is_kept_for_one_is_not_shown_to_the_other(client: httpx.Client) -> None:
    job = client.post("/v1/nowcast?horizon=2", json=tiny()).json()["id"]
    for path in (f"/v1/nowcasts/{job}", f"/nowcasts/{job}", f"/v1/nowcasts/{job}"):
        response = client.get(path)
        assert response.json()["links"]["self"] == response.headers["content-location"] == path
        known = client.get(path, headers={"If-None-Match": response.headers["etag"]})
        assert (known.status_code, known.headers["content-location"]) == (304, path)


def test_a_region_under_the_prefix_leads_on_below_it(client: httpx.Client) -> None:
    shown(client, striped(1, 0))
    said = {path: client.get(f"/v1/{path}").text for path in LISTS}
    for path, text in said.items():
        paths = [found for found in PATH.findall(text) if not found.startswith("/v2/")]  # to be put behind the host
        assert {found.split("/")[1] for found in paths} == {"v1"}, path
    maps = json.loads(said["public/weather-maps.json"])
    tile = f"{maps['host']}{maps['radar']['past'][0]['path']}/256/0/0/0/1/1_1.png"
    assert (httpx.URL(tile).path[:7], client.get(tile).status_code) == ("/v1/v2/", 200)
    pushed = client.post("/v1/regions/here/frames", content=netcdf.write(striped(-1)), headers=NETCDF)
    assert pushed.json()["job"].startswith("/v1/nowcasts/")


def test_the_path_that_a_proxy_puts_in_front_stands_before_it(gateway: Gateway) -> None:
    put(gateway.client)

    async def asked(path: str) -> httpx.Response:
        transport = httpx.ASGITransport(gateway.app, root_path="/rain")
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as proxied:
            return await proxied.get(path)

    for root in ("/rain", "/rain/v1"):
        assert run(asked(f"{root}/regions/here")).json()["links"]["self"] == f"{root}/regions/here"


@pytest.mark.parametrize("path", ["/methods", "/nowhere", "/v1/nowhere", "/v1", "/nowcasts/abc"])
def test_every_answer_says_its_versions(idle: httpx.Client, path: str) -> None:
    headers = idle.get(path).headers
    assert (headers["nowcast-version"], headers["nowcast-api-version"]) == (released(), "1")


@pytest.mark.parametrize("path", ["/v1methods", "/v2/methods", "/v1/v1/methods"])
def test_another_version_is_not_there(idle: httpx.Client, path: str) -> None:
    problem(idle.get(path), 404, "not-found")


def test_errors_under_the_prefix_are_as_without_it(idle: httpx.Client) -> None:
    said = problem(idle.put("/v1/methods"), 405, "method-not-allowed")
    assert said["detail"] == "/v1/methods has no PUT, it has GET, HEAD; /docs describes them."
    problem(idle.post("/v1/nowcast?colour=red", json=tiny()), 422, "invalid-request")


def test_metrics_know_the_route_and_not_its_version(gateway: Gateway) -> None:
    gateway.client.get("/v1/methods")
    counted = 'nowcast_http_requests_total{code="200",method="GET",route="/methods"}'
    until(lambda: counted in gateway.client.get("/metrics").text)


def test_openapi_is_the_same_under_both(idle: httpx.Client) -> None:
    under, plain = idle.get("/v1/openapi.json").json(), idle.get("/openapi.json").json()
    assert under == plain
    assert [server["url"] for server in plain["servers"]] == ["/", "/v1"]


def test_a_nowcast_says_what_took_how_long(client: httpx.Client) -> None:
    said = client.post("/nowcast", json=tiny()).headers["server-timing"]
    assert re.findall(r"(\w+);dur=[\d.]+", said) == ["intake", "wait", "encode", "total"]
    assert re.fullmatch(r"total;dur=[\d.]+", client.get("/methods").headers["server-timing"])
