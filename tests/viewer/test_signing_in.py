"""The viewer of a service that asks for keys."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from pydantic import SecretStr

from jobs import api_key
from jobs.api_key import Scope
from jobs.api_keys import ApiKeys
from jobs.settings import Settings
from jobs.store import Store
from radar.formats import netcdf
from tests.service.map_client import shown
from tests.viewer.conftest import PATIENCE_MS, foreign, weather

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

FIRST = api_key.written(*api_key.minted())
REFUSED = "the server responded with a status of 401"
"""What the console says of each request that takes a key."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Of a gateway that asks for keys."""
    return settings.model_copy(update={"api_key": SecretStr(FIRST)})


@pytest.fixture
def served(client: httpx.Client) -> str:
    """The address of a gateway whose region only a key opens."""
    client.headers["Authorization"] = f"Bearer {FIRST}"
    shown(client, weather(), name="Harz")
    return str(client.base_url)


@pytest.fixture
def key(store: Store) -> str:
    return ApiKeys(store.redis).create("a forecaster", [Scope.NOWCAST])


@pytest.fixture
def context(browser: "Browser", served: str) -> Iterator["BrowserContext"]:
    """Where pages are opened; any error but that a key is missing, and any request to another site, fails the test."""
    opened = browser.new_context(viewport={"width": 1280, "height": 800})
    opened.set_default_timeout(PATIENCE_MS)
    wrong: list[str] = []
    opened.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    opened.on("weberror", lambda error: wrong.append(str(error.error)))
    opened.on("request", lambda request: wrong.append(request.url) if foreign(request.url, served) else None)
    yield opened
    opened.close()
    assert [text for text in wrong if REFUSED not in text] == []


def asked(context: "BrowserContext", served: str) -> "Page":
    """The page as it asks for a key."""
    page = context.new_page()
    page.goto(served)
    playwright.expect(page.locator("#sign-in")).to_be_visible()
    return page


def sign_in(page: "Page", key: str) -> None:
    page.locator("#api-key").fill(key)
    page.keyboard.press("Enter")


def test_a_key_opens_the_map_and_signing_out_closes_it(
    context: "BrowserContext", served: str, key: str, tmp_path: Path
) -> None:
    page = asked(context, served)
    sign_in(page, FIRST[:-1] + "?")
    playwright.expect(page.locator("#reason")).to_contain_text("not one of ours")
    sign_in(page, key)
    page.locator(".leaflet-tile-loaded[src^='data:image/png']").first.wait_for(state="attached")
    playwright.expect(page.locator("#facts")).to_contain_text("persistence")
    saves_a_nowcast(page)
    takes_a_file(page, tmp_path / "frames.nc")
    assert page.evaluate("[sessionStorage.length, localStorage.length]") == [1, 0]
    page.locator("#sign").click()
    playwright.expect(page.locator("#sign-in")).to_be_visible()
    assert page.evaluate("[sessionStorage.length, localStorage.length]") == [0, 0]
    playwright.expect(page.locator("#region option")).to_have_count(0)


def saves_a_nowcast(page: "Page") -> None:
    with page.expect_download() as found:
        page.locator("#downloads a", has_text="NetCDF").click()
    assert len(netcdf.read(Path(found.value.path()).read_bytes())) == 3


def takes_a_file(page: "Page", file: Path) -> None:
    file.write_bytes(netcdf.write(weather(4)))
    page.locator("#files").set_input_files(str(file))
    playwright.expect(page.locator("#picture")).to_have_js_property("naturalWidth", 128)
    playwright.expect(page.locator("#picture")).to_have_attribute("src", re.compile("^data:image/png"))


def test_who_gives_no_key_is_asked_once_and_one_that_is_remembered_opens_other_pages(
    context: "BrowserContext", served: str, key: str
) -> None:
    legend, late = "**/tiles/legend.json*", list["Route"]()

    def hold(route: "Route") -> None:
        late.append(route)

    context.route(legend, hold)
    page = asked(context, served)
    page.keyboard.press("Escape")
    playwright.expect(page.locator("#banner")).to_have_text("This takes an API key.")
    with page.expect_response(legend):
        late[0].continue_()
    page.wait_for_timeout(300)  # in which it could ask again
    playwright.expect(page.locator("#sign-in")).to_be_hidden()
    context.unroute(legend)
    page.locator("#sign").click()
    page.locator("#remember").check()
    sign_in(page, key)
    playwright.expect(page.locator("#region option")).to_have_text("Harz")
    other = context.new_page()
    other.goto(served)
    other.locator(".leaflet-tile-loaded").first.wait_for(state="attached")
    playwright.expect(other.locator("#sign-in")).to_be_hidden()
