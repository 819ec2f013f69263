"""A real HTTP receiver of webhooks that fails, dawdles and recovers as it is told, and keeps what it took."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

SECRET = "whsec_" + "c2VjcmV0IGZvciB0ZXN0cyBvZiB3ZWJob29rcw=="


@dataclass(frozen=True)
class Hook:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int

    @property
    def id(self) -> str:
        """Its webhook-id."""
        return self.headers["webhook-id"]

    @property
    def said(self) -> Any:
        """What its body says, once its signature is checked by the library that receivers use."""
        assert Webhook(SECRET).verify(self.body, self.headers) == json.loads(self.body)
        return json.loads(self.body)


@dataclass
class Receiver:
    """Answers each request by the first of `statuses` that is left, then by 200."""

    server: ThreadingHTTPServer
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    hooks: list[Hook] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where to send to; the token is nobody's business."""
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook?token=t0k3n"

    @property
    def taken(self) -> list[Hook]:
        """What it answered with 200."""
        return [hook for hook in self.hooks if hook.status == 200]

    @property
    def kinds(self) -> list[str]:
        """Of what it took, each message once."""
        return list({hook.id: hook.said["type"] for hook in self.taken}.values())


class Request(BaseHTTPRequestHandler):
    """One webhook."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = receiver.statuses.pop(0) if receiver.statuses else 200
        said = {name.lower(): value for name, value in self.headers.items()}
        receiver.hooks.append(Hook(self.path, said, body, status))
        time.sleep(receiver.seconds)
        self.send_response(status)
        for name, value in {"Content-Length": "0", **receiver.headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """A receiver in a thread, until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Request)
    server.daemon_threads = True
    receiver = Receiver(server)
    server.receiver = receiver  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
