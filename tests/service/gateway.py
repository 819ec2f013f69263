"""A real gateway under uvicorn, and a worker that is as simple as one can be."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import uvicorn
from fastapi import FastAPI

from jobs import tracing
from jobs.connection import connect
from jobs.job import Status
from jobs.queue import Queue
from jobs.settings import Settings
from jobs.store import Store
from radar.card import Card, Score
from radar.frames import Frames
from radar.nowcast import Nowcast
from radar.persistence import persistence
from service.app import create
from service.guard import asks_for_keys
from service.tiles.replies import Tiles
from tests.waiting import until

PROTOCOL = "service.patience:Patient"
SPARE: dict[tuple[object, ...], list[FastAPI]] = {}
"""Apps that nothing runs, by what is fixed in them: the first request of a new one takes longer than most tests."""
SCORE = Score(
    method="persistence",
    data="synthetic",
    score="csi",
    threshold=1.0,
    lead="60",
    value=0.31,
    count=123_456,
    windows=40,
    protocol="0123abcd",
)
CARD = Card(
    method="persistence",
    version="1",
    summary="The rain stays as and where it is.",
    min_frames=2,
    max_frames=6,
    max_horizon=24,
    cadence_minutes=(5, 10),
    scores=(SCORE,),
)


@dataclass(frozen=True)
class Gateway:
    """A gateway that runs, the app behind it, and a client for it."""

    app: FastAPI
    client: httpx.Client
    port: int


@contextmanager
def lent(settings: Settings) -> Iterator[FastAPI]:
    """An app that has perhaps been run before; one that asks for keys is new, for it keeps them."""
    fixed = (settings.access, settings.public, settings.cors_origins, tracing.provider())
    spare = [] if asks_for_keys(settings) else SPARE.setdefault(fixed, [])
    app = spare.pop() if spare else create(settings)
    app.state.settings, app.state.tiles = settings, Tiles()
    yield app
    spare.append(app)


@contextmanager
def serving(settings: Settings) -> Iterator[Gateway]:
    """A gateway on a loopback port."""
    with lent(settings) as app, listened(app) as running:
        yield running


@contextmanager
def listened(app: FastAPI) -> Iterator[Gateway]:
    """The same of an app."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", lifespan="on", http=PROTOCOL))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        until(lambda: server.started)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=90) as client:
            yield Gateway(app, client, port)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@contextmanager
def working(settings: Settings, fallback: str | None = None) -> Iterator[None]:
    """A worker that takes every job of CARD's method and says that the rain stays."""
    over = threading.Event()
    thread = threading.Thread(target=work, args=(settings, over, fallback))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def work(settings: Settings, over: threading.Event, fallback: str | None) -> None:
    with connect(settings) as redis:
        store, queue = Store(redis, settings), Queue(redis, settings)
        while not over.wait(0.01):
            for held in queue.take(CARD.method, "test", 1):
                job, frames = store.start(held.job_id)
                if not job.status.final:
                    store.finish(job, made(frames(), job.horizon, fallback))
                queue.finish(held)


def made(past: Frames, horizon: int, fallback: str | None) -> Nowcast:
    return Nowcast(
        frames=persistence(past, horizon),
        method=CARD.method,
        version=CARD.version,
        asked_for=CARD.method,
        input_times=past.times,
        interpolated=past.interpolated,
        fallback_reason=fallback,
    )


def ended(store: Store, queue: Queue, status: Status, reason: str) -> None:
    """Take the next job and end it without a nowcast."""
    held = next(iter(until(lambda: queue.take(CARD.method, "test", 1))))
    store.end(store.job(held.job_id), status, reason)
    queue.finish(held)
