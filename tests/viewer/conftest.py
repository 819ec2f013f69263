"""A real browser before a real gateway with a region, a worker behind it."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from jobs.settings import Settings
from radar.frames import Frames
from radar.synthetic import storm
from tests.jobs.conftest import redis
from tests.regions import STEP, now, steady_clock
from tests.servers import redis_server, redis_url
from tests.service.conftest import client, gateway, store, wakes
from tests.service.conftest import settings as of_a_gateway
from tests.service.map_client import shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
__all__ = ["client", "gateway", "of_a_gateway", "redis", "redis_server", "redis_url", "steady_clock", "store", "wakes"]
PATIENCE_MS = 90_000
"""On a busy machine a page takes its time; a test that waits for what never comes fails all the same."""
AGAIN_MS = 20_000
"""After which the page asks again."""
NAMELESS = re.compile(r"^ *- (?:button|checkbox|combobox|link|radio|slider|textbox)(?: \[|:|$)", re.MULTILINE)
"""A control that a screen reader has no name for, in a snapshot of what it knows of a page."""
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Chromium as it needs no network of its own."""


def weather(count: int = 6) -> Frames:
    """A storm of 256 km whose newest frame has just come."""
    found = storm((128, 128), count, seed=3, pixel_km=2)
    return replace(found, times=tuple(now() - step * STEP for step in reversed(range(count))))


@pytest.fixture
def settings(of_a_gateway: Settings) -> Settings:
    """No job is late on a busy machine."""
    return of_a_gateway.model_copy(update={"deadline_seconds": 300})


@pytest.fixture(scope="package")
def browser() -> Iterator["Browser"]:
    """Chromium, started once; it ends with these tests, as its event loop runs in the thread of all others."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    playwright.expect.set_options(timeout=PATIENCE_MS)
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET, timeout=PATIENCE_MS)
        yield running
        running.close()


@pytest.fixture
def served(client: httpx.Client) -> str:
    """The address of a gateway that has a region with frames and a nowcast."""
    shown(client, weather(), name="Harz")
    return str(client.base_url)


@pytest.fixture
def page(browser: "Browser", served: str) -> Iterator["Page"]:
    """The viewer; any error in its console, and any request to another site, fails the test."""
    yield from viewed(browser, served, {"width": 1280, "height": 800})


@pytest.fixture
def hurried(browser: "Browser") -> Iterator["Page"]:
    """A page whose clock can be put forward, and which does not glide; what it cannot reach is no fault of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.clock.install()
    yield page
    context.close()


def viewed(browser: "Browser", address: str, size: Any, **more: Any) -> Iterator["Page"]:
    """A page of this size at the address; afterwards what went wrong in it."""
    context = browser.new_context(viewport=size, **more)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if foreign(request.url, address) else None)
    page.goto(address)
    page.locator(".leaflet-tile-loaded").first.wait_for(state="attached")
    yield page
    context.close()
    assert wrong == []


def foreign(url: str, address: str) -> bool:
    """True for what lies on another site."""
    return not url.startswith((address, "data:", "blob:"))
