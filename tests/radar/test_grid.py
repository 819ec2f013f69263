"""A grid knows where its pixels lie."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.errors import BadFrames, TooLarge
from radar.grid import MAX_SIDE, Grid, check_size
from tests.radar.samples import grid

LONLAT = Grid.of((10, 20), (0.5, 0, 5.0, 0, -0.25, 50.0), 4326)


@given(st.integers(0, 60), st.integers(0, 126))
def test_a_pixel_and_back(row: int, column: int) -> None:
    placed = grid(61, 127)
    assert placed.pixel(*placed.lonlat(row, column)) == (row, column)


def test_centres_of_a_longitude_grid() -> None:
    assert LONLAT.lonlat(0, 0) == pytest.approx((5.25, 49.875))
    assert LONLAT.x[[0, -1]] == pytest.approx([5.25, 14.75])
    assert LONLAT.y[[0, -1]] == pytest.approx([49.875, 47.625])


def test_outside_is_no_pixel() -> None:
    assert LONLAT.pixel(4.9, 49) is None
    assert LONLAT.pixel(6, 51) is None
    assert grid(5, 5).pixel(np.inf, 0) is None


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:3832"])
def test_a_grid_across_the_antimeridian_goes_on_behind_it(crs: str) -> None:
    degree = 1 if crs == "EPSG:4326" else 111_319.49079327357
    left = {"EPSG:4326": 170, "EPSG:3857": 170, "EPSG:3832": 20}[crs]
    across = Grid.of((40, 40), (0.5 * degree, 0, left * degree, 0, -0.5 * degree, 10 * degree), crs)
    found = [across.pixel(lon, 0.1) for lon in (170.1, 179.9, -179.9, -170.1)]
    assert found == [(19, 0), (19, 19), (19, 20), (19, 39)]
    assert across.pixel(-169, 0.1) is None
    assert across.pixel(169, 0.1) is None


def test_pixel_size_on_the_ellipsoid() -> None:
    assert grid(61, 127).pixel_km == pytest.approx(1, rel=0.1)
    assert Grid.picture((3, 4)).pixel_km is None


def test_a_picture_has_no_longitude() -> None:
    with pytest.raises(BadFrames, match="no coordinate reference system"):
        Grid.picture((3, 4)).lonlat(0, 0)


def test_a_picture_has_its_row_0_on_top() -> None:
    assert Grid.picture((3, 4)).y.tolist() == [2.5, 1.5, 0.5]


@pytest.mark.parametrize("transform", [(0, 0, 0, 0, 1, 0), (1, 0, np.nan, 0, 1, 0), (1, 1, 0, 1, 1, 0)])
def test_a_transform_must_be_invertible(transform: tuple[float, ...]) -> None:
    with pytest.raises(BadFrames, match="not invertible"):
        Grid(3, 4, transform)  # type: ignore[arg-type]


def test_a_grid_needs_a_pixel() -> None:
    with pytest.raises(BadFrames, match="at least one pixel"):
        Grid.picture((0, 4))


def test_a_crs_must_be_understood() -> None:
    with pytest.raises(BadFrames, match="cannot be understood"):
        Grid.of((3, 4), (1, 0, 0, 0, 1, 0), "EPSG:nonsense")


def test_declared_sizes() -> None:
    check_size(16, MAX_SIDE, MAX_SIDE)
    with pytest.raises(TooLarge, match="5000 x 5000 pixels; the largest served is 4096 x 4096"):
        check_size(1, 5000, 5000)
    with pytest.raises(TooLarge, match="send fewer frames"):
        check_size(17, MAX_SIDE, MAX_SIDE)
