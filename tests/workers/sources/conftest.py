"""A feed for each test."""

from collections.abc import Iterator

import pytest

from tests.feed import Feed, serving
from tests.workers.sources.pulling import Dict


@pytest.fixture
def feed() -> Iterator[Feed]:
    with serving() as served:
        yield served


@pytest.fixture
def memory() -> Dict:
    return Dict()
