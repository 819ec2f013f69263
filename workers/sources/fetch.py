"""The one HTTP client: every byte a source takes from the network comes through here, bounded in size and time."""

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import httpcore

from jobs.source import SourceSpec
from workers.sources import bodies
from workers.sources.addresses import Doorman, Resolve, resolve
from workers.sources.contract import Validators
from workers.sources.errors import Busy, NotThere, SourceFailed

PRINTED = "".join(chr(code) for code in range(0x21, 0x7F))
"""What may stand in a URL as it is; the rest, which some name files with, is quoted."""
AGENT = "nowcast (self-hosted rain nowcast service)"
MOST_REDIRECTS = 5
TRIES = 3
FIRST_WAIT, LONGEST_WAIT = 0.5, 5.0
"""Seconds before the second try, twice as many before each further one; longer than the latter we don't sit here."""
LONGEST_BUSY = 3600.0
"""Seconds that a server may ask to be left alone for."""
GONE = frozenset({404, 410})
MOVED = frozenset({301, 302, 303, 307, 308})
TRANSIENT = frozenset({408, 425, 500, 502, 504})
BUSY = frozenset({429, 503})
FAULTS = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.RemoteProtocolError)


@dataclass(frozen=True)
class Answer:
    """What a server sent; data is None when the known copy still holds."""

    url: str
    media_type: str
    validators: Validators
    data: bytes | None = field(repr=False)


class Transient(SourceFailed):
    """Worth another try; seconds: how long the server wants us to wait before it."""

    def __init__(self, sentence: str, seconds: float = 0.0) -> None:
        super().__init__(sentence)
        self.seconds = seconds


class Fetcher:
    """Gets what lies at a URL: politely, over one connection, from public addresses, with an end to everything.

    hosts: may be reached although they are not public. The spec's own headers, keys perhaps, go to the machine that
    the spec names and to no other.
    """

    def __init__(
        self,
        spec: SourceSpec,
        hosts: Iterable[str] = (),
        resolver: Resolve = resolve,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.spec, self.sleep = spec, sleep
        self.door = Doorman(hosts, resolver)
        self.home = origin(urlsplit(spec.location))
        self._pool = httpcore.ConnectionPool(max_connections=1, keepalive_expiry=30, network_backend=self.door)

    def close(self) -> None:
        """Hang up; the next request dials again."""
        self._pool.close()

    def get(
        self,
        url: str,
        known: Validators | None = None,
        max_bytes: int | None = None,
        gone: frozenset[int] = GONE,
    ) -> Answer:
        """The answer, or SourceFailed, NotThere (a status of `gone`), Busy, TooLarge: within the spec's seconds."""
        self.door.ends = time.monotonic() + self.spec.timeout_seconds
        limit = self.spec.max_bytes if max_bytes is None else max_bytes
        tries = 0
        while True:
            try:
                return self._followed(url, known or Validators(), limit, gone)
            except Transient as error:
                tries += 1
                self._wait(error, tries)

    def _wait(self, error: Transient, tries: int) -> None:
        """Wait for another try, twice as long each time and not in step with others; raise when there is none."""
        longest = FIRST_WAIT * 2 ** (tries - 1)
        wait = max(error.seconds, random.uniform(longest / 2, longest))
        if tries == TRIES or wait > LONGEST_WAIT or time.monotonic() + wait > self.door.ends:
            raise given_up(error) from error
        self.sleep(wait)

    def _followed(self, url: str, known: Validators, limit: int, gone: frozenset[int]) -> Answer:
        """The answer at the end of all redirects."""
        for _ in range(MOST_REDIRECTS + 1):
            parts = checked(url)
            found = self._asked(parts, known, limit, gone)
            if isinstance(found, Answer):
                return found
            if parts.scheme == "https" and checked(found).scheme == "http":
                raise SourceFailed(f"{shown(url)} leads from https to {shown(found)}, where anybody could read along.")
            url = found
        raise SourceFailed(f"{shown(url)} leads on after {MOST_REDIRECTS} redirects.")

    def _asked(self, parts: SplitResult, known: Validators, limit: int, gone: frozenset[int]) -> Answer | str:
        """One request: its answer, or where it leads."""
        url = quote(parts._replace(fragment="").geturl(), safe=PRINTED)
        try:
            with self._pool.stream("GET", url, headers=self._headers(parts, known)) as response:
                return understood(url, response, limit, gone)
        except FAULTS as error:
            raise Transient(f"{shown(url)} {self._how(error)} ({str(error)[:80] or 'no reason given'}).") from error
        except (httpcore.LocalProtocolError, TypeError, ValueError) as error:
            raise SourceFailed(f"{shown(url)} cannot be asked for: {str(error)[:80]}.") from error

    def _how(self, error: Exception) -> str:
        """What became of a request that found no end."""
        if isinstance(error, httpcore.TimeoutException):
            return f"did not answer in full within {self.spec.timeout_seconds:g} s"
        return "cannot be reached" if isinstance(error, httpcore.ConnectError) else "broke off"

    def _headers(self, parts: SplitResult, known: Validators) -> list[tuple[str, str]]:
        """What goes with a request."""
        own = list(self.spec.headers.items()) if origin(parts) == self.home else []
        asked = [("If-None-Match", known.etag), ("If-Modified-Since", known.modified)]
        conditions = [(name, value) for name, value in asked if value]
        host = parts.netloc.rpartition("@")[2]
        fixed = [("Host", host), ("User-Agent", AGENT), ("Accept", "*/*"), ("Accept-Encoding", "identity")]
        said = {name.lower() for name, _ in own}
        return [pair for pair in fixed if pair[0].lower() not in said] + own + conditions


def understood(url: str, response: httpcore.Response, limit: int, gone: frozenset[int]) -> Answer | str:
    """What a response means: an answer with its body read, or where to go on."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    status = response.status
    validators = Validators(headers.get("etag"), headers.get("last-modified"))
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if status == 200:
        return Answer(url, media_type, validators, bodies.body(shown(url), response, headers, limit))
    if status == 304:
        return Answer(url, media_type, validators, None)
    if status in MOVED and "location" in headers:
        return urljoin(url, headers["location"])
    raise refusal(url, status, headers, gone)


def refusal(url: str, status: int, headers: dict[str, str], gone: frozenset[int]) -> SourceFailed:
    """The error of a status that brings nothing."""
    sentence = f"{shown(url)} answered {status}."
    if status in gone:
        return NotThere(sentence)
    if status in TRANSIENT | BUSY:
        return Transient(sentence, seconds_in(headers.get("retry-after", "")))
    if status in (401, 403):
        return SourceFailed(f"{shown(url)} answered {status}: is a key missing among the headers, or wrong?")
    return SourceFailed(sentence)


def given_up(error: Transient) -> SourceFailed:
    """The same sentence, without hope for another try now."""
    return Busy(str(error), min(error.seconds, LONGEST_BUSY)) if error.seconds else SourceFailed(str(error))


def seconds_in(retry_after: str) -> float:
    """Seconds that a Retry-After header asks for: a number, or a date (RFC 9110); 0 when it says nothing we know."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def checked(url: str) -> SplitResult:
    """The parts of a URL we may ask: http or https, a host, no password."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise SourceFailed(f"{url[:60]!r} is not a URL.") from None
    if not sound or parts.username is not None or parts.password is not None:
        raise SourceFailed(f"{shown(url)} is no plain http or https address.")
    return parts


def origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    """Scheme, host and port: what one machine answers for."""
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def shown(url: str) -> str:
    """A URL as it may be shown: no password, no query, where keys and signatures are."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()[:200]
