"""Commands in this process: a new one would spend its time on importing torch."""

from collections.abc import Iterator

import pytest

from jobs.settings import settings


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in all tests: a command sets the threads of torch for this whole process."""
    monkeypatch.setenv("NOWCAST_THREADS", "1")
    settings.cache_clear()
    yield
    settings.cache_clear()
