"""The gateway, its store and its queue, all real."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from redis import Redis

from jobs import celery_app, signs
from jobs.settings import Settings
from jobs.store import Store
from tests.jobs.conftest import queue, redis
from tests.regions import steady_clock
from tests.servers import redis_server, redis_url
from tests.service.gateway import CARD, Gateway, serving, working

__all__ = ["queue", "redis", "redis_server", "redis_url", "steady_clock"]


@pytest.fixture
def wakes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The methods that were woken; no message is sent, tests bring a worker of their own."""
    sent: list[str] = []
    monkeypatch.setattr(celery_app, "wake", sent.append)
    return sent


@pytest.fixture
def settings(redis_url: str, tmp_path: Path) -> Settings:
    """With a data folder, and so an archive, of its own."""
    return Settings(
        redis_url=redis_url,
        data=tmp_path,
        method=CARD.method,
        max_body_bytes=2**20,
        queue_limit=4,
        deadline_seconds=60,
    )


@pytest.fixture
def store(redis: Redis, settings: Settings) -> Store:
    """The store, with a worker that has said what it can do."""
    store = Store(redis, settings)
    store.publish_cards([CARD], 3600)
    signs.warm(store.redis, "test", 3600)
    return store


@pytest.fixture
def gateway(store: Store, settings: Settings, wakes: list[str]) -> Iterator[Gateway]:
    """A gateway with no worker behind it."""
    with serving(settings) as running:
        yield running


@pytest.fixture
def idle(gateway: Gateway) -> httpx.Client:
    """A client of a gateway whose jobs stay in the queue."""
    return gateway.client


@pytest.fixture
def client(gateway: Gateway, settings: Settings) -> Iterator[httpx.Client]:
    """A client of a gateway with a worker."""
    with working(settings):
        yield gateway.client
