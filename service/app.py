"""The gateway as an ASGI app: `uvicorn --factory service.app:create`."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from types import FrameType

from anyio import CapacityLimiter
from fastapi import FastAPI

from jobs.connection import connect
from jobs.queue import Queue
from jobs.settings import Settings, settings
from jobs.store import Store
from service import problems
from service.events import Audience
from service.middleware import Headed, Metered, RequestId
from service.openapi import described
from service.routes import (
    amounts,
    events,
    methods,
    nowcasts,
    observed,
    operations,
    places,
    regions,
    shapes,
    skill,
    tiles,
    viewer,
)
from service.tiles.replies import Tiles
from service.timing import Timed
from service.versions import SERVERS, Versioned
from service.waiting import Waiting

SUMMARY = "Send radar frames, get the next hours of rain on the same grid, with the measured skill of what made it."


def create(configured: Settings | None = None) -> FastAPI:
    """The app; it connects when it starts, not when it is made."""
    app = FastAPI(title="Nowcast", summary=SUMMARY, version=released(), lifespan=lifespan, servers=SERVERS)
    app.state.settings = configured or settings()
    app.state.tiles = Tiles()
    for routes in (
        shapes,
        nowcasts,
        events,
        places,
        amounts,
        regions,
        skill,
        tiles,
        observed,
        viewer,
        methods,
        operations,
    ):
        app.include_router(routes.router)
    problems.install(app)
    app.add_middleware(Headed)
    app.add_middleware(Metered)
    app.add_middleware(Timed)
    app.add_middleware(RequestId)
    app.add_middleware(Versioned, release=released())
    described(app)
    return app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """One connection pool, one listener to notices."""
    state = app.state
    redis = connect(state.settings)
    state.store, state.queue = Store(redis, state.settings), Queue(redis, state.settings)
    state.waiting, state.audience = Waiting(state.settings, state.store, state.queue), Audience()
    state.heavy = CapacityLimiter(os.cpu_count() or 1)
    listener = asyncio.create_task(state.waiting.listen())
    try:
        with told_to_end(state.waiting.close):
            yield
    finally:
        listener.cancel()
        with suppress(asyncio.CancelledError):
            await listener
        redis.close()


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
