"""`nowcast health` as a container engine calls it."""

import http.server
import socket
import threading
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from redis import Redis

from cli import health
from cli.serve import ROLES
from jobs import keys, signs
from jobs.settings import settings
from tests.servers import free_port, redis_server, redis_url
from workers import heartbeat

__all__ = ["redis_server", "redis_url"]

OTHERS = [role for role in health.SIGNS if role != "worker"]


@pytest.fixture
def redis(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """The server that the command asks."""
    monkeypatch.setenv("NOWCAST_REDIS_URL", redis_url)
    settings.cache_clear()
    with Redis.from_url(redis_url) as client:
        yield client
    settings.cache_clear()


def asked(*arguments: str) -> tuple[int, str]:
    said = CliRunner().invoke(health.command, arguments)
    return said.exit_code, said.output


def test_every_role_can_be_asked() -> None:
    assert {"gateway", *health.SIGNS} == set(ROLES)


@pytest.mark.parametrize("role", health.SIGNS)
def test_a_role_without_a_sign_of_life_is_not_well(redis: Redis, role: str) -> None:
    assert asked(role) == (1, f"The {role} gives no sign of life.\n")


@pytest.mark.parametrize("role", OTHERS)
def test_a_role_that_gave_a_sign_is_well(redis: Redis, role: str) -> None:
    heartbeat.alive(redis, role)
    assert asked(role) == (0, f"The {role} works.\n")


@pytest.mark.parametrize("role", OTHERS)
def test_signs_of_other_machines_do_not_count(redis: Redis, role: str) -> None:
    redis.set(keys.alive(role, "elsewhere"), "alive")
    beat(redis, "elsewhere-1")
    assert asked(role)[0] == asked("worker")[0] == 1


def test_a_warm_worker_of_this_machine_is_well(redis: Redis) -> None:
    beat(redis, f"{socket.gethostname()}-17")
    assert asked("worker") == (0, "The worker works.\n")
    redis.delete(keys.worker(f"{socket.gethostname()}-17"))  # its time is up
    assert asked("worker")[0] == 1


def beat(redis: Redis, worker: str) -> None:
    signs.warm(redis, worker, 60)


def test_a_store_that_is_away_is_a_sentence(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOWCAST_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    settings.cache_clear()
    code, said = asked("worker")
    assert code == 1
    assert said.startswith("The worker could not be asked: ")


def test_a_setting_that_is_wrong_is_a_sentence(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOWCAST_REDIS_URL", "foo")
    settings.cache_clear()
    code, said = asked("puller")
    assert (code, said.count("\n")) == (1, 1)
    assert "NOWCAST_REDIS_URL is wrong" in said


@pytest.fixture(params=[200, 500])
def gateway(request: pytest.FixtureRequest) -> Iterator[tuple[int, int]]:
    """A server on a port that answers with one status."""

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(request.param if self.path == "/health/live" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, request.param
        server.shutdown()


def test_a_gateway_is_well_when_it_says_so(gateway: tuple[int, int]) -> None:
    port, status = gateway
    assert asked("gateway", "--port", str(port))[0] == (0 if status == 200 else 1)


def test_a_gateway_that_is_not_there() -> None:
    code, said = asked("gateway", "--port", str(free_port()))
    assert code == 1
    assert "refused" in said
