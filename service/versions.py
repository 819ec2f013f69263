"""Versions: every path also under the name of its interface's version, and both versions said in each answer.

What a client of v1 may rely on does not change: fields, paths and problems may be added, none is taken away or renamed.
Who began under the prefix stays there: links and headers lead on below it.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.links import below, reached

API = "1"
PREFIX = f"/v{API}"
SERVERS = [
    {"url": "/", "description": "the newest interface"},
    {"url": PREFIX, "description": "this one, also when there are newer ones"},
]


LEADING = ("Location", "Content-Location")
"""Headers that name a path."""


class Versioned:
    """Answers under the prefix as without it."""

    def __init__(self, app: ASGIApp, release: str) -> None:
        self.app, self.release = app, release

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Nowcast-Version"], headers["Nowcast-Api-Version"] = self.release, API
                lead_on(headers)
            await send(message)

        here = mounted(scope)
        with below(here.get("root_path", "")):
            return await self.app(here, receive, told)


def lead_on(headers: MutableHeaders) -> None:
    """Let headers name paths as the caller reaches them; whole addresses are so already."""
    for name in LEADING:
        if (path := headers.get(name, "")).startswith("/"):
            headers[name] = reached(path)


def mounted(scope: Scope) -> Scope:
    """A request under the prefix as one to an application that is mounted there."""
    root = scope.get("root_path", "")
    path = scope["path"].removeprefix(root)
    return {**scope, "root_path": root + PREFIX} if path == PREFIX or path.startswith(f"{PREFIX}/") else scope
