"""The HTTP client against a server that does everything wrong."""

import gzip
import time
import zlib
from email.utils import formatdate

import pytest

from radar.errors import TooLarge
from tests.feed import (
    Feed,
    Item,
    Request,
    bomb,
    cut,
    cut_chunks,
    dripping,
    endless,
    file,
    later,
    moved,
    serving,
    status,
    storm_file,
)
from tests.workers.sources.pulling import NOON, fetcher
from workers.sources.contract import Validators
from workers.sources.errors import Busy, NotThere, SourceFailed
from workers.sources.fetch import MOST_REDIRECTS, TRIES, shown


def got(feed: Feed, item: Item | bytes, **more: object) -> bytes | None:
    """What the client makes of an item."""
    feed.publish("/x", item)
    client = fetcher(feed.url, **more)  # type: ignore[arg-type]
    try:
        return client.get(f"{feed.url}/x").data
    finally:
        client.close()


def test_a_file_comes_as_it_is(feed: Feed) -> None:
    data = storm_file(NOON)
    assert got(feed, data) == data


def test_one_connection_carries_all_requests(feed: Feed) -> None:
    seen: set[object] = set()

    def noted(request: Request) -> None:
        seen.add(request.client_address)
        request.answer(200, b"x")

    feed.publish("/x", noted)
    client = fetcher(feed.url)
    for _ in range(3):
        client.get(f"{feed.url}/x")
    client.close()
    assert len(seen) == 1


def test_a_known_copy_is_not_sent_again(feed: Feed) -> None:
    feed.publish("/x", b"rain")
    client = fetcher(feed.url)
    first = client.get(f"{feed.url}/x")
    assert client.get(f"{feed.url}/x", first.validators).data is None
    feed.publish("/x", b"more rain")
    assert client.get(f"{feed.url}/x", first.validators).data == b"more rain"
    client.close()


def test_both_validators_are_sent(feed: Feed) -> None:
    client = fetcher(feed.url)
    feed.publish("/x", b"rain")
    client.get(f"{feed.url}/x", Validators('"a"', "Mon, 01 Jun 2026 12:00:00 GMT"))
    client.close()
    headers = feed.asked[0][1]
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"a"', "Mon, 01 Jun 2026 12:00:00 GMT")


@pytest.mark.parametrize("code", [404, 410])
def test_a_file_that_is_not_there_is_not_asked_for_twice(feed: Feed, code: int) -> None:
    with pytest.raises(NotThere, match=f"/x answered {code}"):
        got(feed, status(code))
    assert len(feed.asked) == 1


@pytest.mark.parametrize("before", [status(500), status(503), status(429), cut(b"12345678"), cut_chunks(b"12345678")])
def test_what_passes_is_tried_again(feed: Feed, before: Item) -> None:
    naps: list[float] = []
    assert got(feed, later(TRIES - 1, file(b"rain"), before), naps=naps) == b"rain"
    assert 0.25 <= naps[0] <= 0.5 <= naps[1] <= 1


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (status(502), "answered 502"),
        (cut(b"12345678"), "broke off"),
        (cut_chunks(b"12345678"), "broke off"),
        (status(401), "answered 401: is a key missing"),
        (status(418), "answered 418"),
        (status(302), "answered 302"),
        (file(b"x", Content_Encoding="br"), "encoded as 'br'"),
        (file(b"not gzip", Content_Encoding="gzip"), "is not the gzip that it says it is"),
        (file(gzip.compress(b"12345678" * 99)[:-9], Content_Encoding="gzip"), "broke off before its end"),
    ],
)
def test_failures_say_what_happened_and_where(feed: Feed, item: Item, said: str) -> None:
    with pytest.raises(SourceFailed, match=said) as raised:
        got(feed, item)
    assert str(raised.value).startswith(f"{feed.url}/x ")


def test_tries_come_to_an_end(feed: Feed) -> None:
    with pytest.raises(SourceFailed):
        got(feed, status(500))
    assert len(feed.asked) == TRIES


@pytest.mark.parametrize("dated", [False, True])
def test_a_busy_server_is_left_alone(feed: Feed, dated: bool) -> None:
    asks = formatdate(time.time() + 120) if dated else "120"
    with pytest.raises(Busy) as raised:
        got(feed, status(503, Retry_After=asks))
    assert 60 < raised.value.seconds <= 121
    assert len(feed.asked) == 1


def test_a_short_wait_is_waited(feed: Feed) -> None:
    naps: list[float] = []
    assert got(feed, later(1, file(b"rain"), status(429, Retry_After="1")), naps=naps) == b"rain"
    assert naps == [1]


@pytest.mark.parametrize("said", ["soon", "", "-1", "Mon, 99 Jun 2026 12:00:00 GMT"])
def test_a_wait_that_says_nothing_is_ours(feed: Feed, said: str) -> None:
    assert got(feed, later(1, file(b"rain"), status(503, Retry_After=said))) == b"rain"


def test_nobody_listens() -> None:
    with serving() as feed:
        pass
    with pytest.raises(SourceFailed, match="cannot be reached"):
        fetcher(feed.url).get(f"{feed.url}/x")


@pytest.mark.parametrize("pause", [0.05, 0.6])
def test_a_drip_ends_with_its_time(feed: Feed, pause: float) -> None:
    began = time.monotonic()
    with pytest.raises(SourceFailed, match=r"did not answer in full within 0\.3 s"):
        got(feed, dripping(500, pause), timeout_seconds=0.3)
    assert time.monotonic() - began < 500 * pause


def test_a_drip_of_headers_ends_too(feed: Feed) -> None:
    with pytest.raises(SourceFailed, match="did not answer in full"):
        got(feed, endless(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x", pause=0.02), timeout_seconds=0.3)


def test_a_declared_size_beyond_the_cap_is_refused_unread(feed: Feed) -> None:
    with pytest.raises(TooLarge, match="larger than the 10 bytes"):
        got(feed, status(200, b"", Content_Length="11"), max_bytes=10)


def test_an_undeclared_size_beyond_the_cap_is_cut(feed: Feed) -> None:
    with pytest.raises(TooLarge):
        got(feed, endless(b"HTTP/1.1 200 OK\r\n\r\n", bytes(65536)), max_bytes=100_000)


@pytest.mark.parametrize("item", [bomb(50_000_000), file(zlib.compress(bytes(50_000_000)), Content_Encoding="deflate")])
def test_a_bomb_is_defused(feed: Feed, item: Item) -> None:
    with pytest.raises(TooLarge):
        got(feed, item, max_bytes=1_000_000)


def test_what_fits_exactly_is_taken(feed: Feed) -> None:
    assert got(feed, bomb(1000), max_bytes=1000) == bytes(1000)
    assert got(feed, bytes(1000), max_bytes=1000) == bytes(1000)
    with pytest.raises(TooLarge):
        got(feed, bytes(1001), max_bytes=1000)


def test_gzip_of_several_members_is_one_file(feed: Feed) -> None:
    data = gzip.compress(b"light ") + gzip.compress(b"rain")
    assert got(feed, file(data, Content_Encoding="gzip")) == b"light rain"


def test_a_redirect_is_followed(feed: Feed) -> None:
    feed.publish("/y", b"rain")
    assert got(feed, moved("/y")) == b"rain"


def test_a_circle_of_redirects_ends(feed: Feed) -> None:
    with pytest.raises(SourceFailed, match="leads on after"):
        got(feed, moved("/x"))
    assert len(feed.asked) == MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    "to", ["ftp://127.0.0.1/x", "file:///etc/passwd", "http://[", "http://u:p@127.0.0.1/", "javascript:1"]
)
def test_a_redirect_to_what_is_no_web_address_is_refused(feed: Feed, to: str) -> None:
    with pytest.raises(SourceFailed) as raised:
        got(feed, moved(to))
    assert "u:p" not in str(raised.value)
    assert len(feed.asked) == 1


def test_keys_go_to_the_machine_they_are_for_and_to_no_other(feed: Feed) -> None:
    with serving() as other:
        other.publish("/y", b"rain")
        assert got(feed, moved(f"{other.url}/y"), headers={"Authorization": "secret"}) == b"rain"
    assert feed.asked[0][1]["Authorization"] == "secret"
    assert "Authorization" not in other.asked[0][1]


def test_own_headers_replace_ours(feed: Feed) -> None:
    got(feed, b"", headers={"User-Agent": "us@example.org"})
    assert feed.asked[0][1]["User-Agent"] == "us@example.org"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999/", "nowhere", "http://a\x00b/", "http://münchen.invalid/", "http://127.0.0.1:x/"]
)
def test_a_url_that_is_none_is_a_sentence(url: str) -> None:
    with pytest.raises(SourceFailed):
        fetcher("http://127.0.0.1").get(url)


def test_what_a_url_cannot_hold_is_quoted(feed: Feed) -> None:
    feed.publish("/ä b\r\nX: y", b"rain")
    client = fetcher(feed.url)
    assert client.get(f"{feed.url}/ä b%0D%0AX: y").data == b"rain"
    client.close()


def test_headers_that_smuggle_are_refused(feed: Feed) -> None:
    with pytest.raises(SourceFailed, match="cannot be asked for"):
        got(feed, b"", headers={"X": "a\r\nHost: b"})
    assert feed.asked == []


def test_secrets_are_not_shown() -> None:
    assert shown("https://me:word@h.example/a?key=secret#x") == "https://h.example/a"
