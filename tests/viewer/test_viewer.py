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
from tests.viewer.conftest import NAMELESS, PATIENCE_MS, viewed, weather

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def phone(browser: "Browser", served: str) -> Iterator["Page"]:
    """The viewer on a phone that likes it dark."""
    yield from viewed(browser, served, PHONE, has_touch=True, color_scheme="dark")


def expect_clock(page: "Page", text: str) -> None:
    playwright.expect(page.locator("#clock")).to_contain_text(text)


def pressed(page: "Page", so: str) -> None:
    """Whether it plays, as the button says."""
    playwright.expect(page.locator("#play")).to_have_attribute("aria-pressed", so)


def test_it_opens_at_the_newest_observation(page: "Page") -> None:
    expect_clock(page, "newest observation")
    playwright.expect(page.locator("#badge")).to_have_text("OBSERVED")
    playwright.expect(page.locator("#region option")).to_have_text(["Harz"])
    playwright.expect(page.locator("#facts")).to_contain_text("persistence")
    playwright.expect(page.locator("#facts")).to_contain_text("data age")
    playwright.expect(page.locator("#legend b")).to_have_text("Rain rate, mm/h")
    playwright.expect(page.locator("#layers")).to_be_hidden()
    playwright.expect(page.locator("#banner")).to_be_hidden()


def test_it_plays_from_what_was_seen_into_what_is_expected(page: "Page") -> None:
    page.locator("#play").click()
    expect_clock(page, "nowcast")  # it goes round and round: what is missed once comes again
    playwright.expect(page.locator("#badge")).to_contain_text("NOWCAST +")
    playwright.expect(page.locator("body")).to_have_class(re.compile(r"\bahead\b"))
    page.locator("#play").click()
    pressed(page, "false")


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
    pressed(page, "true")
    page.keyboard.press("Space")
    pressed(page, "false")


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
    page.keyboard.press("?")  # what is slid keeps only the keys that slide it
    playwright.expect(page.locator("#keys")).to_be_visible()


def test_a_click_asks_for_the_rain_at_a_place(page: "Page") -> None:
    page.mouse.click(480, 400)
    playwright.expect(page.locator("#meteogram svg")).to_be_visible()
    for bars, count in (("rect.seen", 6), ("rect.ahead", 3), ("line.break", 1)):
        playwright.expect(page.locator(f"#meteogram {bars}")).to_have_count(count)
    page.locator("#forget").click()
    playwright.expect(page.locator("#place")).to_be_hidden()
    playwright.expect(page.locator("#map")).to_be_focused()


def test_a_click_far_away_says_that_no_radar_looks_there(page: "Page") -> None:
    for _ in range(3):
        page.keyboard.press("-")
    page.mouse.click(60, 600)  # which is far away before the map has come to rest, too
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
    saved = page.locator("#own-downloads a", has_text="NetCDF")
    playwright.expect(saved).to_have_attribute("href", re.compile(r"^/nowcasts/[0-9a-f]{32}\.nc$"))
    page.locator("#storm").click()
    playwright.expect(page.locator("#replayed")).to_contain_text("Replay: 0 of 4 frames")
    shown = page.locator("#replayed a")
    playwright.expect(shown).to_have_attribute("href", re.compile(r"^\?region=here-replay-[0-9a-f]{8}$"))


def test_a_file_can_be_dropped_anywhere(page: "Page") -> None:
    body = list(netcdf.write(weather(3)))
    data = page.evaluate_handle(
        "(bytes) => { const data = new DataTransfer();"
        "data.items.add(new File([new Uint8Array(bytes)], 'frames.nc')); return data; }",
        body,
    )
    page.dispatch_event("body", "dragenter", {"dataTransfer": data})
    playwright.expect(page.locator("body")).to_have_class(re.compile("dropping"))
    page.dispatch_event("body", "drop", {"dataTransfer": data})
    playwright.expect(page.locator("#result")).to_be_visible()
    playwright.expect(page.locator("body")).not_to_have_class(re.compile("dropping"))


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
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


def test_a_phone_shows_the_map_and_opens_the_panel_when_asked(phone: "Page") -> None:
    panel = phone.locator("#panel")
    playwright.expect(panel).to_be_hidden()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.touchscreen.tap(195, 350)
    playwright.expect(phone.locator("#meteogram svg")).to_be_visible()
    box = panel.bounding_box()
    assert box is not None
    assert box["width"] == PHONE["width"]
    phone.locator("#forget").tap()
    playwright.expect(panel).to_be_hidden()
    phone.locator("#fold").tap()
    playwright.expect(panel).to_be_visible()
    assert NAMELESS.findall(phone.locator("body").aria_snapshot()) == []
    phone.locator("#fold").tap()
    playwright.expect(panel).to_be_hidden()
    phone.locator("#play").tap()
    expect_clock(phone, "nowcast +")


def test_the_skill_panel_is_hidden_until_something_was_verified_and_shows_counts_then(
    page: "Page", store: Store
) -> None:
    playwright.expect(page.locator("#skill")).to_be_hidden()
    verify(store)
    page.reload()
    playwright.expect(page.locator("#scores polyline")).to_have_count(2)
    playwright.expect(page.locator("#scores tr")).to_have_count(1 + 3)
    page.locator("#threshold").select_option("2")
    row = page.locator("#scores tr").nth(1).locator("td")
    methods = httpx.get(page.url.partition("?")[0] + "regions/here/skill", timeout=60).json()["methods"]
    cells = [one["leads"][0]["thresholds"] for one in sorted(methods, key=lambda one: bool(one["yardstick"]))]
    served, yardstick = (next(cell for cell in one if cell["threshold"] == 2) for one in cells)
    events = f"{served['hits'] + served['misses']:,}"
    playwright.expect(row).to_have_text(["5 min", f"{served['csi']:.2f}", f"{yardstick['csi']:.2f}", events, "1"])
    assert NAMELESS.findall(page.locator("body").aria_snapshot()) == []
    page.locator("#score").select_option("far")
    playwright.expect(row.nth(1)).to_have_text(f"{served['far']:.2f}")
    protocol = re.escape(Protocol.of(*region_of(store)).id)
    playwright.expect(page.locator("#scores")).to_have_text(re.compile(f"Protocol {protocol}$"))


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
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(served)
    page.locator("#files").set_input_files({"name": "x.nc", "mimeType": "", "buffer": b"no radar at all"})
    playwright.expect(page.locator("#outcome")).to_contain_text("x.nc")
    playwright.expect(page.locator("#progress")).to_be_hidden()
    context.close()
