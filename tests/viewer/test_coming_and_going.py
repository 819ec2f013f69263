"""The viewer where things change under its reader: the service goes away, a region goes, the map ends."""

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from radar.grid import Grid
from tests.service.map_client import shown, striped
from tests.service.region_client import put
from tests.viewer.conftest import AGAIN_MS

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
if TYPE_CHECKING:
    from playwright.sync_api import Page
DRAWN = '.leaflet-said-pane .tiles:not([style*="opacity: 0;"]) .leaflet-tile-loaded'
"""A tile that came, of the frame that is shown."""


def test_a_service_that_was_away_is_found_again_and_fills_the_holes_of_the_map(hurried: "Page", served: str) -> None:
    hurried.goto(served)
    playwright.expect(hurried.locator("#clock")).to_contain_text("newest observation")
    hurried.context.set_offline(True)
    hurried.keyboard.press("Home")
    banner = hurried.locator("#banner")
    playwright.expect(banner).to_have_text("Parts of the map could not be fetched. Trying again.")
    playwright.expect(hurried.locator(DRAWN)).to_have_count(0)
    hurried.clock.fast_forward(AGAIN_MS)
    playwright.expect(banner).to_have_text("The service cannot be reached. Trying again.")
    hurried.context.set_offline(False)
    hurried.clock.fast_forward(AGAIN_MS)
    playwright.expect(banner).to_be_hidden()
    hurried.locator(DRAWN).first.wait_for(state="attached")


def test_a_region_that_is_gone_gives_way_to_another_and_that_is_said(
    hurried: "Page", served: str, client: httpx.Client
) -> None:
    hurried.goto(served)
    playwright.expect(hurried.locator("#clock")).to_contain_text("newest observation")
    hurried.keyboard.press("p")
    playwright.expect(hurried.locator("#meteogram svg")).to_be_visible()
    put(client, "there")
    client.delete("/regions/here")
    hurried.clock.fast_forward(AGAIN_MS)
    playwright.expect(hurried.locator("#banner")).to_have_text("There is no region here any more.")
    playwright.expect(hurried.locator("#region")).to_have_value("there")
    playwright.expect(hurried.locator("#clock")).to_have_text("no frames yet")
    playwright.expect(hurried.locator("#facts")).to_contain_text("none yet")
    playwright.expect(hurried.locator("#place")).to_be_hidden()
    playwright.expect(hurried.locator("path.extent")).to_have_count(0)


def test_a_region_across_the_antimeridian_fills_the_map_and_keys_move_it(hurried: "Page", client: httpx.Client) -> None:
    grid = Grid.of((40, 40), (0.1, 0, 178, 0, -0.1, -15), "EPSG:4326")
    shown(client, striped(1, 0, grid=grid))
    hurried.goto(str(client.base_url))
    playwright.expect(hurried.locator(".leaflet-control-scale-line")).to_have_text(re.compile("^(50|100) km$"))
    where = hurried.locator("#where")
    hurried.keyboard.press("p")
    playwright.expect(where).to_contain_text("S, ")
    before = where.inner_text()
    hurried.keyboard.press("w")
    hurried.keyboard.press("p")
    playwright.expect(where).not_to_have_text(before)
    playwright.expect(where).to_have_text(re.compile(r"° S, 1(79|80)\.\d{3}° [EW]$"))
    for key in "-" * 8 + "w" * 8:
        hurried.keyboard.press(key)
    hurried.keyboard.press("p")
    playwright.expect(where).to_have_text(re.compile(r"^[1-7]\d\.\d{3}° N"))  # which is not the pole: the map has ends
