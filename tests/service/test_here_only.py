"""Without API keys a gateway answers this machine alone, and no web page that is read on it."""

import base64
import hashlib
import re

import httpx
import pytest
from click.testing import CliRunner

from cli.serve import command
from jobs.settings import Settings
from radar.errors import BadInput
from service.access import loopback, opened
from service.guard import asks_for_keys
from tests.service.bodies import tiny
from tests.service.gateway import Gateway, serving
from tests.service.problem import problem

ORIGIN = "https://map.example"
PREFLIGHT = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "X-API-Key"}


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1", "127.8.9.1:8000", "[::1]:8000"])
def test_this_machine_by_its_own_names(idle: httpx.Client, host: str) -> None:
    assert idle.get("/methods", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["rebound.example", "localhost.example:80", "10.0.0.1", "[2001:db8::1]", "[", ""])
def test_a_name_that_leads_here_from_elsewhere(idle: httpx.Client, host: str) -> None:
    problem(idle.get("/methods", headers={"Host": host}), 403, "not-from-here")


def test_a_proxy_here_speaks_for_somebody_else(idle: httpx.Client) -> None:
    problem(idle.get("/methods", headers={"X-Forwarded-For": "203.0.113.9"}), 403, "not-from-here")


@pytest.mark.parametrize("origin", [ORIGIN, "null", "http://localhost:1"])
def test_pages_of_other_sites_change_nothing(idle: httpx.Client, origin: str) -> None:
    answer = idle.post("/nowcast", json=tiny(), headers={"Origin": origin, "Prefer": "respond-async"})
    problem(answer, 403, "not-from-here")
    assert "access-control-allow-origin" not in answer.headers


def test_our_own_page_may(gateway: Gateway) -> None:
    own = {"Origin": f"http://127.0.0.1:{gateway.port}", "Prefer": "respond-async"}
    assert gateway.client.post("/nowcast", json=tiny(), headers=own).status_code == 202


def test_an_open_service_answers_by_any_name(redis_url: str) -> None:
    with serving(Settings(redis_url=redis_url, access="open")) as gateway:
        assert gateway.client.get("/methods", headers={"Host": "nowcast.example"}).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "nowcast.example"])
def test_serving_others_without_keys_is_refused_at_the_start(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.serve.settings", Settings)
    monkeypatch.setattr("cli.serve.logs.start", lambda _: None)  # that would be for all tests to come
    said = CliRunner().invoke(command, ["--host", host])
    assert isinstance(said.exception, BadInput)
    assert re.fullmatch(r"On \S+ the gateway would answer whoever reaches it: [^.]+\.md\)\.", str(said.exception))


@pytest.mark.parametrize("said", ["127.0.0.1", "::1", "localhost"])
def test_loopback_is_served_without_keys(said: str) -> None:
    assert loopback(said)
    assert not asks_for_keys(Settings())
    assert asks_for_keys(Settings(access="keys"))


def test_a_group_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match="NOWCAST_PUBLIC has no 'everything'; there are docs, health"):
        opened("docs, everything")


def test_other_origins_are_let_in_by_name_only(redis_url: str) -> None:
    with serving(
        Settings(redis_url=redis_url, access="keys", cors_origins=f"https://other.example, {ORIGIN}")
    ) as gateway:
        told = gateway.client.options("/nowcast", headers=PREFLIGHT)
        assert (told.status_code, told.headers["access-control-allow-origin"]) == (200, ORIGIN)
        refused = gateway.client.get("/methods", headers={"Origin": ORIGIN})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, ORIGIN)
        strange = gateway.client.options("/nowcast", headers={**PREFLIGHT, "Origin": "https://strange.example"})
        assert "access-control-allow-origin" not in strange.headers


@pytest.mark.parametrize(
    "path", ["/health/live", "/methods", "/nowhere", "/nowcasts/x", "/", "/docs", "/viewer/main.js"]
)
def test_every_answer_has_the_headers_that_keep_a_browser_in_bounds(idle: httpx.Client, path: str) -> None:
    headers = idle.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert re.match("default-src '(none|self)'", headers["content-security-policy"])


def test_so_has_an_internal_error(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.app.state.store, "cards", lambda: 1 / 0)
    answer = gateway.client.get("/methods")
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (500, "nosniff")


def test_tiles_may_be_shown_by_other_sites(idle: httpx.Client) -> None:
    assert idle.get("/public/weather-maps.json").headers["cross-origin-resource-policy"] == "cross-origin"
    assert idle.get("/methods").headers["cross-origin-resource-policy"] == "same-origin"


def test_the_reference_needs_nothing_of_other_sites(idle: httpx.Client) -> None:
    answer = idle.get("/docs")
    assert not re.search(r"https?://|<script|style=", answer.text)
    assert "script-src" not in answer.headers["content-security-policy"]
    named = set(re.findall(r'<details id="(\w+)"', answer.text))
    assert named == {
        one["operationId"] for path in idle.get("/openapi.json").json()["paths"].values() for one in path.values()
    }


def test_the_policy_of_the_reference_fits_its_style(idle: httpx.Client) -> None:

    answer = idle.get("/docs")
    (style,) = re.findall("<style>(.*)</style>", answer.text)
    said = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{said}'" in answer.headers["content-security-policy"]
