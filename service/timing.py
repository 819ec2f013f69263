"""What took how long in a request, said by Server-Timing (W3C) so that a browser's tools can show it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobs import tracing


class Timed:
    """Tells in each answer how long it took until it began, and its phases."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began = time.perf_counter()
        phases: dict[str, float] = {}
        scope.setdefault("state", {})["phases"] = phases

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                took = {**phases, "total": time.perf_counter() - began}
                said = ", ".join(f"{name};dur={1000 * seconds:.1f}" for name, seconds in took.items())
                MutableHeaders(scope=message)["Server-Timing"] = said
            await send(message)

        return await self.app(scope, receive, told)


@contextmanager
def phase(request: Request, name: str) -> Iterator[None]:
    """What happens in the block takes its time under this name."""
    began = time.perf_counter()
    try:
        with tracing.span(name):
            yield
    finally:
        request.state.phases[name] = time.perf_counter() - began
