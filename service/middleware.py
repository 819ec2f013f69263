"""What wraps every request: id, safety headers, metrics, HEAD. Plain ASGI, so that bodies stream through untouched."""

import re
import secrets
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobs.about import about
from service import metrics

SECURE = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""On every answer that does not say otherwise; pages have a policy of their own."""
SHARED = {**SECURE, "Cross-Origin-Resource-Policy": "cross-origin"}
"""What pages of other sites may load, such as tiles."""
SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestId:
    """Gives each request the caller's X-Request-Id, or one of ours, and echoes it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        name = identified(Headers(scope=scope).get("x-request-id"))
        scope.setdefault("state", {})["request_id"] = name

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = name
            await send(message)

        with about(request=name):
            return await self.app(scope, receive, named)


class Secured:
    """Gives each answer the headers that keep a browser from making something else of it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                shared = "access-control-allow-origin" in headers
                for name, said in (SHARED if shared else SECURE).items():
                    headers.setdefault(name, said)
            await send(message)

        return await self.app(scope, receive, secured)


class Metered:
    """Counts, times and measures each request by its route template."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        code, received, sent, began = 500, 0, 0, time.perf_counter()

        async def taken() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return message

        async def watched(message: Message) -> None:
            nonlocal code, sent
            if message["type"] == "http.response.start":
                code = message["status"]
            sent += len(message.get("body", b""))
            await send(message)

        with metrics.IN_FLIGHT.track_inprogress():
            try:
                await self.app(scope, taken, watched)
            finally:
                took = time.perf_counter() - began
                method = scope["method"]
                metrics.count(template(scope), method, code, seconds=took, received=received, sent=sent)
        return None


class Headed:
    """Answers HEAD like GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return await self.app(scope, receive, send)
        got = {**scope, "method": "GET"}

        async def bodiless(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        try:
            await self.app(got, receive, bodiless)
        finally:
            scope["route"] = got.get("route")  # the metrics ask for it
        return None


def identified(said: str | None) -> str:
    """The caller's id when it is a sane one, else a new one."""
    return said if said and SANE.fullmatch(said) else secrets.token_hex(16)


def template(scope: Scope) -> str:
    """The route of a request as it was declared, never what the caller typed."""
    return getattr(scope.get("route"), "path", "unmatched")
