"""Lets a request in or refuses it, before anything of its body is read; and notes in the audit log who did what.

Without keys only this machine is answered: a web page that somebody reads here is kept out by the Host and Origin that
their browser sends for it.
"""

import logging
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobs import api_key
from jobs.audit import Audit, Deed
from jobs.settings import Settings
from jobs.store import Store
from service import callers, problems
from service.access import SAFE, is_open, loopback, needed, opened
from service.callers import ANYBODY, NOBODY, Caller, Known
from service.errors import BadHost, NotFromHere
from service.statuses import KNOWN

audit_log = logging.getLogger("nowcast.audit")
log = logging.getLogger(__name__)

JOB = re.compile(r"/nowcasts/([0-9a-f]{32})(?:[./].*)?", re.ASCII | re.DOTALL)
ORDERS = re.compile(r"/nowcast|/regions/[^/]+/replays", re.ASCII)
"""What a nowcast is taken out of a key's quota for. A replay makes many: of these there are never more than a few."""
PORT = re.compile(r":\d+$", re.ASCII)
LONGEST = 200
"""Of a path in the audit log."""


class Guarded:
    """Asks for keys, counts what they use up, and keeps each key to its own jobs; or answers this machine alone."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings, self.public = app, settings, opened(settings.public)
        self.keyed = asks_for_keys(settings)
        self._known: Known | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request = Request(scope)
        request.state.caller = NOBODY
        answer = self.with_keys if self.keyed else self.without
        try:
            check_host(request)
            labels = await answer(request)
        except KNOWN as error:
            labels = {}
            refusal = await problems.refused(request, error)
            return await refusal(scope, receive, self.watched(request, send, labels))
        try:
            return await self.app(scope, receive, self.watched(request, send, labels))
        except Exception:  # answered further out, as an internal error
            await self.noted(request, 500)
            raise

    async def without(self, request: Request) -> dict[str, str]:
        """Let in who works at this machine, or everybody where the operator says so."""
        if self.settings.access != "open":
            stay_here(request)
        request.state.caller = ANYBODY
        return {}

    async def with_keys(self, request: Request) -> dict[str, str]:
        """Let in who has the key for this; the headers that tell what is left of its quotas."""
        path, text = path_of(request.scope), callers.sent(request.headers)
        if text is None and is_open(self.public, request.method, path):
            return await self.looked(request, path)
        return await run_in_threadpool(self.admit, request, path, text)

    async def looked(self, request: Request, path: str) -> dict[str, str]:
        """Let in who only looks at what is open."""
        if JOB.fullmatch(path):
            await run_in_threadpool(own, request.app.state.store, NOBODY, request.method, path)
        return {}

    def admit(self, request: Request, path: str, text: str | None) -> dict[str, str]:
        """Let in who shows a key; what refuses it is raised."""
        known = self.known(request)
        key = known.key(text)
        caller = request.state.caller = callers.of(key)
        spent = known.spend(key, nowcast=request.method == "POST" and ORDERS.fullmatch(path) is not None)
        known.used(key)
        callers.check(caller, needed(request.method, path), spent)
        own(request.app.state.store, caller, request.method, path)
        return spent

    def known(self, request: Request) -> Known:
        """The keys; the connection is there once the app has started."""
        if self._known is None:
            self._known = Known(request.app.state.store.redis, self.settings)
        return self._known

    def watched(self, request: Request, send: Send, labels: dict[str, str]) -> Callable[[Message], Awaitable[None]]:
        """A `send` that adds headers, and notes how a request ended."""
        status = 500

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self.keyed:
                    label(request, MutableHeaders(scope=message), labels, self.public)
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                await self.noted(request, status)

        return told

    async def noted(self, request: Request, status: int) -> None:
        """Put a request into the audit log when it belongs there."""
        if self.keyed and telling(request.method, status):
            await run_in_threadpool(note, request, status)


@contextmanager
def audible() -> Iterator[None]:
    """Let the lines of the audit log out, however little else the process says."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    audit_log.addHandler(handler)
    audit_log.setLevel(logging.INFO)
    audit_log.propagate = False  # each is a line of JSON by itself, whatever the rest of the log looks like
    try:
        yield
    finally:
        audit_log.removeHandler(handler)
        audit_log.propagate = True


def asks_for_keys(settings: Settings) -> bool:
    """True where it takes a key to be answered."""
    return settings.access == "keys" or (settings.access == "auto" and settings.api_key is not None)


def check_host(request: Request) -> None:
    """BadHost for a request of HTTP/1.1 with no Host, or with several: who passes it on may read another."""
    if request.scope["http_version"] == "1.1" and len(request.headers.getlist("host")) != 1:
        raise BadHost("A request of HTTP/1.1 needs one Host header, no more and no fewer.")


def stay_here(request: Request) -> None:
    """NotFromHere unless a request was sent to this machine by its own name, and by no other site's page."""
    server, port = request.scope.get("server") or (None, None)
    if port is None:  # a unix socket: who may open it is for its folder to say
        return
    named = request.headers.get("host", "localhost")
    client = request.client.host if request.client else "localhost"  # the one a proxy on this machine speaks for
    if not all(map(loopback, (str(server), PORT.sub("", named), client))):
        raise NotFromHere("There are no API keys, so only this machine is answered, as localhost or 127.0.0.1.")
    origin = request.headers.get("origin")
    if request.method not in SAFE and origin and origin.partition("://")[2] != named:
        raise NotFromHere("There are no API keys, so a page of another site may not do this.")


def path_of(scope: Scope) -> str:
    """The path of a request as routes see it: these overlook a line break at its end, as `$` does."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")).removesuffix("\n")


def own(store: Store, caller: Caller, method: str, path: str) -> None:
    """UnknownJob for the job of another key: who may not see it is not told that it is there.

    ScopeMissing for who would take away a job that belongs to nobody, such as a region's: all may read it.
    """
    if (found := JOB.fullmatch(path)) is None or caller.may(api_key.Scope.ADMIN):
        return
    owner = store.owner(found[1])
    if owner not in ("", caller.key):
        raise store.unknown(found[1])
    if not owner and method not in SAFE:
        store.job(found[1])  # UnknownJob when it is no longer there
        callers.check(caller, api_key.Scope.ADMIN, {})


def label(request: Request, headers: MutableHeaders, labels: dict[str, str], public: re.Pattern[str]) -> None:
    """Say what is left, and keep shared caches from showing to others what took a key."""
    for name, said in labels.items():
        headers[name] = said
    if not is_open(public, request.method, path_of(request.scope)):
        headers.add_vary_header("Authorization, X-API-Key")
        if "cache-control" in headers:
            headers["Cache-Control"] = headers["Cache-Control"].replace("public", "private")


def telling(method: str, status: int) -> bool:
    """True for what the audit log is about: what changes something, and what was refused."""
    return method not in SAFE or status in (401, 403, 429)


def note(request: Request, status: int) -> None:
    """A line for the log, and for the store too unless a stranger or a flood could push the others out of it."""
    caller: Caller = request.state.caller
    deed = Deed(
        time=datetime.now(UTC),
        key=caller.key,
        name=caller.name,
        action=f"{request.method[:16]} {request.scope['path'][:LONGEST]}",
        status=status,
        request=problems.request_id(request),
        address=request.client.host if request.client else None,
    )
    audit_log.info(deed.model_dump_json(exclude_none=True))
    if not caller.key or status == 429:
        return
    try:
        Audit(request.app.state.store.redis).note(deed)
    except RedisError as error:
        log.warning("a line of the audit log did not reach the store (%s)", type(error).__name__)
