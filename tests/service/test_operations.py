"""Health, metrics, request ids, methods, and bugs."""

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from jobs.settings import Settings
from jobs.store import Store
from tests.servers import free_port
from tests.service.bodies import tiny
from tests.service.gateway import CARD, Gateway, serving
from tests.service.problem import problem
from tests.waiting import until


def test_the_methods_come_with_their_cards(idle: httpx.Client) -> None:
    said = idle.get("/methods").json()
    assert said == {"default": "persistence", "methods": [CARD.model_dump(mode="json")]}


def test_it_is_ready_when_redis_a_worker_and_a_method_are_there(idle: httpx.Client) -> None:
    response = idle.get("/health/ready")
    assert response.status_code == 200
    assert response.json()["checks"] == {
        "redis": {"ok": True, "detail": "answers"},
        "workers": {"ok": True, "detail": "1 warm"},
        "methods": {"ok": True, "detail": "persistence"},
    }


def test_it_is_not_ready_without_workers(idle: httpx.Client, store: Store) -> None:
    store.redis.flushdb()
    response = idle.get("/health/ready")
    assert (response.status_code, response.json()["ready"]) == (503, False)
    assert response.json()["checks"]["workers"] == {"ok": False, "detail": "0 warm"}


def test_without_redis_it_lives_and_counts_but_is_not_ready() -> None:
    with serving(Settings(redis_url=f"redis://127.0.0.1:{free_port()}/0")) as gateway:
        assert gateway.client.get("/health/live").json()["live"]
        assert gateway.client.get("/health/ready").json()["checks"]["redis"] == {
            "ok": False,
            "detail": "ConnectionError",
        }
        assert "nowcast_queue_depth{" not in gateway.client.get("/metrics").text


def test_metrics_name_the_route_and_never_the_path(idle: httpx.Client) -> None:
    idle.get("/nowcasts/abc")
    idle.get("/some/strange/path")
    idle.request("PROPFIND", "/methods")
    text = idle.get("/metrics").text
    assert 'nowcast_http_requests_total{code="404",method="GET",route="/nowcasts/{job_id}"}' in text
    assert 'nowcast_http_requests_total{code="404",method="GET",route="unmatched"}' in text
    assert 'method="other",route="/methods"' in text
    assert 'nowcast_http_request_duration_seconds_bucket{le="0.005",method="GET",route="/nowcasts/{job_id}"}' in text
    assert not re.search("abc|strange|PROPFIND", text)


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/methods", "/metrics", "/docs"])
def test_every_get_has_a_head(idle: httpx.Client, path: str) -> None:
    response = idle.head(path)
    assert (response.status_code, response.content) == (200, b"")


def test_metrics_count_head_by_its_route(idle: httpx.Client) -> None:
    idle.head("/methods")
    assert 'nowcast_http_requests_total{code="200",method="HEAD",route="/methods"}' in idle.get("/metrics").text


def test_metrics_tell_how_large_bodies_are(idle: httpx.Client) -> None:
    def total(of: str) -> float:
        text, name = idle.get("/metrics").text, f"nowcast_http_{of}_size_bytes_sum"
        return sum(map(float, re.findall(rf'{name}{{method="POST",route="/nowcast"}} (\S+)', text)))

    before = {of: total(of) for of in ("request", "response")}
    answer = idle.post("/nowcast", json=tiny(), headers={"Prefer": "respond-async"})
    grown = {of: total(of) - before[of] for of in before}
    assert grown == {"request": len(answer.request.content), "response": len(answer.content)}


def test_metrics_tell_how_many_jobs_wait(idle: httpx.Client) -> None:
    assert 'nowcast_queue_depth{method="persistence"} 0.0' in idle.get("/metrics").text
    idle.post("/nowcast", json=tiny(), headers={"Prefer": "respond-async"})
    assert 'nowcast_queue_depth{method="persistence"} 1.0' in idle.get("/metrics").text


def test_metrics_of_all_processes_are_added_up(redis_url: str, tmp_path: Path) -> None:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "--factory",
        "service.app:create",
        "--workers",
        "2",
        "--port",
        str(port),
    ]
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "NOWCAST_REDIS_URL": redis_url}
    with subprocess.Popen(command, env=env, cwd=Path(__file__).parents[2], stderr=subprocess.DEVNULL) as server:
        try:
            until(lambda: answers(port))
            for _ in range(20):
                httpx.get(f"http://127.0.0.1:{port}/methods", timeout=60)
            until(lambda: added_up(port))  # an answer is there before it is counted
        finally:
            server.terminate()


def added_up(port: int) -> bool:
    """True when all requests are counted, of which one is being answered."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text
    counted = 'nowcast_http_requests_total{code="200",method="GET",route="/methods"} 20.0'
    return all(said in text for said in (counted, "nowcast_http_requests_in_flight 1.0", "nowcast_queue_depth"))


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=30).is_success
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("name", ["abc", "0af7651916cd43dd8448eb211c80319c", "a.b_c-1"])
def test_a_sane_request_id_is_echoed(idle: httpx.Client, name: str) -> None:
    assert idle.get("/health/live", headers={"X-Request-Id": name}).headers["x-request-id"] == name


@pytest.mark.parametrize("name", ["", "a b", "<script>", "a" * 65])
def test_a_strange_request_id_is_replaced(idle: httpx.Client, name: str) -> None:
    made = idle.get("/health/live", headers={"X-Request-Id": name}).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", made)


def test_a_bug_is_logged_and_its_text_kept_from_the_caller(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(gateway.app.state.store, "cards", broken)
    with caplog.at_level(logging.ERROR, "service"):
        response = gateway.client.get("/methods")
    assert "secret" not in response.text
    assert problem(response, 500, "internal-error")["instance"] in caplog.text
    assert "secret" in caplog.text
