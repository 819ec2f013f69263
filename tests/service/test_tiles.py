"""Map tiles over HTTP: RainViewer's way, TileJSON and XYZ, their colours, seams and caching."""

import time
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from jobs.store import Store
from radar.formats import netcdf
from radar.formats.picture import CLEAR, MISSING, PALETTE
from radar.frames import Frames, stamp
from radar.grid import Grid
from tests.regions import STEP, now
from tests.service.bodies import NETCDF
from tests.service.map_client import HERE, around, pixels, shown, striped, tile, wide
from tests.service.problem import problem
from tests.service.region_client import URL, put, send
from tests.waiting import until

ZOOM = 6
COLOURS = dict(PALETTE)


@pytest.fixture
def mapped(client: httpx.Client) -> httpx.Client:
    """A client of a gateway with frames and a nowcast of a wide region."""
    return shown(client, striped(2, 1, 0))


def maps(client: httpx.Client) -> dict[str, Any]:
    said: dict[str, Any] = client.get("/public/weather-maps.json").json()
    return said


def rainviewer(client: httpx.Client, path: str, z: int = ZOOM, size: int = 256, end: str = "1/1_1") -> httpx.Response:
    x, y = around(HERE, z)
    return client.get(f"{path}/{size}/{z}/{x}/{y}/{end}.png")


def test_the_list_of_maps_is_what_rainviewers_clients_read(mapped: httpx.Client) -> None:
    said = maps(mapped)
    assert set(said) == {"version", "generated", "host", "radar", "satellite"}
    assert said["version"] == "2.0"
    assert abs(said["generated"] - time.time()) < 60
    assert said["host"] == str(mapped.base_url).rstrip("/")
    assert said["satellite"] == {"infrared": []}
    at = now().timestamp()
    assert [frame["time"] for frame in said["radar"]["past"]] == [at - 600, at - 300, at]
    assert [frame["time"] for frame in said["radar"]["nowcast"]] == [at + 300, at + 600, at + 900]


def test_a_rainviewer_client_finds_a_tile_behind_every_path(mapped: httpx.Client) -> None:
    said = maps(mapped)
    x, y = around(HERE, ZOOM)
    for frame in said["radar"]["past"] + said["radar"]["nowcast"]:
        for size in (256, 512):
            for end in ("2/1_1", "0/0_0", "8/0_1", "4/1"):
                answer = mapped.get(f"{said['host']}{frame['path']}/{size}/{ZOOM}/{x}/{y}/{end}.png")
                assert pixels(answer).shape == (size, size, 4)
                assert answer.headers["content-type"] == "image/png"
                assert answer.headers["access-control-allow-origin"] == "*"


def test_rain_lies_where_it_fell(mapped: httpx.Client) -> None:
    x, y = around(HERE, 8)
    drawn = pixels(tile(mapped, stamp(now()), 8, x, y, smooth=False))
    column = int(((HERE[0] + 180) / 360 * 2**8 - x) * 256)
    rain = next(colour for rate, colour in reversed(PALETTE) if rate <= 3)
    assert (drawn[128, : column - 2] == CLEAR).all()
    assert (drawn[128, column + 2 :] == rain).all()


def test_what_was_not_observed_is_grey_for_one_region_and_clear_on_the_map_of_all(mapped: httpx.Client) -> None:
    x, y = around((HERE[0], HERE[1] + 1.0), 12)
    assert (pixels(tile(mapped, stamp(now()), 12, x, y)) == MISSING).all()
    assert (pixels(tile(mapped, stamp(now()), 12, x, y, missing=False))[..., 3] == 0).all()
    path = maps(mapped)["radar"]["past"][-1]["path"]
    assert (pixels(mapped.get(f"{path}/256/12/{x}/{y}/1/1_1.png"))[..., 3] == 0).all()


@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize("z", [0, 3, 5, 7])
def test_tiles_meet_without_a_seam(mapped: httpx.Client, z: int, smooth: bool) -> None:
    x, y = around(HERE, z)
    whole = pixels(tile(mapped, stamp(now()), z, x, y, size=512, smooth=smooth))
    four = [[tile(mapped, stamp(now()), z + 1, 2 * x + n, 2 * y + m, smooth=smooth) for n in (0, 1)] for m in (0, 1)]
    joined = np.concatenate([np.concatenate([pixels(part) for part in row], 1) for row in four])
    np.testing.assert_array_equal(joined, whole)
    assert len(np.unique(whole)) > 1


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:3832"])
def test_a_region_across_the_antimeridian_is_on_both_sides_of_it(client: httpx.Client, crs: str) -> None:
    shown(client, striped(1, 0, grid=pacific(crs)))
    middle = 2**6
    for x, wet in ((middle - 1, False), (0, True)):
        drawn = pixels(tile(client, stamp(now()), 6, x, 32, smooth=False, missing=False))
        assert (drawn[128, :, 3] > 0).all() == wet, x
        assert (drawn[128, :, 3] == 0).all() == (not wet), x
    said = client.get(f"{URL}/tiles.json").json()
    assert abs(abs(said["center"][0]) - 180) < 1
    assert (said["bounds"][0], said["bounds"][2]) == (-180, 180)
    assert said["bbox"] == pytest.approx([170, *said["bounds"][1:2], -170, *said["bounds"][3:]])


def pacific(crs: str) -> Grid:
    """A grid of 20 degrees around 180° E 0° N, rain beginning at the antimeridian."""
    degree = 111_319.49079327357
    left = {"EPSG:4326": 170, "EPSG:3857": 170 * degree, "EPSG:3832": 20 * degree}[crs]
    pixel = 20 / 40 * (1 if crs == "EPSG:4326" else degree)
    return Grid.of((40, 40), (pixel, 0, left, 0, -pixel, 20 * pixel), crs)


def test_the_finer_region_is_on_top_and_the_coarser_fills_what_it_does_not_see(mapped: httpx.Client) -> None:
    fine = wide(32, 1000)
    put(mapped, "fine", grid={"height": 32, "width": 32, "transform": fine.transform, "crs": fine.crs})
    rain = np.full((1, 32, 32), 50, np.float32)
    rain[:, :16] = np.nan
    sent = Frames(rain, (now(),), fine)
    before = maps(mapped)["radar"]["past"][-1]["path"]
    mapped.post("/regions/fine/frames", content=netcdf.write(sent), headers=NETCDF)
    until(lambda: maps(mapped)["radar"]["past"][-1]["path"] != before)
    assert (corner(mapped, 0.1, -0.07) == COLOURS[40]).all()
    assert (corner(mapped, 0.1, 0.07) == COLOURS[2]).all()


def corner(client: httpx.Client, east: float, north: float) -> NDArray[np.uint8]:
    """A small tile so many degrees from the middle."""
    x, y = around((HERE[0] + east, HERE[1] + north), 12)
    path = maps(client)["radar"]["past"][-1]["path"]
    return pixels(client.get(f"{path}/256/12/{x}/{y}/1/0_0.png"))


def test_a_tile_that_names_its_version_may_be_kept(mapped: httpx.Client) -> None:
    path = maps(mapped)["radar"]["past"][0]["path"]
    answer = rainviewer(mapped, path)
    assert answer.headers["cache-control"] == "public, max-age=86400, immutable"
    assert rainviewer(mapped, path.rpartition("_")[0]).headers["cache-control"] == "public, max-age=30"
    assert rainviewer(mapped, path.rpartition("_")[0] + "_0123").content == answer.content
    again = mapped.get(answer.url, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])


def test_a_frame_that_is_sent_again_is_another_version(mapped: httpx.Client) -> None:
    before = mapped.get(f"{URL}/tiles.json").json()["frames"]
    old = mapped.get(before[2]["tiles"].format(z=6, x=33, y=21))
    sent = striped(0)
    send(mapped, replace(sent, rain=sent.rain * 2))
    until(lambda: mapped.get(f"{URL}/tiles.json").json()["frames"][2] != before[2])
    after = mapped.get(f"{URL}/tiles.json").json()["frames"]
    assert after[:2] == before[:2]
    new = mapped.get(after[2]["tiles"].format(z=6, x=33, y=21))
    assert new.content != old.content
    late = mapped.get(before[2]["tiles"].format(z=6, x=33, y=21))
    assert (late.content, late.headers["cache-control"]) == (new.content, "public, max-age=30")


def test_tilejson_names_every_frame(mapped: httpx.Client) -> None:
    said = mapped.get(f"{URL}/tiles.json").json()
    assert (said["tilejson"], said["scheme"], said["minzoom"], said["maxzoom"]) == ("3.0.0", "xyz", 0, 12)
    west, south, east, north = said["bounds"]
    assert west < HERE[0] < east
    assert south < HERE[1] < north
    times = [datetime.fromisoformat(frame["time"]) for frame in said["frames"]]
    assert times == [now() + step * STEP for step in (-2, -1, 0, 1, 2, 3)]
    assert [frame["kind"] for frame in said["frames"]] == ["observed"] * 3 + ["nowcast"] * 3
    x, y = around(HERE, ZOOM)
    for frame in said["frames"]:
        answer = mapped.get(frame["tiles"].format(z=ZOOM, x=x, y=y))
        assert pixels(answer).any()
        assert "immutable" in answer.headers["cache-control"]
    newest = mapped.get(said["tiles"][0].format(z=ZOOM, x=x, y=y))
    assert newest.content == tile(mapped, stamp(now()), ZOOM, x, y).content
    assert mapped.get(newest.url, headers={"If-None-Match": newest.headers["etag"]}).status_code == 304
    assert len(mapped.get(f"{URL}/tiles.json", params={"hours": 0}).json()["frames"]) == 4


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/regions/here/tiles/latest/13/0/0.png", "unknown-tile"),
        ("/regions/here/tiles/latest/-1/0/0.png", "unknown-tile"),
        ("/regions/here/tiles/latest/2/4/0.png", "unknown-tile"),
        ("/regions/here/tiles/latest/2/0/-1.png", "unknown-tile"),
        ("/regions/here/tiles/latest/2/0/0.png?size=100", "unknown-tile"),
        ("/regions/here/tiles/latest/2/0/0.png?color=77", "unknown-tile"),
        ("/regions/here/tiles/2016-09-28T14:45:00Z/2/0/0.png", "unknown-frame"),
        ("/regions/here/tiles/2016-09-28T14:45:00/2/0/0.png", "unknown-frame"),
        ("/regions/here/tiles/yesterday/2/0/0.png", "unknown-frame"),
        ("/regions/there/tiles/latest/2/0/0.png", "unknown-region"),
        ("/regions/there/tiles.json", "unknown-region"),
        ("/v2/radar/1475073900/256/2/0/0/1/1_1.png", "unknown-frame"),
        ("/v2/radar/99999999999/256/2/0/0/1/1_1.png", "unknown-frame"),
        ("/v2/radar/soon/256/2/0/0/1/1_1.png", "unknown-frame"),
        ("/v2/radar/1475073900/256/13/0/0/1/1_1.png", "unknown-tile"),
        ("/v2/radar/1475073900/256/2/0/0/1/2_1.png", "unknown-tile"),
        ("/v2/radar/1475073900/256/2/0/0/11/1_1.png", "unknown-tile"),
        ("/tiles/legend.json?color=12", "unknown-tile"),
        ("/tiles/legend.png?color=-1", "unknown-tile"),
    ],
)
def test_what_is_not_there_is_said_to_be_unknown(mapped: httpx.Client, path: str, name: str) -> None:
    problem(mapped.get(path), 404, name)


def test_what_is_no_number_is_refused(idle: httpx.Client) -> None:
    problem(idle.get("/v2/radar/1475073900/256/two/0/0/1/1_1.png"), 422, "invalid-request")


def test_without_frames_there_is_an_empty_list_and_no_tile(idle: httpx.Client) -> None:
    assert maps(idle)["radar"] == {"past": [], "nowcast": []}
    put(idle)
    problem(idle.get(f"{URL}/tiles.json"), 404, "unknown-frame")
    problem(idle.get(f"{URL}/tiles/latest/0/0/0.png"), 404, "unknown-frame")


def test_a_damaged_region_does_not_take_the_map_of_the_others(mapped: httpx.Client, store: Store) -> None:
    put(mapped, "broken", grid=None)
    store.redis.hset("nowcast:region:broken:history", mapping={"grid": "no grid", "revision": "7"})
    time.sleep(1.1)
    said = maps(mapped)
    assert len(said["radar"]["past"]) == 3
    pixels(rainviewer(mapped, said["radar"]["past"][-1]["path"]))


def test_legends_name_the_rain_rates_of_the_colours(idle: httpx.Client) -> None:
    said = idle.get("/tiles/legend.json").json()
    assert said["units"] == "mm/h"
    assert [step["value"] for step in said["steps"]] == pytest.approx([rate for rate, _ in PALETTE])
    assert said["steps"][0]["color"] == "#{:02x}{:02x}{:02x}".format(*PALETTE[0][1])
    for color in range(10):
        assert pixels(idle.get("/tiles/legend.png", params={"color": color})).any()
