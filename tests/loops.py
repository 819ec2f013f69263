"""A coroutine run to its end by a test that may share its thread with a browser's event loop."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Said = TypeVar("Said")


def run(waiting: Coroutine[Any, Any, Said]) -> Said:
    """What it gives, from a thread apart: while a browser is open its loop runs in the tests' own."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, waiting).result()
