"""A service that is busy, breaks off, has no end or leads elsewhere, and what both clients make of it."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from nowcast import exchange
from nowcast.errors import BadAnswer, Refused, TryLater, Unreachable
from nowcast.exchange import NETCDF
from radar.formats import netcdf
from radar.frames import Frames
from radar.grid import Grid
from tests.feed import Feed, cut, dripping, endless, file, later, moved, serving, status
from tests.nowcast.conftest import Tell
from tests.radar import samples
from tests.servers import free_port

METHODS = json.dumps({"methods": [{"method": "persistence"}]}).encode()


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Feed]:
    """A server that answers as it is told to; the client does not pause for long."""
    monkeypatch.setattr(exchange, "PAUSE_SECONDS", 0.01)
    with serving() as feed:
        yield feed


def methods(client: Any) -> Any:
    return (yield client.methods())


def frames(client: Any) -> Any:
    return (yield client.region("here").frames())


def test_a_busy_service_is_asked_again(feed: Feed, tell: Tell) -> None:
    feed.publish("/methods", later(2, file(METHODS), status(503, Retry_After="0")))
    assert tell(feed.url, methods) == [{"method": "persistence"}]
    assert feed.paths == ["/methods"] * 3


def test_one_that_stays_busy_is_left_alone(feed: Feed, tell: Tell) -> None:
    feed.publish("/methods", status(503, b'{"detail": "Too much to do."}', Retry_After="0"))
    with pytest.raises(TryLater, match="Too much to do"):
        tell(feed.url, methods)
    assert len(feed.paths) == exchange.TRIES


def test_an_answer_that_breaks_off_is_asked_for_again(feed: Feed, tell: Tell) -> None:
    feed.publish("/methods", later(1, file(METHODS), cut(METHODS)))
    assert tell(feed.url, methods)


def test_nobody_there_is_said(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "PAUSE_SECONDS", 0.01)
    with pytest.raises(Unreachable, match="does not answer"):
        tell(f"http://127.0.0.1:{free_port()}", methods)


def test_an_answer_without_end_is_refused(feed: Feed, tell: Tell) -> None:
    feed.publish("/methods", endless(b"HTTP/1.1 200 OK\r\n\r\n", bytes(2**16)))
    with pytest.raises(BadAnswer, match="more than 1000000 bytes"):
        tell(feed.url, methods, max_bytes=1_000_000)


def test_an_answer_that_drips_is_given_up(feed: Feed, tell: Tell) -> None:
    feed.publish("/methods", dripping(10_000))
    with pytest.raises(Unreachable, match="in time"):
        tell(feed.url, methods, timeout=0.3)


def test_it_is_not_led_elsewhere(feed: Feed, tell: Tell) -> None:
    feed.publish("/methods", moved(f"http://127.0.0.1:{free_port()}/methods"))
    with pytest.raises(Refused, match="302"):
        tell(feed.url, methods)


def test_a_service_may_lie_below_a_path(feed: Feed, tell: Tell) -> None:
    feed.publish("/rain/v1/methods", METHODS)
    assert tell(f"{feed.url}/rain/v1/", methods)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[]", b"{}"])
def test_an_answer_that_is_no_list_of_methods_is_refused(feed: Feed, tell: Tell, body: bytes) -> None:
    feed.publish("/methods", body)
    with pytest.raises(BadAnswer):
        tell(feed.url, methods)


@pytest.mark.parametrize(("body", "kind"), [(b"CDF", NETCDF), (b"\x89HDF\r\n\x1a\n" + bytes(99), NETCDF), (b"", "x/y")])
def test_an_answer_that_is_no_netcdf_is_refused(feed: Feed, tell: Tell, body: bytes, kind: str) -> None:
    feed.publish("/regions/here/frames", file(body, kind))
    with pytest.raises(BadAnswer, match="NetCDF"):
        tell(feed.url, frames)


def test_an_answer_that_unpacks_to_too_much_is_refused(feed: Feed, tell: Tell) -> None:
    shape = (512, 512)
    dry = Frames(np.zeros((6, *shape), np.float32), samples.times(6), Grid.picture(shape))
    feed.publish("/regions/here/frames", file(netcdf.write(dry), NETCDF))
    with pytest.raises(BadAnswer, match="unpacks to 6"):
        tell(feed.url, frames, max_bytes=100_000)
