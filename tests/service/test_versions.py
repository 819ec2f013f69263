"""Versions and timings in every answer, and paths with the version in front."""

import re

import httpx
import pytest

from service.app import released
from tests.service.bodies import tiny
from tests.service.gateway import Gateway
from tests.service.problem import problem
from tests.waiting import until


def test_every_path_is_there_with_its_version(client: httpx.Client) -> None:
    response = client.post("/v1/nowcast?horizon=2", json=tiny())
    assert response.status_code == 200
    assert client.get("/v1" + response.json()["links"]["self"]).json()["id"] == response.json()["id"]
    assert client.get("/v1/methods").json() == client.get("/methods").json()


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
