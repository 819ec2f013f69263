"""API keys at a real gateway: who gets in, for what, how often, and whose jobs are whose."""

import json
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from jobs import api_key
from jobs.api_key import Scope
from jobs.api_keys import ApiKeys
from jobs.job import Job
from jobs.settings import Settings
from jobs.store import Store
from service.access import needed
from service.app import create
from tests.service.bodies import tiny
from tests.service.gateway import CARD, Gateway, serving, working
from tests.service.problem import problem
from tests.waiting import until

FIRST = api_key.written(*api_key.minted())
LATER = {"Prefer": "respond-async"}
Send = Callable[..., httpx.Response]


@pytest.fixture
def settings(redis_url: str) -> Settings:
    return Settings(redis_url=redis_url, method=CARD.method, deadline_seconds=60, api_key=SecretStr(FIRST))


@pytest.fixture
def keyed(store: Store, settings: Settings, wakes: list[str]) -> Iterator[Gateway]:
    """A gateway that asks for keys."""
    with serving(settings) as running:
        yield running


@pytest.fixture
def keys(store: Store) -> ApiKeys:
    return ApiKeys(store.redis)


@pytest.fixture
def reader(keys: ApiKeys) -> dict[str, str]:
    return bearer(keys.create("a reader", [Scope.READ]))


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def orderer(keys: ApiKeys, name: str) -> dict[str, str]:
    return bearer(keys.create(name, [Scope.NOWCAST]))


def ordered(gateway: Gateway, key: dict[str, str], **headers: str) -> str:
    """The id of a job that a key has ordered."""
    answer = gateway.client.post("/nowcast?horizon=2", json=tiny(), headers={**key, **LATER, **headers})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def test_without_a_key_nobody_gets_in(keyed: Gateway) -> None:
    answer = keyed.client.get("/methods")
    problem(answer, 401, "no-key")
    assert answer.headers["www-authenticate"] == 'Bearer realm="nowcast"'


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/health/live", "/health/ready", "/v1/health/live"])
def test_what_is_open_takes_no_key(keyed: Gateway, path: str) -> None:
    assert keyed.client.get(path).status_code == 200


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_a_key_may_come_in_either_header(keyed: Gateway, keys: ApiKeys, header: str) -> None:
    key = keys.create("a reader", [Scope.READ])
    said = f"bearer {key}" if header == "Authorization" else key
    assert keyed.client.get("/methods", headers={header: said}).status_code == 200


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"),
        lambda key: key[:-1],
        lambda key: key.upper(),
        lambda key: "nowcast_" + "0" * 12 + key[20:],
        lambda key: "key",
    ],
    ids=["other secret", "short", "capitals", "other id", "no key"],
)
def test_a_wrong_key_opens_nothing(keyed: Gateway, keys: ApiKeys, spoil: Callable[[str], str]) -> None:
    answer = keyed.client.get("/methods", headers={"X-API-Key": spoil(keys.create("a reader", [Scope.READ]))})
    problem(answer, 401, "wrong-key")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_wrong_key_is_not_let_into_what_is_open(keyed: Gateway) -> None:
    problem(keyed.client.get("/docs", headers={"X-API-Key": "stale"}), 401, "wrong-key")


def test_a_key_in_the_query_is_none(keyed: Gateway, keys: ApiKeys) -> None:
    key = keys.create("a reader", [Scope.READ])
    assert keyed.client.get("/methods", params={"api_key": key, "X-API-Key": key}).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/nowcast", Scope.NOWCAST),
        ("DELETE", f"/nowcasts/{'0' * 32}", Scope.NOWCAST),
        ("PUT", "/regions/here", Scope.REGION_WRITE),
        ("POST", "/v1/regions/here/frames", Scope.REGION_WRITE),
        ("DELETE", "/regions/here", Scope.REGION_WRITE),
        ("GET", "/audit", Scope.ADMIN),
        ("GET", "/v1/audit%0A", Scope.ADMIN),  # routes overlook a line break at the end
        ("GET", "/regions/here/alerts%0A", Scope.REGION_WRITE),
        ("POST", "/something/new", Scope.ADMIN),
    ],
)
def test_a_key_is_for_what_it_is_for(
    keyed: Gateway, reader: dict[str, str], method: str, path: str, scope: Scope
) -> None:
    answer = keyed.client.request(method, path, headers=reader)
    assert str(scope) in problem(answer, 403, "scope-missing")["detail"]
    assert f'error="insufficient_scope", scope="{scope}"' in answer.headers["www-authenticate"]


def test_a_stranger_is_refused_before_the_body_is_there(keyed: Gateway) -> None:
    head = (
        "POST /nowcast HTTP/1.1\r\nHost: here\r\nContent-Type: application/x-netcdf\r\nContent-Length: 1000000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", keyed.port), timeout=60) as line:
        line.sendall(head.encode())
        assert line.recv(1000).startswith(b"HTTP/1.1 401 ")


def test_the_first_key_may_do_everything(keyed: Gateway) -> None:
    assert keyed.client.get("/audit", headers=bearer(FIRST)).status_code == 200


def test_a_revoked_key_opens_nothing_at_once(keyed: Gateway, keys: ApiKeys, reader: dict[str, str]) -> None:
    assert keyed.client.get("/methods", headers=reader).status_code == 200
    keys.revoke(keys.all()[0].id)
    assert keyed.client.get("/methods", headers=reader).status_code == 401


def test_an_expired_key_opens_nothing(keyed: Gateway, keys: ApiKeys) -> None:
    old = keys.create("a reader", [Scope.READ], timedelta(microseconds=1))
    assert keyed.client.get("/methods", headers=bearer(old)).status_code == 401


@pytest.mark.parametrize(("overlap", "status"), [(timedelta(hours=1), 200), (timedelta(0), 401)])
def test_the_secret_before_is_good_while_a_rotation_lasts(
    keyed: Gateway, keys: ApiKeys, reader: dict[str, str], overlap: timedelta, status: int
) -> None:
    renewed = keys.rotate(keys.all()[0].id, overlap)
    assert keyed.client.get("/methods", headers=bearer(renewed)).status_code == 200
    assert keyed.client.get("/methods", headers=reader).status_code == status


def test_it_is_known_when_a_key_was_last_used(keyed: Gateway, keys: ApiKeys, reader: dict[str, str]) -> None:
    assert keys.uses() == {}
    keyed.client.get("/methods", headers=reader)
    assert list(keys.uses()) == [keys.all()[0].id]


def test_a_job_is_there_for_its_own_key_and_for_admins(keyed: Gateway, keys: ApiKeys, settings: Settings) -> None:
    mine, other = orderer(keys, "me"), orderer(keys, "other")
    job = ordered(keyed, mine)
    for path in (f"/nowcasts/{job}", f"/v1/nowcasts/{job}"):
        assert keyed.client.get(path, headers=mine).status_code == 200
        assert keyed.client.get(path, headers=bearer(FIRST)).status_code == 200
        problem(keyed.client.get(path, headers=other), 404, "unknown-job")
    for path in (f"/nowcasts/{job}.nc", f"/nowcasts/{job}/events", f"/nowcasts/{job}/frames/5.png"):
        problem(keyed.client.get(path, headers=other), 404, "unknown-job")
    problem(keyed.client.delete(f"/nowcasts/{job}", headers=other), 404, "unknown-job")
    with working(settings):
        assert keyed.client.get(f"/nowcasts/{job}/events", headers=mine).status_code == 200


def test_what_belongs_to_nobody_is_read_by_all_and_taken_away_by_admins(
    keyed: Gateway, keys: ApiKeys, store: Store
) -> None:
    job = Job.new(CARD.method, 2, "0" * 64, 20)
    store.add(job, b"")
    other = orderer(keys, "other")
    assert keyed.client.get(f"/nowcasts/{job.id}", headers=other).status_code == 200
    problem(keyed.client.delete(f"/nowcasts/{job.id}", headers=other), 403, "scope-missing")
    assert keyed.client.delete(f"/nowcasts/{job.id}", headers=bearer(FIRST)).status_code == 200
    problem(keyed.client.delete(f"/nowcasts/{'1' * 32}", headers=other), 404, "unknown-job")


@pytest.fixture
def full(store: Store, reader: dict[str, str]) -> Iterator[Store]:
    """A store that takes nothing more."""
    store.redis.config_set("maxmemory", 1)
    try:
        yield store
    finally:
        store.redis.config_set("maxmemory", 0)


def test_a_full_store_is_still_read(keyed: Gateway, reader: dict[str, str], full: Store) -> None:
    answer = keyed.client.get("/methods", headers=reader)
    assert answer.status_code == 200, answer.text
    assert "ratelimit" not in answer.headers
    problem(keyed.client.post("/nowcast", json=tiny(), headers=bearer(FIRST)), 503, "store-full")


@pytest.mark.parametrize("before", ["2026-06-01T00:00:00", "1901-01-01T00:00:00Z", "2199-01-01T00:00:00+01:00"])
def test_the_audit_log_is_asked_of_any_time(keyed: Gateway, before: str) -> None:
    answer = keyed.client.get("/audit", params={"before": before}, headers=bearer(FIRST))
    assert answer.status_code == 200, answer.text


def test_nobody_learns_that_another_has_sent_the_same(keyed: Gateway, keys: ApiKeys) -> None:
    mine, other = orderer(keys, "me"), orderer(keys, "other")
    assert ordered(keyed, mine) == ordered(keyed, mine)
    assert ordered(keyed, mine) != ordered(keyed, other)


def test_an_idempotency_key_belongs_to_its_api_key(keyed: Gateway, keys: ApiKeys) -> None:
    mine, other = orderer(keys, "me"), orderer(keys, "other")
    named = {"Idempotency-Key": "once"}
    assert ordered(keyed, mine, **named) == ordered(keyed, mine, **named)
    different = keyed.client.post("/nowcast?horizon=3", json=tiny(), headers={**other, **LATER, **named})
    assert different.status_code == 202


def test_a_key_may_only_ask_so_often(keyed: Gateway, keys: ApiKeys) -> None:
    key = bearer(keys.create("often", [Scope.READ], requests_per_minute=2))
    answers = [keyed.client.get("/methods", headers=key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"requests";q=2;w=60'
    assert answers[0].headers["ratelimit"] == '"requests";r=1;t=30'
    problem(answers[2], 429, "too-many-requests")
    assert 1 <= int(answers[2].headers["retry-after"]) <= 30


def test_nowcasts_have_a_limit_of_their_own(keyed: Gateway, keys: ApiKeys) -> None:
    key = bearer(keys.create("often", [Scope.NOWCAST], nowcasts_per_minute=1))
    ordered(keyed, key)
    answer = keyed.client.post("/nowcast?horizon=3", json=tiny(), headers={**key, **LATER})
    assert "1 nowcasts a minute" in problem(answer, 429, "too-many-requests")["detail"]
    assert keyed.client.get("/methods", headers=key).status_code == 200


def test_a_replay_counts_as_a_nowcast(keyed: Gateway, keys: ApiKeys) -> None:
    key = bearer(keys.create("often", [Scope.REGION_WRITE], nowcasts_per_minute=1))
    keyed.client.put("/regions/alps", json={"cadence_minutes": 5}, headers=key).raise_for_status()
    answers = [keyed.client.post("/regions/alps/replays?event=none.nc", headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [403, 429]  # no folder of events is set


def test_admins_read_who_did_what(keyed: Gateway, keys: ApiKeys, reader: dict[str, str]) -> None:
    job = ordered(keyed, orderer(keys, "me"))
    keyed.client.put("/regions/here", json={}, headers=reader)
    keyed.client.get("/methods", headers=reader)
    keyed.client.get("/methods", headers={"X-API-Key": "none"})
    deeds = until(lambda: known(keyed, 2))
    told = [(deed["name"], deed["action"], deed["status"]) for deed in deeds]
    assert told == [("a reader", "PUT /regions/here", 403), ("me", "POST /nowcast", 202)]
    assert job not in json.dumps(deeds)
    assert keyed.client.get("/audit?count=1", headers=bearer(FIRST)).json()["deeds"] == deeds[:1]


def known(gateway: Gateway, count: int) -> list[Any]:
    """The deeds of the audit log once there are so many: they are put in after their answers."""
    return [] if len(deeds := gateway.client.get("/audit", headers=bearer(FIRST)).json()["deeds"]) < count else deeds


def test_what_took_a_key_is_not_for_shared_caches(keyed: Gateway, reader: dict[str, str]) -> None:
    headers = keyed.client.get("/tiles/legend.json", headers=reader).headers
    assert "public" not in headers.get("cache-control", "")
    assert "Authorization" in headers["vary"]


def test_what_an_operator_opens_is_open(store: Store, settings: Settings) -> None:
    with serving(settings.model_copy(update={"public": "read"})) as gateway:
        assert gateway.client.get("/methods").status_code == 200
        assert gateway.client.get("/public/weather-maps.json").status_code == 200
        assert gateway.client.get("/audit").status_code == 401
        assert gateway.client.post("/nowcast").status_code == 401
        gateway.app.state.store.redis.hset(f"nowcast:job:{'a' * 32}", "owner", "somebody")
        assert gateway.client.get(f"/nowcasts/{'a' * 32}").status_code == 404


def test_every_operation_says_which_key_it_takes() -> None:
    said = create(Settings()).openapi()
    schemes = said["components"]["securitySchemes"]
    assert {name: one["type"] for name, one in schemes.items()} == {"bearer": "http", "header": "apiKey"}
    for path, known in said["paths"].items():
        for method, operation in known.items():
            assert {"bearer": [str(needed(method.upper(), path))]} in operation["security"], path
