"""Callers who dawdle on a real socket: each is hung up on, and the others are served meanwhile."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest

from service import patience
from tests.service.bodies import NETCDF, file
from tests.service.gateway import Gateway

HEAD = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /nowcast HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-netcdf\r\n"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway that soon hangs up, though not on a caller on a busy machine."""
    monkeypatch.setattr(patience, "HEAD_SECONDS", 1.5)
    monkeypatch.setattr(patience, "PACE_SECONDS", 1.5)


@contextmanager
def caller(gateway: Gateway, said: bytes = b"", buffer: int | None = None) -> Iterator[socket.socket]:
    """A connection on which something was said; it reads into a buffer of some bytes."""
    with socket.socket() as connection:
        if buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        connection.settimeout(60)
        connection.connect(("127.0.0.1", gateway.port))
        connection.sendall(said)
        yield connection


def rest(connection: socket.socket) -> bytes:
    """All that still comes."""
    parts = []
    while part := connection.recv(2**16):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.usefixtures("hasty")
def test_a_caller_who_says_nothing_is_hung_up_on(gateway: Gateway) -> None:
    with caller(gateway) as connection:
        assert rest(connection) == b""


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("said", [HEAD, POST + b"Content-Length: 100000\r\n\r\nabc"], ids=["head", "body"])
def test_a_request_that_does_not_come_to_an_end_is_refused(gateway: Gateway, said: bytes) -> None:
    with caller(gateway, said) as connection:
        assert rest(connection).startswith(b"HTTP/1.1 408 ")


@pytest.mark.usefixtures("hasty")
def test_a_head_that_trickles_is_refused_all_the_same(gateway: Gateway) -> None:
    with caller(gateway, HEAD) as connection, pytest.raises(ConnectionError):
        trickle(connection)


def trickle(connection: socket.socket) -> None:
    """A header now and then, for as long as it is taken."""
    for _ in range(200):
        connection.sendall(b"X-Slow: loris\r\n")
        time.sleep(0.05)


@pytest.mark.parametrize("part", [b"X-More: " + b"m" * 100 + b"\r\n", b"m" * 100], ids=["many", "long"])
def test_a_head_without_end_is_refused(gateway: Gateway, part: bytes) -> None:
    with caller(gateway, HEAD + b"X-Begin: ") as connection:
        connection.sendall(part * (2 * patience.MAX_HEAD_BYTES // len(part)))
        assert connection.recv(100).startswith(b"HTTP/1.1 431 ")


def test_an_endless_query_is_refused(gateway: Gateway) -> None:
    with caller(gateway, b"GET /methods?q=" + b"q" * 2 * patience.MAX_HEAD_BYTES) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 431 ")


EARLY = b"Content-Encoding: gzip\r\n"
"""What is refused before the body is asked for."""


def test_headers_after_a_body_come_to_an_end_too(gateway: Gateway) -> None:
    trailers = b"a: b\r\n" * (8 * patience.MAX_HEAD_BYTES // 6)  # more than one read takes in
    with caller(gateway, POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + trailers) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 431 ")


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("more", [b"1\r\nx\r\n", b"0\r\n" + b"a: b\r\n" * 20_000], ids=["body", "trailers"])
def test_who_goes_on_after_the_answer_is_hung_up_on(gateway: Gateway, more: bytes) -> None:
    with caller(gateway, POST + EARLY + b"Transfer-Encoding: chunked\r\n\r\n") as connection:
        assert connection.recv(2**16).startswith(b"HTTP/1.1 415 ")
        with suppress(ConnectionError):
            connection.sendall(more)
            assert b"HTTP/1.1" not in rest(connection)


def test_a_query_that_is_merely_long_is_answered(client: httpx.Client) -> None:
    assert client.get("/methods", params={"q": "q" * 30_000}).status_code == 200


@pytest.mark.usefixtures("hasty")
def test_a_body_that_comes_slowly_but_comes_is_taken_in(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "SLOWEST", 1)

    def slowly() -> Iterator[bytes]:
        data = file(4, 40, 40)
        for at in range(0, len(data), len(data) // 5 + 1):
            yield data[at : at + len(data) // 5 + 1]
            time.sleep(patience.PACE_SECONDS / 3)

    assert client.post("/nowcast", content=slowly(), headers=NETCDF).status_code == 200


@pytest.mark.usefixtures("hasty")
def test_who_does_not_read_is_hung_up_on(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    given_up, stalled = threading.Event(), patience.Patient.reading_stalled

    def noted(self: patience.Patient) -> None:
        given_up.set()
        stalled(self)

    monkeypatch.setattr(patience.Patient, "reading_stalled", noted)
    count, path = 200, "/viewer/coast.bin"
    asked = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * count
    with caller(gateway, asked, buffer=4096) as connection:
        assert given_up.wait(60)
        assert got(connection) < count * len(gateway.client.get(path).content)


def got(connection: socket.socket) -> int:
    """How many bytes still come before it is hung up on."""
    size = 0
    with suppress(ConnectionError):
        while part := connection.recv(2**20):
            size += len(part)
    return size


def test_others_are_served_while_many_dawdle(gateway: Gateway) -> None:
    callers = [caller(gateway, HEAD) for _ in range(50)]
    for one in callers:
        one.__enter__()
    try:
        assert gateway.client.get("/health/live").status_code == 200
    finally:
        for one in callers:
            one.__exit__(None, None, None)


def test_an_answer_may_take_longer_than_a_head(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway.client.get("/health/live")
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.5)
    said = gateway.client.post("/nowcast", content=file(), headers={**NETCDF, "Prefer": "wait=1"})
    assert said.status_code == 202
