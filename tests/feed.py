"""A real HTTP server of radar files that misbehaves on demand: late, cut short, dripping, lying, redirecting, busy."""

import gzip
import hashlib
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from functools import cache
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit

from radar.formats import netcdf
from radar.synthetic import storm

Item = Callable[["Request"], None]
"""What lies at a path: it writes the whole answer."""


class Request(BaseHTTPRequestHandler):
    """One request to the feed."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        feed = self.server.feed  # type: ignore[attr-defined]
        path = unquote(urlsplit(self.path).path)
        feed.asked.append((self.path, dict(self.headers)))
        (feed.items.get(path) or status(404))(self)

    def answer(self, code: int, data: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        """A whole, honest answer unless the headers lie."""
        self.send_response(code)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@dataclass
class Feed:
    """A server, what it has, and what it was asked for."""

    server: ThreadingHTTPServer
    scheme: str = "http"
    items: dict[str, Item] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self.server.server_address[1]

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        """What it was asked for so far, in order, without queries."""
        return [path.partition("?")[0] for path, _ in self.asked]

    def publish(self, path: str, item: Item | bytes) -> None:
        """Put something at a path, or something else than there was."""
        self.items[path] = item if callable(item) else file(item)

    def directory(self, path: str, page: int = 1000) -> None:
        """Answer a path, with its slash, by the index of what lies below it, or as a bucket when asked like one."""
        pages, keys = index(self, path), bucket(self, path, page)
        self.items[path] = lambda request: (keys if "list-type=2" in request.path else pages)(request)


@dataclass
class File:
    """A file at a path, as `file` makes it: what listings say of it."""

    data: bytes
    published: float
    kind: str
    headers: Mapping[str, str]

    @property
    def etag(self) -> str:
        """Changes with the bytes."""
        return f'"{hashlib.sha256(self.data).hexdigest()[:16]}"'

    def __call__(self, request: Request) -> None:
        modified = formatdate(self.published, usegmt=True)
        if request.headers.get("If-None-Match") == self.etag:
            request.answer(304, headers={"ETag": self.etag})
            return
        said = {"ETag": self.etag, "Last-Modified": modified, "Content-Type": self.kind, **self.headers}
        request.answer(200, self.data, said)


def file(data: bytes, kind: str = "application/octet-stream", published: float | None = None, **headers: str) -> Item:
    """A file with ETag and Last-Modified that knows conditional requests; underscores in header names are hyphens."""
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return File(data, time.time() if published is None else published, kind, said)


def status(code: int, body: bytes = b"", **headers: str) -> Item:
    """Always the same status."""
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: request.answer(code, body, said)


def moved(to: str, code: int = 302) -> Item:
    """A redirect."""
    return status(code, Location=to)


def later(asks: int, item: Item, before: Item | None = None) -> Item:
    """Something else, 404 if nothing is said, for the first few times it is asked for."""
    left = iter(range(asks))

    def first_that_then_this(request: Request) -> None:
        (item if next(left, None) is None else before or status(404))(request)

    return first_that_then_this


def cut(data: bytes) -> Item:
    """Half of the bytes, though all are promised; then the line goes dead."""

    def half(request: Request) -> None:
        request.answer(200, data[: len(data) // 2], {"Content-Length": str(len(data)), "Connection": "close"})
        request.close_connection = True

    return half


def cut_chunks(data: bytes) -> Item:
    """Half of the bytes in a chunk, and never the last chunk."""

    def half(request: Request) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        request.wfile.write(b"%x\r\n" % len(data) + data[: len(data) // 2])
        request.close_connection = True

    return half


def endless(begin: bytes, piece: bytes, pause: float = 0, count: int = 10**6) -> Item:
    """Raw bytes on the line, then a piece over and over, until the client has had enough."""

    def on_and_on(request: Request) -> None:
        request.close_connection = True
        with suppress(OSError):
            request.wfile.write(begin)
            for _ in range(count):
                request.wfile.write(piece)
                time.sleep(pause)

    return on_and_on


def dripping(size: int, pause: float = 0.02) -> Item:
    """A byte now and a byte then: each wait is short, all of them are long."""
    return endless(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size, b"x", pause, size)


def bomb(size: int) -> Item:
    """Few bytes that unpack to `size` zeros."""
    return file(gzip.compress(bytes(size)), Content_Encoding="gzip")


def below(feed: Feed, path: str) -> dict[str, File]:
    """The files under a path."""
    return {at: item for at, item in feed.items.items() if isinstance(item, File) and at.startswith(path)}


def index(feed: Feed, path: str) -> Item:
    """The page that Apache makes of a folder, with an icon that links too, as some have it."""

    def listed(request: Request) -> None:
        rows = []
        for at, item in sorted(below(feed, path).items()):
            name = at.removeprefix(path)
            date = datetime.fromtimestamp(item.published, UTC).strftime("%Y-%m-%d %H:%M:%S")
            href = escape(quote(name))
            icon = f'<a href="{href}"><img src="/icons/unknown.gif" alt="[   ]"></a>'
            rows.append(f'{icon} <a href="{href}">{escape(name[:23])}..&gt;</a> {date}  {len(item.data)}')
        head = f'<html><body><h1>Index of {escape(path)}</h1><pre><a href="?C=N;O=D">Name</a> <a href="../">Up</a>\n'
        body = head + "\n".join(rows) + "\n</pre></body></html>"
        request.answer(200, body.encode(), {"Content-Type": "text/html;charset=UTF-8"})

    return listed


def bucket(feed: Feed, path: str, page: int) -> Item:
    """A page of ListObjectsV2, as S3 and its kin answer it."""

    def listed(request: Request) -> None:
        query = {name: values[-1] for name, values in parse_qs(urlsplit(request.path).query).items()}
        files = below(feed, path)
        after = query.get("continuation-token", query.get("start-after", ""))
        keys = sorted(at.removeprefix(path) for at in files)
        kept = [key for key in keys if key.startswith(query.get("prefix", "")) and key > after]
        rows = "".join(contents(key, files[path + key]) for key in kept[:page])
        token = f"<NextContinuationToken>{escape(kept[page - 1])}</NextContinuationToken>" if kept[page:] else ""
        name = "http://s3.amazonaws.com/doc/2006-03-01/"
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="{name}">{token}{rows}</ListBucketResult>'
        )
        request.answer(200, body.encode(), {"Content-Type": "application/xml"})

    return listed


def contents(key: str, item: File) -> str:
    """A key in a page of ListObjectsV2."""
    date = datetime.fromtimestamp(item.published, UTC).isoformat()
    said = {"Key": escape(key), "LastModified": date, "ETag": escape(item.etag), "Size": str(len(item.data))}
    return "<Contents>" + "".join(f"<{tag}>{text}</{tag}>" for tag, text in said.items()) + "</Contents>"


@cache  # a file says when it was written, so that another of the same frame has other bytes
def storm_file(time: datetime, seed: int = 0, shape: tuple[int, int] = (32, 32)) -> bytes:
    """A frame of a synthetic storm as CF NetCDF."""
    return netcdf.write(storm(shape, 1, seed, start=time))


def storm_files(first: datetime, count: int, minutes: int = 5) -> dict[datetime, bytes]:
    """Such frames one after another, each a file."""
    times = [first + timedelta(minutes=minutes * n) for n in range(count)]
    return {time: storm_file(time, seed) for seed, time in enumerate(times)}


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Feed]:
    """A feed in a thread, until the end of the block; over TLS with a context."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    feed = Feed(server, "https" if context else "http")
    server.feed = feed  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield feed
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
