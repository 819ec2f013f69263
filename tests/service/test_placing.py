"""Where tiles and places lie on grids, and what is kept at hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.grid import Grid
from service.errors import UnknownTile
from service.tiles.address import Address
from service.tiles.cache import ByteCache
from service.tiles.drawing import mean
from service.tiles.placing import Box, coarser, extent, located, meet, places, rolled, unrolled
from tests.service.map_client import HERE, wide

POLAR = Grid.of((80, 80), (100_000, 0, -4_000_000, 0, -100_000, 4_000_000), "EPSG:3413")


@given(st.integers(0, 12), st.integers(0, 4095), st.integers(0, 4095), st.sampled_from([256, 512]))
def test_a_tile_lies_in_its_box(z: int, x: int, y: int, size: int) -> None:
    address = Address(z, x % 2**z, y % 2**z, size)
    lons, lats = address.lonlat()
    west, south, east, north = address.box
    assert len(lons) == len(lats) == size
    assert west < lons[0] < lons[-1] < east
    assert south < lats[-1] < lats[0] < north


@given(st.floats(-1.5, 1.5), st.floats(-1, 1))
def test_a_place_lies_in_the_pixel_the_grid_itself_finds(east: float, north: float) -> None:
    grid, place = wide(), (HERE[0] + east, HERE[1] + north)
    row, column = np.rint(located(grid, *place))
    assert (None if np.isnan(row) else (row, column)) == grid.pixel(*place)


@pytest.mark.parametrize("address", [Address(4, 8, 5), Address(6, 33, 21), Address(9, 269, 168, 512), Address(0, 0, 0)])
def test_the_window_of_a_tile_leaves_out_nothing_that_lies_on_the_grid(address: Address) -> None:
    found = places(wide(), address)
    whole, _ = located(wide(), *np.meshgrid(*address.lonlat()))
    inside = np.zeros(whole.shape, np.bool_)
    inside[found.window] = ~np.isnan(found.rows)
    np.testing.assert_array_equal(inside, ~np.isnan(whole))


ROTATED = "+proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=0 +lon_0=0"


@pytest.mark.parametrize(
    ("crs", "left", "top", "side", "box"),
    [
        ("EPSG:3413", -4_000_000, 4_000_000, 8_000_000, (-180, 40.901, 180, 90)),
        ("EPSG:3031", -4_000_000, 4_000_000, 8_000_000, (-180, -90, 180, -41.032)),
        (ROTATED, -25, 25, 50, (-180, 55.225, 180, 90)),  # the pole in its middle
        ("EPSG:4326", -180, 90, 360, (-180, -90, 180, 90)),
        ("EPSG:4326", 0, 90, 360, (-180, -90, 180, 90)),
        ("EPSG:4326", -10, 90, 40, (-10, 50, 30, 90)),  # which ends at the pole, but not all around it
        ("EPSG:4326", 170, 20, 10, (170, 10, 180, 20)),
        ("EPSG:4326", -180, 20, 10, (-180, 10, -170, 20)),
        ("EPSG:4326", 180, 20, 10, (-180, 10, -170, 20)),
        ("EPSG:4326", 175, 20, 10, (175, 10, 185, 20)),
        ("EPSG:4326", -185, 20, 10, (175, 10, 185, 20)),
    ],
)
def test_the_extent_of_a_grid(crs: str, left: float, top: float, side: float, box: Box) -> None:
    height = min(side, 180) if crs == "EPSG:4326" else side
    found = extent(Grid.of((80, 80), (side / 80, 0, left, 0, -height / 80, top), crs))
    assert found == pytest.approx(box, abs=1e-3)
    assert found is not None
    assert found[0] >= -180
    assert -90 <= found[1] < found[3] <= 90
    assert unrolled(rolled(found)) == found
    assert rolled(found)[2] <= 180


def test_tiles_around_a_pole_meet_its_extent() -> None:
    box = extent(POLAR)
    assert box is not None
    assert meet(box, Address(3, 0, 0).box)
    assert not meet(box, Address(3, 0, 7).box)


def test_an_extent_leaves_out_no_pixel() -> None:
    grid = wide(64, 40_000)
    west, south, east, north = extent(grid) or (0, 0, 0, 0)
    lon, lat = np.array([grid.lonlat(row, column) for row in range(64) for column in range(64)]).T
    assert (west < lon.min(), south < lat.min(), east > lon.max(), north > lat.max()) == (True,) * 4


def test_a_grid_that_is_nowhere_on_the_earth_has_no_extent() -> None:
    space = Grid.of((4, 4), (1.0, 0, 9e9, 0, -1.0, 9e9), "+proj=geos +h=35785831 +lon_0=0")
    assert extent(space) is None


@pytest.mark.parametrize("wrong", [(13, 0, 0, 256), (0, 1, 0, 256), (0, 0, -1, 256), (0, 0, 0, 255), (-1, 0, 0, 256)])
def test_what_is_no_tile_is_refused(wrong: tuple[int, int, int, int]) -> None:
    with pytest.raises(UnknownTile):
        Address(*wrong)


def test_coarser_pixels_are_the_mean_of_what_was_observed_in_them() -> None:
    rain = np.array([[1, 3, 5], [np.nan, 4, np.nan], [np.nan, np.nan, 9]], np.float32)
    np.testing.assert_array_equal(mean(rain, 2), np.array([[8 / 3, 5], [np.nan, 9]], np.float32))
    assert coarser(wide(5, 1000), 2).shape == (3, 3)


def test_a_cache_lets_go_of_what_was_unused_for_longest() -> None:
    cache: ByteCache[str] = ByteCache(10)
    for name in "abc":
        cache.put(name, name, 4)
        cache.get("a")
    assert [cache.get(name) for name in "abc"] == ["a", None, "c"]
    cache.put("big", "big", 11)
    cache.put("a", "again", 6)
    assert (cache.get("big"), cache.get("a"), len(cache), cache.bytes) == (None, "again", 2, 10)
