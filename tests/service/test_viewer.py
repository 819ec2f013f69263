"""The files of the viewer as the gateway serves them."""

import re
import struct
from collections.abc import Iterator

import httpx
import numpy as np
from numpy.typing import NDArray

from service.routes.viewer import FOLDER, files
from tests.service.problem import problem

MOST_BYTES = 200_000


def test_the_page_may_load_nothing_from_elsewhere(idle: httpx.Client) -> None:
    answer = idle.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert re.findall(r'(?:src|href)="(?:https?:)?//', answer.text) == []
    assert re.findall(r"<script>|<style>| style=| on[a-z]+=", answer.text) == []


def test_every_part_the_page_and_its_modules_name_is_there(idle: httpx.Client) -> None:
    named = set(re.findall(r'(?:src|href)="(viewer/[^"]+)"', idle.get("/").text))
    for module in FOLDER.glob("*.js"):
        named |= {f"viewer/{part}" for part in re.findall(r'from "\./([^"]+)"', module.read_text())}
    assert len(named) > 10
    for part in named:
        assert idle.get(f"/{part}").status_code == 200, part


def test_it_loads_in_under_200_kb() -> None:
    assert sum(len(file.packed) for file in files().values()) < MOST_BYTES


def test_it_is_sent_compressed_and_once(idle: httpx.Client) -> None:
    answer = idle.get("/viewer/main.js", headers={"Accept-Encoding": "gzip"})
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert answer.text == (FOLDER / "main.js").read_text()
    plain = idle.get("/viewer/main.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == answer.text
    again = idle.get("/viewer/main.js", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_nothing_else_can_be_asked_for(idle: httpx.Client) -> None:
    for path in ("nothing.js", "../app.py", "..%2Fapp.py", "leaflet/LICENSE", ""):
        problem(idle.get(f"/viewer/{path}"), 404, "not-found")


def test_land_goes_on_across_the_antimeridian() -> None:
    """An outline that leapt back would draw a line across the whole map."""
    wide = [line for line in outlines((FOLDER / "coast.bin").read_bytes()) if np.ptp(line) > 300 * 100]
    assert len(wide) == 1  # Antarctica
    assert max(line.max() for line in outlines((FOLDER / "coast.bin").read_bytes())) > 180 * 100


def outlines(body: bytes) -> Iterator[NDArray[np.int_]]:
    """The longitudes of each line, in hundredths of a degree, as docs/coastlines.py writes them."""
    at = 2
    while at < len(body):
        steps, first, _ = struct.unpack_from("<Hhh", body, at)
        yield np.cumsum([first, *np.frombuffer(body, np.int8, 2 * steps, at + 6)[::2]])
        at += 6 + 2 * steps
