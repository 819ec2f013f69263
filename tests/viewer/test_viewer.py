"""The viewer, driven as people do."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from jobs.protocol import Protocol
from jobs.region import Region
from jobs.regions import Regions
from jobs.skill import Series, Skill
from jobs.store import Store
from radar.formats import netcdf
from radar.grid import Grid
from radar.tally import over_leads, tally
from tests.regions import now
from tests.viewer.conftest import viewed, weather

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def phone(browser: "Browser", served: str) -> Iterator["Page"]:
    """The viewer on a phone that likes it dark."""
    yield from viewed(browser, served, PHONE, has_touch=True, color_scheme="dark")


def clock(page: "Page") -> str:
    text: str = page.locator("#clock").inner_text()
    return text.partition(" · ")[2]


def expect_clock(page: "Page", text: str) -> None:
    playwright.expect(page.locator("#clock")).to_contain_text(text)


def test_it_opens_at_the_newest_observation(page: "Page") -> None:
    assert clock(page) == "newest observation"
    assert page.locator("#badge").inner_text() == "OBSERVED"
    assert page.locator("#region option").all_inner_texts() == ["Harz"]
    assert "persistence" in page.locator("#facts").inner_text()
    assert "data age" in page.locator("#facts").inner_text()
    playwright.expect(page.locator("#legend b")).to_have_text("Rain rate, mm/h")
    assert not page.locator("#layers").is_visible()
    assert not page.locator("#banner").is_visible()


def test_it_plays_from_what_was_seen_into_what_is_expected(page: "Page") -> None:
    page.locator("#play").click()
    expect_clock(page, "nowcast")
    page.locator("#play").click()  # stopped, so that nothing moves on while it is looked at
    assert page.locator("#play").get_attribute("aria-pressed") == "false"
    assert page.locator("#badge").inner_text().startswith("NOWCAST +")
    assert "ahead" in (page.locator("body").get_attribute("class") or "")


def test_it_begins_again_at_the_end(page: "Page") -> None:
    page.locator("#speed").select_option("4")
    page.locator("#play").click()
    expect_clock(page, "nowcast")
    expect_clock(page, "observed")


def test_keys_step_and_play(page: "Page") -> None:
    page.keyboard.press("ArrowRight")
    expect_clock(page, "nowcast +5 min")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect_clock(page, "observed 5 min before")
    page.keyboard.press("End")
    expect_clock(page, "nowcast +15 min")
    page.keyboard.press("n")
    expect_clock(page, "newest observation")
    page.keyboard.press("Space")
    assert page.locator("#play").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Space")
    assert page.locator("#play").get_attribute("aria-pressed") == "false"


def test_the_time_line_can_be_scrubbed(page: "Page") -> None:
    box = page.locator("#time").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    expect_clock(page, "nowcast +15 min")
    page.locator("#time").press("ArrowLeft")
    expect_clock(page, "nowcast +10 min")


def test_the_rain_fades_with_its_opacity(page: "Page") -> None:
    page.locator("#opacity").fill("0.3")
    playwright.expect(page.locator('.tiles[style*="opacity: 0.3"]')).to_have_count(1)


def test_a_click_asks_for_the_rain_at_a_place(page: "Page") -> None:
    page.mouse.click(480, 400)
    playwright.expect(page.locator("#meteogram svg")).to_be_visible()
    assert page.locator("#meteogram rect.seen").count() == 6
    assert page.locator("#meteogram rect.ahead").count() == 3
    assert page.locator("#meteogram line.break").count() == 1
    page.keyboard.press("Escape")
    assert not page.locator("#place").is_visible()


def test_a_click_far_away_says_that_no_radar_looks_there(page: "Page") -> None:
    for _ in range(3):
        page.keyboard.press("-")
    page.wait_for_timeout(500)
    page.mouse.click(60, 600)
    playwright.expect(page.locator("#sentence")).to_have_text("The radar does not see this place.")


def test_a_file_becomes_a_nowcast(page: "Page", tmp_path: Path) -> None:
    file = tmp_path / "frames.nc"
    file.write_bytes(netcdf.write(weather(4)))
    page.locator("#files").set_input_files(str(file))
    playwright.expect(page.locator("#result")).to_be_visible()
    playwright.expect(page.locator("#outcome")).to_have_text("Made by persistence 1.")
    page.locator("#lead").fill("2")
    playwright.expect(page.locator("#caption")).to_contain_text("+15 min")
    playwright.expect(page.locator("#picture")).to_have_js_property("naturalWidth", 128)
    href = page.locator("#own-downloads a", has_text="NetCDF").get_attribute("href")
    assert re.fullmatch(r"/nowcasts/[0-9a-f]{32}\.nc", href or "")
    page.locator("#storm").click()
    playwright.expect(page.locator("#replayed")).to_contain_text("Replay: 0 of 4 frames")
    shown = page.locator("#replayed a").get_attribute("href")
    assert re.fullmatch(r"\?region=here-replay-[0-9a-f]{8}", shown or "")


def test_a_file_can_be_dropped_anywhere(page: "Page") -> None:
    body = list(netcdf.write(weather(3)))
    data = page.evaluate_handle(
        "(bytes) => { const data = new DataTransfer();"
        "data.items.add(new File([new Uint8Array(bytes)], 'frames.nc')); return data; }",
        body,
    )
    page.dispatch_event("body", "dragenter", {"dataTransfer": data})
    assert "dropping" in (page.locator("body").get_attribute("class") or "")
    page.dispatch_event("body", "drop", {"dataTransfer": data})
    playwright.expect(page.locator("#result")).to_be_visible()
    assert "dropping" not in (page.locator("body").get_attribute("class") or "")


def test_dark_and_light_by_system_and_by_switch(page: "Page") -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="light")
    light = page.evaluate(ground)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(ground)
    assert light != dark
    page.locator("#theme").click()
    assert page.evaluate(ground) == light
    page.reload()
    assert page.evaluate(ground) == light


def test_a_phone_shows_the_map_and_opens_the_panel_when_asked(phone: "Page") -> None:
    assert not phone.locator("#panel").is_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.touchscreen.tap(195, 350)
    playwright.expect(phone.locator("#meteogram svg")).to_be_visible()
    box = phone.locator("#panel").bounding_box()
    assert box is not None
    assert box["width"] == PHONE["width"]
    phone.locator("#forget").tap()
    assert not phone.locator("#panel").is_visible()
    phone.locator("#fold").tap()
    assert phone.locator("#panel").is_visible()
    phone.locator("#fold").tap()
    assert not phone.locator("#panel").is_visible()
    phone.locator("#play").tap()
    expect_clock(phone, "nowcast +5 min")


def test_the_skill_panel_is_hidden_until_something_was_verified_and_shows_counts_then(
    page: "Page", store: Store
) -> None:
    assert not page.locator("#skill").is_visible()
    verify(store)
    page.reload()
    playwright.expect(page.locator("#scores polyline")).to_have_count(2)
    assert page.locator("#scores tr").count() == 1 + 3
    page.locator("#threshold").select_option("2")
    row = page.locator("#scores tr").nth(1).locator("td").all_inner_texts()
    methods = httpx.get(page.url.partition("?")[0] + "regions/here/skill").json()["methods"]
    cells = [one["leads"][0]["thresholds"] for one in sorted(methods, key=lambda one: bool(one["yardstick"]))]
    served, yardstick = (next(cell for cell in one if cell["threshold"] == 2) for one in cells)
    events = f"{served['hits'] + served['misses']:,}"
    assert row == ["5 min", f"{served['csi']:.2f}", f"{yardstick['csi']:.2f}", events, "1"]
    page.locator("#score").select_option("far")
    assert page.locator("#scores tr").nth(1).locator("td").nth(1).inner_text() == f"{served['far']:.2f}"
    assert page.locator("#scores").inner_text().endswith(f"Protocol {Protocol.of(*region_of(store)).id}")


def verify(store: Store) -> None:
    """Count one nowcast of each of two methods as the verifier would."""
    protocol, (seen, said) = Protocol.of(*region_of(store)), weather(2).rain
    counted = tally(said, {}, seen, protocol.thresholds, weather(1).grid.pixel_km or 1.0)
    for method in ("persistence", "other"):
        of_all = over_leads({1: counted, 2: counted, 3: counted}, *protocol.shape)
        assert Skill(store.redis).write(protocol, Series(protocol.id, method, "1"), now(), of_all)


def region_of(store: Store) -> tuple[Region, Grid]:
    """The region of the page, and where it lies."""
    return Regions(store.redis).get("here"), weather(1).grid


def test_a_bad_file_is_answered_with_the_sentence_of_the_service(browser: "Browser", served: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(served)
    page.locator("#files").set_input_files({"name": "x.nc", "mimeType": "", "buffer": b"no radar at all"})
    playwright.expect(page.locator("#outcome")).to_contain_text("x.nc")
    assert not page.locator("#progress").is_visible()
    context.close()
