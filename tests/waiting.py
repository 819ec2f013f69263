"""Waiting for what another thread or process is about to do."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 120.0
"""What surely comes may take its time: a slow machine is no fault, and what never comes fails all the same."""


def until(condition: Callable[[], T], seconds: float = PATIENCE, pause: float = 0.1) -> T:
    """What a condition gives once that is true, asked often at first; TimeoutError when it never is."""
    end, wait = time.monotonic() + seconds, min(pause, 0.01)
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited in vain for {seconds:g} s")
        time.sleep(wait)
        wait = min(1.5 * wait, pause)
    return found
