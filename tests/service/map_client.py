"""What tests of maps ask a gateway for."""

import io
import math
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from radar.frames import Frames
from radar.grid import Grid
from tests.regions import STEP, now
from tests.service.region_client import PLAN, URL, nowcast, send
from tests.waiting import until

HERE = (10.0, 52.0)
"""Longitude and latitude of the middle of what `wide` covers."""
SIDE = 64


def wide(side: int = SIDE, pixel: float = 4000) -> Grid:
    """A grid around HERE, which is the centre of its projection."""
    half = side * pixel / 2
    return Grid.of((side, side), (pixel, 0, 4_321_000 - half, 0, -pixel, 3_210_000 + half), "EPSG:3035")


def striped(*steps: int, grid: Grid | None = None) -> Frames:
    """Frames with rain in the east, none in the west, and nothing observed along the northern edge."""
    place = grid or wide()
    rain = np.zeros((len(steps), *place.shape), np.float32)
    rain[:, :, place.width // 2 :] = np.reshape(steps, (-1, 1, 1)) + 3.0
    rain[:, : place.height // 8] = np.nan
    end = now()
    return Frames(rain, tuple(end - step * STEP for step in steps), place)


def around(place: tuple[float, float], zoom: int) -> tuple[int, int]:
    """x and y of the tile a longitude and latitude lie in."""
    lon, lat = place
    down = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return int((lon + 180) / 360 * 2**zoom), int(down * 2**zoom)


def pixels(response: httpx.Response) -> NDArray[np.uint8]:
    """Red, green, blue, opacity of a tile."""
    assert response.status_code == 200, response.text
    return np.asarray(Image.open(io.BytesIO(response.content)).convert("RGBA"))


def shown(client: httpx.Client, sent: Frames, **plan: Any) -> httpx.Client:
    """A client of a gateway with a region that has these frames and a nowcast."""
    grid = {
        "height": sent.grid.height,
        "width": sent.grid.width,
        "transform": sent.grid.transform,
        "crs": sent.grid.crs,
    }
    client.put(URL, json={**PLAN, "grid": grid, **plan})
    answer = send(client, sent)
    assert answer.status_code == 200, answer.text
    until(lambda: nowcast(client).status_code == 200)
    until(lambda: client.get("/public/weather-maps.json").json()["radar"]["nowcast"])
    return client


def tile(client: httpx.Client, time: str, z: int, x: int, y: int, **query: object) -> httpx.Response:
    """A tile of the region `here`."""
    return client.get(f"{URL}/tiles/{time}/{z}/{x}/{y}.png", params=query)  # type: ignore[arg-type]
