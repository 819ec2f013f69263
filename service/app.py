"""The gateway as an ASGI app: `uvicorn --factory service.app:process`."""

import asyncio
import gc
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from types import FrameType

from anyio import CapacityLimiter
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from jobs import logs, tracing
from jobs.connection import connect
from jobs.queue import Queue
from jobs.settings import Settings, settings
from jobs.store import Store
from service import problems
from service.events import Audience
from service.guard import Guarded, audible
from service.middleware import Headed, Metered, RequestId, Secured
from service.openapi import described
from service.routes import (
    alerts,
    amounts,
    audit,
    edr,
    events,
    maps,
    methods,
    nowcasts,
    observed,
    operations,
    places,
    reference,
    regions,
    replays,
    shapes,
    skill,
    tiles,
    viewer,
)
from service.tiles.replies import Tiles
from service.timing import Timed
from service.versions import SERVERS, Versioned
from service.waiting import Waiting

ASKED = ("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "Prefer", "X-API-Key", "X-Request-Id")
TOLD = (
    *("ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "Server-Timing", "X-Request-Id"),
    *("Nowcast-Canary", "Nowcast-Fallback-Reason", "Nowcast-Method", "Nowcast-Stale", "Nowcast-Version"),
)
"""Headers that scripts of other origins may send and read."""
READERS = 4
"""Threads that read the archive at once."""
UNTRACED = ("/health/live", "/health/ready", "/metrics")
"""Asked for again and again, and of no interest to anybody."""
SUMMARY = "Send radar frames, get the next hours of rain on the same grid, with the measured skill of what made it."
ROUTES = (
    shapes,
    nowcasts,
    events,
    places,
    amounts,
    regions,
    replays,
    alerts,
    skill,
    maps,
    tiles,
    observed,
    edr,
    viewer,
    methods,
    operations,
    audit,
    reference,
)


def process() -> FastAPI:
    """The app of a process of its own, which writes its log and sends its traces as the settings say."""
    logs.start(settings())
    tracing.start("gateway")
    return create()


def create(configured: Settings | None = None) -> FastAPI:
    """The app; it connects when it starts, not when it is made."""
    chosen = configured or settings()
    app = FastAPI(
        title="Nowcast",
        summary=SUMMARY,
        version=released(),
        lifespan=lifespan,
        servers=SERVERS,
        docs_url=None,  # FastAPI's own pages load their scripts from another site
        redoc_url=None,
        telemetry={
            "tracer_provider": tracing.provider(),
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "exclude": lambda scope: scope["path"] in UNTRACED,
        },
    )
    app.state.settings = chosen
    app.state.tiles = Tiles()
    for routes in ROUTES:
        app.include_router(routes.router)
    problems.install(app)
    app.add_middleware(Headed)
    app.add_middleware(Guarded, settings=chosen)
    app.add_middleware(Metered)
    app.add_middleware(Timed)
    shared(app, chosen)
    app.add_middleware(Secured)
    app.add_middleware(RequestId)
    app.add_middleware(Versioned, release=released())
    described(app)
    return app


def shared(app: FastAPI, settings: Settings) -> None:
    """Let pages of the origins that the operator names use the service."""
    origins = [one.strip() for one in settings.cors_origins.split(",") if one.strip()]
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=ASKED,
            expose_headers=TOLD,
            max_age=3600,
        )


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """One connection pool, one listener to notices."""
    state = app.state
    redis = connect(state.settings)
    state.store, state.queue = Store(redis, state.settings), Queue(redis, state.settings)
    state.waiting, state.audience = Waiting(state.settings, state.store, state.queue), Audience()
    state.heavy, state.reading = CapacityLimiter(os.cpu_count() or 1), CapacityLimiter(READERS)
    listener = asyncio.create_task(state.waiting.listen())
    gc.freeze()  # what is here stays; to go through it again for garbage would hold up all requests for 0.1 s
    try:
        with told_to_end(state.waiting.close), audible():
            yield
    finally:
        listener.cancel()
        with suppress(asyncio.CancelledError):
            await listener
        redis.close()
        tracing.stop()


@contextmanager
def told_to_end(close: Callable[[], None]) -> Iterator[None]:
    """Close before the server's own handler: it waits for requests that wait for jobs."""
    if threading.current_thread() is not threading.main_thread():  # others cannot handle signals
        yield
        return
    loop = asyncio.get_running_loop()
    handlers = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
    theirs = {int(sign): handler for sign, handler in handlers.items() if callable(handler)}

    def handle(sign: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(close)
        theirs[sign](sign, frame)

    for sign in theirs:
        signal.signal(sign, handle)
    try:
        yield
    finally:
        for sign, handler in theirs.items():
            signal.signal(sign, handler)


def released() -> str:
    """The version of the installed package."""
    try:
        return version("nowcast")
    except PackageNotFoundError:
        return "0"
