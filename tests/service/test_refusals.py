"""What is refused before the body is read, and bodies that are refused while they are."""

import json
import socket
from collections.abc import Iterator

import httpx
import pytest

from jobs.store import Store
from tests.service.bodies import NETCDF, file, tiny
from tests.service.gateway import Gateway
from tests.service.problem import problem


def test_an_unknown_method_is_answered_with_the_known_ones(client: httpx.Client) -> None:
    said = problem(client.post("/nowcast?method=magic", json=tiny()), 404, "unknown-method")
    assert said["detail"] == "There is no method 'magic'; there are persistence."


def test_without_workers_there_is_no_method_yet(idle: httpx.Client, store: Store) -> None:
    store.redis.flushdb()
    response = idle.post("/nowcast", json=tiny())
    assert problem(response, 503, "no-workers")["detail"].startswith("No worker is ready yet")
    assert response.headers["retry-after"] == "5"


def test_a_full_queue_refuses_until_later(idle: httpx.Client) -> None:
    for horizon in (1, 2, 3, 4):
        idle.post(f"/nowcast?horizon={horizon}", json=tiny(), headers={"Prefer": "respond-async"})
    response = idle.post("/nowcast", json=tiny())
    problem(response, 503, "queue-full")
    assert response.headers["retry-after"] == "5"


def test_an_answer_nobody_writes_is_refused(client: httpx.Client) -> None:
    said = problem(client.post("/nowcast", json=tiny(), headers={"Accept": "text/csv"}), 406, "not-acceptable")
    assert "application/x-netcdf" in said["detail"]


def test_a_body_of_unknown_type_is_refused(client: httpx.Client) -> None:
    response = client.post("/nowcast", content=b"a=b", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert "application/x-netcdf" in problem(response, 415, "unknown-format")["detail"]


def test_a_body_of_no_type_is_refused(client: httpx.Client) -> None:
    problem(client.post("/nowcast", content=b"abc"), 415, "unknown-format")


def test_a_compressed_body_is_refused(client: httpx.Client) -> None:
    response = client.post("/nowcast", content=file(), headers={**NETCDF, "Content-Encoding": "gzip"})
    assert "'gzip'" in problem(response, 415, "unknown-format")["detail"]


def test_a_body_that_says_it_is_too_long_is_refused(client: httpx.Client) -> None:
    problem(client.post("/nowcast", content=b"x" * (2**20 + 1), headers=NETCDF), 413, "too-large")


def test_a_body_that_becomes_too_long_is_refused(client: httpx.Client) -> None:
    problem(client.post("/nowcast", content=chunks(40), headers=NETCDF), 413, "too-large")


def test_a_form_that_becomes_too_long_is_refused(client: httpx.Client) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.nc"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    problem(client.post("/nowcast", content=chunks(40, head), headers=headers), 413, "too-large")


def chunks(count: int, head: bytes = b"") -> Iterator[bytes]:
    """A body with no length."""
    yield head
    for _ in range(count):
        yield b"x" * 2**15


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ("Content-Length: 99999999\r\nContent-Type: application/x-netcdf", b"413"),
        ("Content-Length: 9\r\nContent-Type: text/plain", b"415"),
        ("Content-Length: 9\r\nContent-Type: application/x-netcdf\r\nAccept: text/csv", b"406"),
    ],
)
def test_what_headers_tell_is_refused_before_the_body_comes(gateway: Gateway, lines: str, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), 60) as raw:
        raw.sendall(f"POST /nowcast HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n\r\n".encode())
        assert raw.recv(4096).split()[1] == status


@pytest.mark.parametrize(
    ("version", "hosts", "status"), [(1, 0, b"400"), (1, 2, b"400"), (1, 1, b"200"), (0, 0, b"200")]
)
def test_a_request_says_once_which_host_it_is_for(gateway: Gateway, version: int, hosts: int, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), 60) as raw:
        raw.sendall(b"GET /health/live HTTP/1.%d\r\n%b\r\n" % (version, hosts * b"Host: localhost\r\n"))
        head, _, body = raw.recv(4096).partition(b"\r\n\r\n")
    assert head.split()[1] == status
    assert (status == b"200") != (b"application/problem+json" in head and b"bad-host" in body)


def test_an_unknown_method_is_refused_before_the_body_comes(gateway: Gateway) -> None:
    lines = "Host: localhost\r\nContent-Type: application/zip\r\nContent-Length: 9"
    with socket.create_connection(("127.0.0.1", gateway.port), 60) as raw:
        raw.sendall(f"POST /nowcast?method=magic HTTP/1.1\r\n{lines}\r\n\r\n".encode())
        assert raw.recv(4096).split()[1] == b"404"


def test_json_is_for_tiny_grids(gateway: Gateway) -> None:
    state = gateway.app.state
    state.settings = state.settings.model_copy(update={"max_body_bytes": 2**24})
    body = json.dumps(tiny(rain=[[[1.0] * 500] * 1000] * 2))
    response = gateway.client.post("/nowcast", content=body, headers={"Content-Type": "application/json"})
    assert "NetCDF" in problem(response, 413, "too-large")["detail"]


def test_an_unknown_path_is_a_problem(client: httpx.Client) -> None:
    said = problem(client.get("/nowhere/{at}/all"), 404, "not-found")
    assert said["detail"] == "There is nothing at /nowhere/{at}/all; /docs describes what there is."


@pytest.mark.parametrize(
    ("path", "methods"), [("/nowcast", "POST"), ("/nowcasts/abc", "DELETE, GET, HEAD"), ("/methods", "GET, HEAD")]
)
def test_a_method_that_is_not_there_names_those_that_are(client: httpx.Client, path: str, methods: str) -> None:
    response = client.put(path)
    said = problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == methods
    assert said["detail"] == f"{path} has no PUT, it has {methods}; /docs describes them."


def test_head_is_for_what_can_be_got(client: httpx.Client) -> None:
    response = client.head("/nowcast")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


KNOWN = "fallback, horizon, method, thresholds"


@pytest.mark.parametrize("query", ["Horizon=3", "threshold=1", "horizon=3&prefer=wait"])
def test_a_parameter_that_is_none_is_pointed_at(client: httpx.Client, query: str) -> None:
    said = problem(client.post(f"/nowcast?{query}", json=tiny()), 422, "invalid-request")
    name = query.rpartition("&")[2].partition("=")[0]
    assert said["detail"] == f"/query/{name}: There is no such parameter; there are {KNOWN}."
    assert said["errors"][0]["pointer"] == f"/query/{name}"


@pytest.mark.parametrize("query", ["horizon=0", "horizon=many", "horizon=1001"])
def test_a_horizon_that_is_none_is_pointed_at(client: httpx.Client, query: str) -> None:
    said = problem(client.post(f"/nowcast?{query}", json=tiny()), 422, "invalid-request")
    assert said["errors"][0]["pointer"] == "/query/horizon"


@pytest.mark.parametrize("said", ["", "wet", "1,", "0", "-1", "nan", "inf", "301", ",".join(map(str, range(1, 18)))])
def test_thresholds_that_are_none_are_pointed_at(client: httpx.Client, said: str) -> None:
    response = client.post(f"/nowcast?thresholds={said}", json=tiny())
    assert problem(response, 422, "invalid-request")["errors"][0]["pointer"].startswith("/query/thresholds")


def test_more_chances_than_can_be_had_are_refused(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.ordering.MAX_CODES", 2 * 12 * 4)
    assert client.post("/nowcast?thresholds=1,2", json=tiny()).status_code == 200
    said = problem(client.post("/nowcast?thresholds=1,2,3", json=tiny()), 413, "too-large")
    assert said["detail"] == "The chances of 3 thresholds are more than 96; ask for fewer."


def test_a_horizon_beyond_the_card_is_refused(client: httpx.Client) -> None:
    said = problem(client.post("/nowcast?horizon=25", json=tiny()), 422, "outside-card")
    assert said["detail"] == "persistence looks 1 to 24 frames ahead, not 25."
