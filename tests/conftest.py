"""What every test stands on: one thread, the same examples in CI each time, and who runs which test when."""

import os
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling, Scheduling

# Before anything imports numpy or torch, which read these once; processes that tests start inherit them.
# On a busy machine of two cores torch with two threads is many times slower than with one.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

# The engine's kernels are built once for all tests, and not into the cache of who runs them.
os.environ["XDG_CACHE_HOME"] = str(Path(__file__).parents[1] / ".pytest_cache" / "built")

# No test asks anybody on the internet; without this each of their clients, and of the processes they start, reads the
# certificates of all its authorities, which takes longer than most tests.
os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent)

from hypothesis import HealthCheck, settings

EXAMPLES = 40
"""Of each property; `--hypothesis-profile long` tries many times as many."""

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=EXAMPLES)
"""A slow machine is no fault of a property."""

settings.register_profile("local", PATIENT)
settings.register_profile("ci", PATIENT, derandomize=True, print_blob=True)
settings.register_profile("long", PATIENT, max_examples=50 * EXAMPLES)
settings.load_profile("ci" if os.environ.get("CI") else "local")

NETWORK = ("tests/viewer/", "tests/test_machines")
"""Cables plugged in and out change this machine's network, at which a browser beside them drops its requests."""


class ByFile(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """All tests of a file run in one worker, in their order; so do all those of NETWORK."""

    def _split_scope(self, nodeid: str) -> str:
        return "network" if nodeid.startswith(NETWORK) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Several workers (`-n 2`) take file after file in the order of the collection."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the store; put files with slow tests first, lest one worker goes on alone."""
    for item in items:
        if "redis_server" in getattr(item, "fixturenames", ()):
            item.add_marker("store")
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
