"""Takes the pictures of docs/viewer.md: a synthetic storm sent to a running service, and its viewer in a real browser.

    nowcast serve --port 8000 &
    python docs/screenshots.py http://127.0.0.1:8000 docs

Makes (or replaces) a region `demo` there, and lets it see the storm frame by frame, so that the time machine has
something to go back to: a few minutes. Needs the playwright wheel and Chromium (apt-get install chromium).
"""

import shutil
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from radar.formats import netcdf
from radar.frames import Frames, stamp
from radar.synthetic import storm

COUNT, FIRST, STEP = 24, 8, timedelta(minutes=5)
"""Frames of the storm, those of them that are sent together, and the time between two."""
DESKTOP, PHONE = {"width": 1200, "height": 740}, {"width": 390, "height": 800}
DRAWN = '.leaflet-said-pane .tiles:not([style*="opacity: 0;"]) .leaflet-tile-loaded'
"""There once the frame that is wanted is on the map."""


def main(url: str, folder: str) -> None:
    """Send, wait, photograph."""
    with httpx.Client(base_url=url, timeout=60) as client:
        weather = recent(storm((256, 256), COUNT, seed=3, pixel_km=2))
        client.put("/regions/demo", json={"name": "Demonstration", "cadence_minutes": 5}).raise_for_status()
        for count in range(FIRST, COUNT + 1):
            send(client, part(weather, 0 if count == FIRST else count - 1, count))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        photograph(browser, f"{url}/?region=demo", Path(folder), netcdf.write(part(weather, COUNT - 6, COUNT)))
        browser.close()


def send(client: httpx.Client, frames: Frames) -> None:
    """Send frames, and wait until there is a nowcast that follows them, and nowcasts of them to go back to."""
    headers = {"Content-Type": "application/x-netcdf"}
    client.post("/regions/demo/frames", content=netcdf.write(frames), headers=headers).raise_for_status()
    while not kept(client, stamp(frames.times[-1])):
        time.sleep(1)


def kept(client: httpx.Client, time: str) -> bool:
    """True once the nowcast that is served begins at a time, and stands in the archive beside its yardsticks."""
    answer = client.get("/regions/demo/tiles.json")
    run = (answer.json()["run"] or {}) if answer.status_code == 200 else {}
    return bool(run.get("reference_time") == time and len(run["methods"]) > 1)


def part(frames: Frames, first: int, end: int) -> Frames:
    """Some of the frames."""
    return replace(frames, rain=frames.rain[first:end], times=frames.times[first:end])


def recent(frames: Frames) -> Frames:
    """The same frames, the newest at the last step of the clock."""
    last = datetime.fromtimestamp(time.time() // 300 * 300, UTC)
    return replace(frames, times=tuple(last - step * STEP for step in reversed(range(len(frames)))))


def photograph(browser: Browser, address: str, folder: Path, file: bytes) -> None:
    """Past with a meteogram in the light, nowcast and chance in the dark, the time machine, an upload, a phone."""
    page = opened(browser, address, DESKTOP, "light")
    page.mouse.click(450, 380)
    page.locator("#meteogram svg").wait_for()
    taken(page, folder / "viewer-light.png")
    page = opened(browser, address, DESKTOP, "dark")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    taken(page, folder / "viewer-dark.png")
    page.keyboard.press("2")
    page.mouse.click(450, 380)
    page.locator("#meteogram svg").wait_for()
    taken(page, folder / "viewer-chance.png")
    page.keyboard.press("0")
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    page.locator("#divide").wait_for()
    page.locator(".leaflet-came-pane .leaflet-tile-loaded").first.wait_for(state="attached")
    taken(page, folder / "viewer-then.png")
    page.keyboard.press("m")
    page.locator("#files").set_input_files({"name": "radar.nc", "mimeType": "", "buffer": file})
    page.locator("#result").wait_for()
    page.locator("#result").scroll_into_view_if_needed()
    taken(page, folder / "viewer-upload.png")
    page = opened(browser, address, PHONE, "dark")
    page.keyboard.press("ArrowRight")
    taken(page, folder / "viewer-phone.png")


def opened(browser: Browser, address: str, size: dict[str, int], theme: str) -> Page:
    """The viewer with its first tiles."""
    page = browser.new_page(viewport=size, color_scheme=theme)  # type: ignore[arg-type]
    page.goto(address)
    page.locator(".leaflet-tile-loaded").first.wait_for(state="attached")
    return page


def taken(page: Page, path: Path) -> None:
    """A picture once all is drawn, as small as it goes without loss."""
    page.wait_for_load_state("networkidle")
    page.locator(DRAWN).first.wait_for(state="attached")
    page.wait_for_timeout(1500)
    page.screenshot(path=path)
    Image.open(path).convert("RGB").save(path, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
