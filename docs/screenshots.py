"""Takes the pictures of docs/viewer.md: a synthetic storm sent to a running service, and its viewer in a real browser.

    nowcast serve --port 8000 &
    python docs/screenshots.py http://127.0.0.1:8000 docs

Makes (or replaces) a region `demo` there. Needs the playwright wheel and Chromium (apt-get install chromium).
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
from radar.frames import Frames
from radar.synthetic import storm

COUNT, STEP = 12, timedelta(minutes=5)
DESKTOP, PHONE = {"width": 1200, "height": 740}, {"width": 390, "height": 800}
COLOURS = 255
"""Of the pictures' palettes: enough for a map, and a third of the size."""


def main(url: str, folder: str) -> None:
    """Send, wait, photograph."""
    with httpx.Client(base_url=url, timeout=60) as client:
        weather = recent(storm((256, 256), COUNT, seed=3, pixel_km=2))
        client.put("/regions/demo", json={"name": "Demonstration", "cadence_minutes": 5}).raise_for_status()
        headers = {"Content-Type": "application/x-netcdf"}
        client.post("/regions/demo/frames", content=netcdf.write(weather), headers=headers).raise_for_status()
        while client.get("/regions/demo/nowcast").status_code != 200:
            time.sleep(1)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        photograph(browser, f"{url}/?region=demo", Path(folder), netcdf.write(weather))
        browser.close()


def recent(frames: Frames) -> Frames:
    """The same frames, the newest at the last step of the clock."""
    last = datetime.fromtimestamp(time.time() // 300 * 300, UTC)
    return replace(frames, times=tuple(last - step * STEP for step in reversed(range(len(frames)))))


def photograph(browser: Browser, address: str, folder: Path, file: bytes) -> None:
    """Past with a meteogram in the light, nowcast in the dark, a phone, an upload."""
    page = opened(browser, address, DESKTOP, "light")
    page.mouse.click(450, 380)
    page.locator("#meteogram svg").wait_for()
    taken(page, folder / "viewer-light.png")
    page = opened(browser, address, DESKTOP, "dark")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    taken(page, folder / "viewer-dark.png")
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
    """A picture once all is drawn, small enough for a repository."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)
    page.screenshot(path=path)
    shrink(path)


def shrink(path: Path) -> None:
    """The same picture with a palette."""
    Image.open(path).convert("RGB").quantize(COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
