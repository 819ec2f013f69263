"""The viewer's other layers, methods and moments, driven as people do."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

import numpy as np
import pytest

from jobs.archive import Archive
from jobs.settings import Settings
from radar.chances import Chances
from radar.frames import Frames, stamp
from radar.nowcast import Nowcast, future_times
from tests.regions import STEP, now
from tests.viewer.conftest import AGAIN_MS, NAMELESS, viewed, weather

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
COUNT, GAP = 6, 5
"""Frames that have come, and after how many of them no nowcast was kept."""
TYPING_MS = 1_000
"""After which the page looks at a moment that was typed."""


@pytest.fixture
def kept(settings: Settings) -> None:
    """An archive of the region: two methods, of the newest frame and of those before it but one."""
    archive, seen = Archive.of(settings), weather(COUNT)
    for at in range(2, COUNT + 1):
        for method in ("persistence", "extrapolation") if at != GAP else ():
            archive.put("here", said(seen, at, method))
        archive.put_frame("here", seen.times[at - 1], seen.rain[at - 1], seen.grid)


@pytest.fixture
def page(browser: "Browser", served: str, kept: None) -> Iterator["Page"]:
    """The viewer of a region with an archive."""
    yield from viewed(browser, served, {"width": 1280, "height": 800})


def said(seen: Frames, count: int, method: str) -> Nowcast:
    """What a method said after so many frames, for three leads: the last frame stays; it is 60 % sure of all rain."""
    known = replace(seen, rain=seen.rain[:count], times=seen.times[:count])
    rain = np.repeat(known.rain[-1:], 3, 0)
    chances = Chances((0.5, 2.0), np.stack([np.full_like(rain, 0.6), np.where(rain > 2, 0.6, 0)]), "neighbourhood")
    return Nowcast(Frames(rain, future_times(known, 3), seen.grid), method, "1", method, known.times, chances=chances)


def sources(page: "Page") -> str:
    """Where the tiles that are shown come from."""
    shown = '.tiles:not([style*="opacity: 0;"]) img'
    found: list[str] = page.locator(shown).evaluate_all("(all) => all.map((one) => one.src)")
    return " ".join(found)


def badge(page: "Page", text: str) -> None:
    playwright.expect(page.locator("#badge")).to_have_text(text)


def opened(page: "Page") -> str:
    """The moment the time machine begins at, once it is shown."""
    page.locator("#machine").click()
    playwright.expect(page.locator("#downloads a")).to_have_count(1)  # of what is served now there are more
    moment: str = page.locator("#at").input_value()
    return moment


def test_another_method_is_shown_where_there_is_one(page: "Page") -> None:
    playwright.expect(page.locator("#method option")).to_have_text(["persistence (served)", "extrapolation"])
    page.locator("#method").select_option("extrapolation")
    playwright.expect(page.locator("#facts")).to_contain_text("extrapolation 1")
    page.locator("#map").focus()
    page.keyboard.press("End")
    badge(page, "NOWCAST +15 min by extrapolation")
    playwright.expect(page.locator('.tiles img[src*="extrapolation"]').first).to_be_attached()
    playwright.expect(page).to_have_url(re.compile("method=extrapolation"))
    page.locator("#method").select_option("")
    playwright.expect(page.locator("#facts")).to_contain_text("persistence 1")


def test_a_chance_layer_for_each_threshold_with_its_legend(page: "Page") -> None:
    page.locator("#method").select_option("extrapolation")
    chips = page.locator("#layers .chip")
    playwright.expect(chips).to_have_text(["Rain", "≥ 0.5", "≥ 2"])
    chips.nth(2).click()
    playwright.expect(page.locator("#legend b")).to_have_text("Rain rate, mm/h")  # of what was seen there is no chance
    page.locator("#time").press("ArrowRight")
    playwright.expect(page.locator("#legend b")).to_have_text("Chance of ≥ 2 mm/h, %")
    playwright.expect(page.locator('.tiles img[src*="threshold=2"]').first).to_be_attached()
    page.locator("#map").focus()
    page.keyboard.press("0")
    playwright.expect(page.locator("#legend b")).to_have_text("Rain rate, mm/h")


def test_the_time_machine_shows_what_was_said_beside_what_came(page: "Page") -> None:
    first = opened(page)
    badge(page, "OBSERVED")
    page.locator("#time").press("ArrowRight")
    playwright.expect(page.locator("#badge")).to_contain_text("+5 min")
    playwright.expect(page.locator("#divide")).to_be_visible()
    playwright.expect(page.locator(".leaflet-came-pane img").first).to_be_attached()
    page.locator("#later").click()
    playwright.expect(page.locator("#at")).not_to_have_value(first)
    playwright.expect(page.locator("#badge")).to_contain_text("+5 min")  # the lead stays
    assert NAMELESS.findall(page.locator("body").aria_snapshot()) == []
    page.locator("#compare").uncheck()
    playwright.expect(page.locator("#divide")).to_be_hidden()
    page.locator("#today").click()
    playwright.expect(page.locator("#then")).to_be_hidden()
    playwright.expect(page.locator("#machine")).to_be_focused()
    playwright.expect(page).not_to_have_url(re.compile("[?&]at="))
    playwright.expect(page.locator("#clock")).to_contain_text("newest observation")


def test_a_place_shows_what_came_too(page: "Page") -> None:
    opened(page)
    page.mouse.click(480, 400)
    playwright.expect(page.locator("#meteogram rect.ahead")).to_have_count(3)
    playwright.expect(page.locator("#meteogram line.came")).to_have_count(3)


def test_a_replay_goes_through_the_archive_and_ends_at_the_newest(page: "Page") -> None:
    page.locator("#speed").select_option("4")
    opened(page)
    look = "{hour: '2-digit', minute: '2-digit', hourCycle: 'h23'}"
    newest = page.evaluate(f"new Date({now().timestamp() * 1000}).toLocaleTimeString([], {look})")
    playwright.expect(page.locator("#facts")).not_to_contain_text(newest)
    page.locator("#replay").click()
    playwright.expect(page.locator("#facts")).to_contain_text(newest)
    playwright.expect(page.locator("#replay")).to_have_attribute("aria-pressed", "false")


def test_an_address_leads_back_to_the_same_moment(page: "Page", served: str) -> None:
    page.goto(f"{served}?region=here&at={before(2)}&method=extrapolation")
    playwright.expect(page.locator("#then")).to_be_visible()
    playwright.expect(page.locator("#facts")).to_contain_text("extrapolation 1")
    shows(page, 2, "extrapolation")


def test_an_address_of_what_is_not_kept_leads_on(hurried: "Page", served: str, kept: None) -> None:
    hurried.goto(f"{served}?region=here&method=sprog")
    playwright.expect(hurried.locator("#banner")).to_contain_text("by sprog is kept")
    playwright.expect(hurried.locator("path.extent")).to_be_attached()
    hurried.locator("#method").select_option("extrapolation")
    playwright.expect(hurried.locator("#facts")).to_contain_text("extrapolation 1")


def before(steps: int) -> str:
    """So many steps before the newest frame."""
    return stamp(now() - steps * STEP)


def shows(page: "Page", steps: int, method: str = "persistence") -> None:
    """The nowcast that was made so many steps before the newest frame."""
    href = f"regions/here/at?method={method}&time={before(steps).replace(':', '%3A')}"
    playwright.expect(page.locator("#downloads a")).to_have_attribute("href", href)


def test_steps_lead_across_a_gap_which_is_said_and_end_where_the_archive_does(page: "Page") -> None:
    opened(page)
    playwright.expect(page.locator("#earlier")).to_be_disabled()
    for _ in range(3):
        page.locator("#later").click()
    playwright.expect(page.locator("#banner")).to_contain_text("is kept. The last one before it is shown.")
    shows(page, 2)
    page.locator("#later").click()
    shows(page, 0)
    playwright.expect(page.locator("#banner")).to_be_hidden()
    playwright.expect(page.locator("#later")).to_be_disabled()


def test_a_look_back_that_failed_is_tried_again(hurried: "Page", served: str, kept: None) -> None:
    hurried.goto(f"{served}?region=here&at={before(3)}")
    shows(hurried, 3)
    hurried.route("**/tiles.json?at=*", lambda route: route.abort())
    hurried.locator("#later").click()
    banner = hurried.locator("#banner")
    playwright.expect(banner).to_have_text("The service cannot be reached. Trying again.")
    hurried.unroute("**/tiles.json?at=*")
    hurried.clock.fast_forward(AGAIN_MS)
    shows(hurried, 2)
    playwright.expect(banner).to_be_hidden()


def test_a_moment_is_looked_at_once_it_is_typed_to_its_end(hurried: "Page", served: str, kept: None) -> None:
    hurried.goto(f"{served}?region=here&at={before(0)}")
    shows(hurried, 0)
    asked: list[str] = []
    hurried.on("request", lambda request: asked.append(unquote(request.url)))
    hurried.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    local = "(at) => new Date(new Date(at) - new Date(at).getTimezoneOffset() * 60000).toJSON().slice(0, 16)"
    for typed in ("2001-01-01T00:00", hurried.evaluate(local, before(2))):
        hurried.locator("#at").fill(typed)
    hurried.clock.fast_forward(TYPING_MS)
    shows(hurried, 2)
    assert not [url for url in asked if f"at={before(COUNT - 2)}" in url]  # the first of all, which 2001 comes before


def test_keys_open_their_list_and_the_time_machine(page: "Page") -> None:
    page.keyboard.press("?")
    playwright.expect(page.locator("#keys")).to_be_visible()
    assert "time machine" in page.locator("#known").inner_text()
    page.keyboard.press("Escape")
    playwright.expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("m")
    playwright.expect(page.locator("#then")).to_be_visible()
    page.keyboard.press("]")
    page.keyboard.press("m")
    playwright.expect(page.locator("#then")).to_be_hidden()


def test_a_button_that_was_clicked_leaves_the_other_keys_to_the_page(page: "Page") -> None:
    page.locator("#help").click()
    page.keyboard.press("Escape")
    playwright.expect(page.locator("#help")).to_be_focused()
    page.keyboard.press("m")
    playwright.expect(page.locator("#then")).to_be_visible()
    page.locator("#play").focus()
    page.keyboard.press("Space")
    playwright.expect(page.locator("#play")).to_have_attribute("aria-pressed", "true")


def test_the_map_can_be_reached_without_a_mouse(page: "Page") -> None:
    page.locator("#map").focus()
    playwright.expect(page.locator("#map")).to_be_focused()
