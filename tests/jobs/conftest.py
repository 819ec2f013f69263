"""Queue and store on a real server."""

from collections.abc import Iterator

import pytest
from redis import Redis

from jobs.connection import connect
from jobs.queue import Queue
from jobs.settings import Settings
from jobs.store import Store
from tests.servers import redis_server, redis_url

__all__ = ["redis_server", "redis_url"]


@pytest.fixture
def settings(redis_url: str) -> Settings:
    return Settings(redis_url=redis_url, deadline_seconds=600, result_seconds=600)


@pytest.fixture
def redis(settings: Settings) -> Iterator[Redis]:
    with connect(settings) as client:
        yield client


@pytest.fixture
def queue(redis: Redis, settings: Settings) -> Queue:
    return Queue(redis, settings)


@pytest.fixture
def store(redis: Redis, settings: Settings) -> Store:
    return Store(redis, settings)
