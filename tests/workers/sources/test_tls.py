"""The HTTP client over TLS: who is asked is who was meant, though the address was chosen by us."""

import ssl
from pathlib import Path

import pytest
import trustme

from tests.feed import Feed, moved, serving
from tests.workers.sources.pulling import spec
from workers.sources.errors import SourceFailed
from workers.sources.fetch import Fetcher


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """The only authority that clients made in this test trust."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


def tls(feed: Feed) -> Fetcher:
    """A client that finds feed.example on this machine."""
    of = spec("clock", f"https://feed.example:{feed.port}")
    return Fetcher(of, ["feed.example"], lambda host, port: ["127.0.0.1"], lambda seconds: None)


def test_tls_is_checked_against_the_name_and_not_the_address(authority: trustme.CA) -> None:
    with serving(context_for(authority, "feed.example")) as feed:
        feed.publish("/x", b"rain")
        client = tls(feed)
        assert client.get(f"https://feed.example:{feed.port}/x").data == b"rain"
        client.close()


def test_a_certificate_of_another_is_refused(authority: trustme.CA) -> None:
    with serving(context_for(authority, "127.0.0.1")) as feed, pytest.raises(SourceFailed, match="CERTIFICATE"):
        tls(feed).get(f"https://feed.example:{feed.port}/x")
    assert feed.asked == []


def test_nothing_leads_from_https_to_http(authority: trustme.CA, feed: Feed) -> None:
    with serving(context_for(authority, "feed.example")) as safe:
        safe.publish("/x", moved(f"{feed.url}/x"))
        client = tls(safe)
        with pytest.raises(SourceFailed, match="leads from https to"):
            client.get(f"https://feed.example:{safe.port}/x")
        client.close()
    assert feed.asked == []


def context_for(authority: trustme.CA, name: str) -> ssl.SSLContext:
    """What a server of that name shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context
