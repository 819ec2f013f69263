"""The fixtures of the queue serve here too."""

from pathlib import Path

import pytest

from jobs import celery_app
from jobs.queue import Queue
from jobs.store import Store
from tests.jobs.conftest import queue, redis, settings, store
from tests.servers import redis_server, redis_url
from tests.workers.cycle import Cycle

__all__ = ["queue", "redis", "redis_server", "redis_url", "settings", "store"]


@pytest.fixture
def wakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """No message is sent: jobs are answered by hand."""
    monkeypatch.setattr(celery_app, "wake", [].append)


@pytest.fixture
def cycle(store: Store, queue: Queue, tmp_path: Path, wakes: None) -> Cycle:
    return Cycle(store, queue, tmp_path)
