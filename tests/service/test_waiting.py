"""Waiting for a job while things go wrong."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest
from kombu.exceptions import OperationalError

from jobs import celery_app, keys
from jobs.job import Status
from jobs.queue import Queue
from jobs.settings import Settings
from jobs.store import Store
from service import waiting
from tests.servers import free_port, valkey
from tests.service.bodies import tiny
from tests.service.gateway import CARD, Gateway, ended, serving, working
from tests.service.problem import problem
from tests.service.unix import unix_valkey
from tests.waiting import until


@contextmanager
def asking(gateway: Gateway) -> Iterator[Iterator[httpx.Response]]:
    """A request that waits; the next of what this gives is its answer."""
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(gateway.client.post, "/nowcast", json=tiny())
        until(lambda: gateway.app.state.waiting.events)
        yield (one.result() for one in [answer])


@pytest.mark.parametrize(
    "end",
    [
        (Status.FAILED, 500, "job-failed"),
        (Status.EXPIRED, 504, "job-expired"),
        (Status.CANCELLED, 410, "job-cancelled"),
    ],
)
def test_who_waits_is_told_of_a_bad_end(
    gateway: Gateway, store: Store, queue: Queue, end: tuple[Status, int, str]
) -> None:
    status, code, name = end
    with asking(gateway) as answer:
        ended(store, queue, status, "It was too much.")
        assert problem(next(answer), code, name)["detail"] == "It was too much."


def test_who_cancels_leaves_the_job_to_those_who_wait(gateway: Gateway, store: Store) -> None:
    with asking(gateway) as answer:
        other = gateway.client.post("/nowcast", json=tiny(), headers={"Prefer": "respond-async"}).json()
        assert gateway.client.delete(other["links"]["self"]).json()["status"] == "queued"
        with working(gateway.app.state.settings):
            said = next(answer)
    assert (said.status_code, said.json()["id"]) == (200, other["id"])


def test_a_job_that_all_have_cancelled_is_gone(gateway: Gateway) -> None:
    with asking(gateway) as answer:
        other = gateway.client.post("/nowcast", json=tiny(), headers={"Prefer": "respond-async"}).json()
        said = [gateway.client.delete(other["links"]["self"]).json()["status"] for _ in range(2)]
        assert said == ["queued", "cancelled"]
        assert problem(next(answer), 410, "job-cancelled")["detail"] == "Cancelled by its caller."


def test_a_notice_ends_the_waiting_at_once(gateway: Gateway, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "RECHECK_SECONDS", 50)
    until(lambda: store.redis.pubsub_numsub(keys.NOTICES)[0][1] == 1)
    with asking(gateway) as answer, working(gateway.app.state.settings):
        assert next(answer).elapsed.total_seconds() < waiting.RECHECK_SECONDS


def test_notices_come_over_a_unix_socket(wakes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "RECHECK_SECONDS", 50)
    with unix_valkey() as url, serving(Settings(redis_url=url, method=CARD.method)) as gateway:
        store = gateway.app.state.store
        store.publish_cards([CARD], 3600)
        until(lambda: store.redis.pubsub_numsub(keys.NOTICES)[0][1] == 1)
        with asking(gateway) as answer, working(gateway.app.state.settings):
            assert next(answer).elapsed.total_seconds() < waiting.RECHECK_SECONDS


def test_the_listener_outlives_every_fault(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    subscriber, calls = waiting.subscriber, iter(range(99))
    monkeypatch.setattr(waiting, "subscriber", lambda url: subscriber(url) if next(calls) else 1 / 0)
    with serving(settings):
        until(lambda: store.redis.pubsub_numsub(keys.NOTICES)[0][1] == 1)
    assert "no notices from Redis (ZeroDivisionError)" in caplog.text


def test_a_missed_notice_is_found_before_the_deadline(gateway: Gateway, store: Store, queue: Queue) -> None:
    with asking(gateway) as answer:
        held = until(lambda: queue.take(CARD.method, "test", 1))[0]
        store.redis.hset(keys.job(held.job_id), mapping={"status": "failed", "reason": "said to nobody"})
        said = next(answer)
        problem(said, 500, "job-failed")
        assert said.elapsed.total_seconds() < gateway.app.state.settings.deadline_seconds


def test_a_job_whose_deadline_passes_in_the_queue_expires(redis_url: str, store: Store, wakes: list[str]) -> None:
    settings = Settings(redis_url=redis_url, method=CARD.method, deadline_seconds=0.5)
    with serving(settings) as gateway:
        said = problem(gateway.client.post("/nowcast", json=tiny()), 504, "job-expired")
    assert said["detail"] == "No worker took the job before its deadline."


def test_a_job_that_runs_beyond_its_deadline_is_answered_later(
    redis_url: str, store: Store, queue: Queue, wakes: list[str]
) -> None:
    settings = Settings(redis_url=redis_url, method=CARD.method, deadline_seconds=4)
    with serving(settings) as gateway, asking(gateway) as answer:
        held = until(lambda: queue.take(CARD.method, "test", 1))[0]
        store.start(held.job_id)
        response = next(answer)
    assert (response.status_code, response.json()["status"]) == (202, "running")


def test_who_waits_long_wakes_again(gateway: Gateway, wakes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "REWAKE_SECONDS", 2.5)
    with asking(gateway) as answer:
        until(lambda: len(wakes) >= 2)
        with working(gateway.app.state.settings):
            assert next(answer).status_code == 200


def test_a_job_that_got_lost_on_its_way_in_is_put_in_again(
    gateway: Gateway, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "REWAKE_SECONDS", 0.5)
    with asking(gateway) as answer:
        store.redis.delete(keys.queue(CARD.method, "interactive"))
        with working(gateway.app.state.settings):
            assert next(answer).status_code == 200


def test_a_wake_up_that_fails_loses_no_job(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(method: str) -> None:
        raise OperationalError(f"nobody to wake {method}")

    monkeypatch.setattr(celery_app, "wake", broken)
    with working(gateway.app.state.settings):
        assert gateway.client.post("/nowcast", json=tiny()).status_code == 200


def test_who_hangs_up_waits_no_longer(gateway: Gateway) -> None:
    with httpx.Client(base_url=gateway.client.base_url) as impatient, pytest.raises(httpx.ReadTimeout):
        impatient.post("/nowcast", json=tiny(), timeout=httpx.Timeout(60, read=0.7))
    until(lambda: not gateway.app.state.waiting.events)
    counted = 'nowcast_http_requests_total{code="499",method="POST",route="/nowcast"}'
    until(lambda: counted in gateway.client.get("/metrics").text)


def test_who_hangs_up_in_the_middle_of_a_body_is_let_go(gateway: Gateway) -> None:
    head = b"POST /nowcast HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/zip\r\nContent-Length: 99\r\n\r\nPK"
    with socket.create_connection(("127.0.0.1", gateway.port), 60) as raw:
        raw.sendall(head)
    until(lambda: "nowcast_http_requests_in_flight 1.0" in gateway.client.get("/metrics").text)


def test_without_redis_every_route_says_so(wakes: list[str]) -> None:
    away = Settings(redis_url=f"redis://127.0.0.1:{free_port()}/0", method=CARD.method)
    with serving(away) as gateway:
        asked = [gateway.client.post("/nowcast", json=tiny())]
        asked += [gateway.client.get(path) for path in ("/methods", "/nowcasts/abc", "/nowcasts/abc.nc")]
        asked += [gateway.client.delete("/nowcasts/abc")]
    for response in asked:
        problem(response, 503, "store-away")
        assert response.headers["retry-after"] == "5"


def test_the_gateway_recovers_when_redis_comes_back(wakes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    settings = Settings(redis_url=f"redis://127.0.0.1:{port}/0", method=CARD.method)
    monkeypatch.setattr(waiting, "RECHECK_SECONDS", 50)
    with serving(settings) as gateway:
        for _ in range(2):
            problem(gateway.client.post("/nowcast", json=tiny()), 503, "store-away")
            with valkey(port):
                gateway.app.state.store.publish_cards([CARD], 3600)
                until(lambda: gateway.app.state.store.redis.pubsub_numsub(keys.NOTICES)[0][1])
                with working(settings):
                    response = gateway.client.post("/nowcast", json=tiny())
            assert response.status_code == 200
            assert response.elapsed.total_seconds() < waiting.RECHECK_SECONDS


def test_a_lost_subscription_is_made_again(gateway: Gateway, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "RECHECK_SECONDS", 50)
    with asking(gateway) as answer:
        until(lambda: store.redis.client_kill_filter(_type="pubsub"))
        until(lambda: store.redis.pubsub_numsub(keys.NOTICES)[0][1])
        with working(gateway.app.state.settings):
            assert next(answer).elapsed.total_seconds() < waiting.RECHECK_SECONDS
