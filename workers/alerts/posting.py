"""One try to deliver a message: signed as Standard Webhooks have it, to an address we may reach, in a bounded time."""

import base64
import hashlib
import hmac
import time
from urllib.parse import urlsplit

import httpcore

from jobs.alert import Alert, key
from jobs.alert_message import Message
from jobs.settings import Settings
from radar.errors import NowcastError
from workers.sources.addresses import Doorman, Resolve, resolve
from workers.sources.errors import SourceFailed
from workers.sources.fetch import AGENT, FAULTS, seconds_in

SECONDS = 10.0
"""For the whole of a try."""


class NotTaken(NowcastError):
    """A message that was not taken; seconds: how long the receiver wants us to wait."""

    def __init__(self, sentence: str, seconds: float = 0.0) -> None:
        super().__init__(sentence)
        self.seconds = seconds


def signature(secret: bytes, message: Message, second: int) -> str:
    """The webhook-signature: HMAC-SHA256 of id, timestamp and body with points between."""
    signed = f"{message.id}.{second}.{message.body}".encode()
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def headers(alert: Alert, message: Message, secret: str, second: int) -> list[tuple[str, str]]:
    """What goes with a message."""
    return [
        ("Host", urlsplit(alert.url).netloc),
        ("User-Agent", AGENT),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(message.body.encode()))),
        ("webhook-id", message.id),
        ("webhook-timestamp", str(second)),
        ("webhook-signature", signature(key(secret), message, second)),
    ]


def post(alert: Alert, message: Message, secret: str, settings: Settings, resolver: Resolve = resolve) -> None:
    """Deliver a message, or NotTaken. A redirect is not followed, and of the answer only the status is read."""
    if urlsplit(alert.url).scheme == "http" and not settings.webhook_http:
        raise NotTaken(f"{alert.host} is plain http, which NOWCAST_WEBHOOK_HTTP does not allow.")
    hosts = [host.strip() for host in settings.webhook_hosts.split(",") if host.strip()]
    door = Doorman(hosts, resolver, named_by="NOWCAST_WEBHOOK_HOSTS")
    door.ends = time.monotonic() + SECONDS
    said = headers(alert, message, secret, int(time.time()))
    try:
        with (
            httpcore.ConnectionPool(max_connections=1, network_backend=door) as pool,
            pool.stream("POST", alert.url.partition("#")[0], headers=said, content=message.body.encode()) as answer,
        ):
            status, told = answer.status, {name.lower(): value.decode("latin-1") for name, value in answer.headers}
    except SourceFailed as error:
        raise NotTaken(str(error)) from error
    except FAULTS as error:
        raise NotTaken(f"{alert.host} could not be reached, or broke off ({type(error).__name__}).") from error
    except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol, ValueError) as error:
        raise NotTaken(f"{alert.host} cannot be asked.") from error
    if not 200 <= status < 300:
        raise NotTaken(f"{alert.host} answered {status}.", seconds_in(told.get(b"retry-after", "")))
