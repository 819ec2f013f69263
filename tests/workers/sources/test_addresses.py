"""No source reaches what is not on the open Internet, whatever it is called."""

import ipaddress
import socket
import time
from threading import Event

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.feed import Feed, moved
from tests.workers.sources.pulling import HERE, spec
from workers.sources.addresses import Doorman, Resolve, public, resolve
from workers.sources.errors import SourceFailed
from workers.sources.fetch import Fetcher

CLOSED = [
    "127.0.0.1",
    "127.255.0.9",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    "168.63.129.16",
    "::ffff:168.63.129.16",
    "192.0.0.192",
    "fec0::1",
    "::ffff:0:7f00:1",
    "::ffff:0:a9fe:a9fe",
    "4000::1",
]
REFUSED = r"not at an address of the open Internet|cannot be reached"
OPEN = ["8.8.8.8", "141.38.3.183", "2a00:1450:4001:81b::200e", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::"]


@pytest.mark.parametrize("address", CLOSED)
def test_closed_addresses(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize("address", OPEN)
def test_open_addresses(address: str) -> None:
    assert public(address)


@given(st.ip_addresses(v=4))
def test_an_address_is_as_open_as_the_one_it_stands_for(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    said = [
        f"::ffff:{address}",
        f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}",
        f"2002:{number >> 16:x}:{number & 0xFFFF:x}::",
    ]
    assert {public(one) for one in said} == {public(str(address))}


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "localhost", "LOCALHOST", "[::1]",
     "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"],
)  # fmt: skip
def test_this_machine_by_any_name_is_refused(feed: Feed, host: str) -> None:
    url = f"http://{host}:{feed.port}/x"
    with pytest.raises(SourceFailed, match=REFUSED):
        Fetcher(spec("clock", url), sleep=lambda seconds: None).get(url)
    assert feed.asked == []


@pytest.mark.parametrize("host", ["127.1", "2130706433", "localhost", "[::ffff:127.0.0.1]", "0"])
def test_a_redirect_is_checked_like_the_first_address(feed: Feed, host: str) -> None:
    feed.publish("/x", moved(f"http://{host}:{feed.port}/secret"))
    feed.publish("/secret", b"secret")
    client = Fetcher(spec("clock", feed.url), HERE, sleep=lambda seconds: None)
    with pytest.raises(SourceFailed, match=REFUSED):
        client.get(f"{feed.url}/x")
    client.close()
    assert feed.paths == ["/x"]


def test_a_user_name_does_not_hide_the_host(feed: Feed) -> None:
    with pytest.raises(SourceFailed, match="no plain http or https address"):
        Fetcher(spec("clock", feed.url)).get(f"http://opendata.example@127.0.0.1:{feed.port}/x")
    assert feed.asked == []


def test_one_closed_address_among_open_ones_is_refused() -> None:
    with pytest.raises(SourceFailed, match=r"feed\.example is not at an address of the open Internet") as refused:
        doorman(lambda host, port: ["8.8.8.8", "10.0.0.1"]).addresses("feed.example", 80)
    assert "10.0.0.1" not in str(refused.value)


def doorman(resolver: Resolve) -> Doorman:
    """One with time."""
    door = Doorman(resolver=resolver)
    door.ends = time.monotonic() + 30
    return door


def test_a_name_that_takes_too_long_is_given_up() -> None:
    """The system has no limit for it, so the stand-in for it never ends in time."""
    over = Event()
    door = doorman(lambda host, port: ["8.8.8.8"] if over.wait(60) else [])
    door.ends = time.monotonic() + 0.2
    with pytest.raises(httpcore.ConnectTimeout, match="was not looked up in time"):
        door.addresses("slow.example", 80)
    over.set()


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("label too long")])
def test_a_name_that_cannot_be_looked_up_is_said(error: Exception) -> None:
    def fail(host: str, port: int) -> list[str]:
        raise error

    with pytest.raises(httpcore.ConnectError, match=r"the name no\.example is not known"):
        doorman(fail).addresses("no.example", 80)


def test_a_name_is_asked_for_once_and_its_address_dialled(feed: Feed) -> None:
    answers = iter([["127.0.0.1"]])  # a second question finds nothing
    feed.publish("/x", b"rain")
    url = f"http://feed.example:{feed.port}/x"
    client = Fetcher(spec("clock", url), ["feed.example"], lambda host, port: next(answers))
    assert [client.get(url).data, client.get(url).data] == [b"rain", b"rain"]
    client.close()
    assert feed.asked[0][1]["Host"] == f"feed.example:{feed.port}"


def test_a_name_that_turns_is_caught_when_it_is_dialled_again() -> None:
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])  # DNS rebinding
    door = doorman(lambda host, port: next(answers))
    assert door.addresses("turns.example", 80) == ["8.8.8.8"]
    with pytest.raises(SourceFailed, match=r"turns\.example is not at an address of the open Internet"):
        door.addresses("turns.example", 80)


def test_the_next_address_is_tried_when_one_does_not_answer(feed: Feed) -> None:
    feed.publish("/x", b"rain")
    url = f"http://feed.example:{feed.port}/x"
    client = Fetcher(spec("clock", url), ["feed.example"], lambda host, port: ["127.0.0.2", "::1", "127.0.0.1"])
    assert client.get(url).data == b"rain"
    client.close()


def test_this_machine_is_refused_at_its_public_address_too(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.sources.addresses.public", lambda address: True)
    feed.publish("/x", b"rain")
    url = f"http://own.example:{feed.port}/x"
    with pytest.raises(SourceFailed, match=r"own\.example is not at an address of the open Internet"):
        Fetcher(spec("clock", url), resolver=lambda host, port: ["127.0.0.1"]).get(url)
    assert feed.asked == []


def test_the_operator_may_name_hosts_and_only_these(feed: Feed) -> None:
    feed.publish("/x", b"rain")
    url = f"http://localhost:{feed.port}/x"
    client = Fetcher(spec("clock", url), ["LocalHost"], sleep=lambda seconds: None)
    assert client.get(url).data == b"rain"
    with pytest.raises(SourceFailed, match="NOWCAST_SOURCE_HOSTS"):
        client.get(f"{feed.url}/x")
    client.close()


def test_a_host_may_be_named_at_one_port_alone() -> None:
    door = Doorman(["Hub.example:8123", "[fd00::1]:8123", "any.example"], lambda host, port: ["10.0.0.1"])
    door.ends = time.monotonic() + 30
    for host, port in [("hub.example", 8123), ("fd00::1", 8123), ("any.example", 22), ("any.example", 443)]:
        assert door.addresses(host, port) == ["10.0.0.1"]
    for host, port in [("hub.example", 443), ("hub.example", 812), ("fd00::1", 443), ("fd00::1:8123", 443)]:
        with pytest.raises(SourceFailed, match="is not at an address of the open Internet"):
            door.addresses(host, port)


def test_an_unknown_name_is_a_sentence() -> None:
    url = "http://there-is-no-such-host.invalid/x"
    with pytest.raises(SourceFailed, match="cannot be reached"):
        Fetcher(spec("clock", url, timeout_seconds=2), sleep=lambda seconds: None).get(url)


def test_no_time_is_left_when_the_end_has_come() -> None:
    with pytest.raises(httpcore.ReadTimeout):
        Doorman().left()


def test_this_machine_knows_itself() -> None:
    assert "127.0.0.1" in resolve("localhost", 80)
