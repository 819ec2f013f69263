"""A grid knows where its pixels lie."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.errors import BadFrames, TooLarge
from radar.grid import MAX_SIDE, Grid, check_size, same_place
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


def moved(one: Grid, by: float) -> Grid:
    """A grid so many pixels further to the right."""
    a, b, c, d, e, f = one.transform
    return Grid(*one.shape, (a, b, c + a * by, d, e, f + d * by), one.crs)


@pytest.mark.parametrize("side", [1e-5, 1.0, 1e3, 1e6])
def test_how_far_grids_may_be_apart_is_counted_in_pixels(side: float) -> None:
    """Of metres, with an origin as far off as that of many projections."""
    one = Grid.of((40, 31), (side, 0, 4_321_000, 0, -side, 3_210_000), "EPSG:3035")
    assert same_place(one, moved(one, 0.005))
    assert not same_place(one, moved(one, 0.05))


@pytest.mark.parametrize(
    "other",
    [
        Grid(10, 21, LONLAT.transform, LONLAT.crs),
        Grid(10, 20, (0.501, 0, 5.0, 0, -0.25, 50.0), LONLAT.crs),
        Grid(10, 20, (0.5, 0, 5.0, 0, 0.25, 47.5), LONLAT.crs),
        Grid(10, 20, LONLAT.transform),
        Grid.of((10, 20), LONLAT.transform, 4258),
    ],
    ids=["shape", "step", "direction", "nowhere", "crs"],
)
def test_what_is_another_place(other: Grid) -> None:
    assert not same_place(LONLAT, other)
    assert same_place(LONLAT, Grid(10, 20, LONLAT.transform, LONLAT.crs))


def test_pixel_size_on_the_ellipsoid() -> None:
    assert grid(61, 127).pixel_km == pytest.approx(1, rel=0.1)
    assert Grid.picture((3, 4)).pixel_km is None


def test_a_picture_has_no_longitude() -> None:
    with pytest.raises(BadFrames, match="no coordinate reference system"):
        Grid.picture((3, 4)).lonlat(0, 0)


def test_a_picture_has_its_row_0_on_top() -> None:
    assert Grid.picture((3, 4)).y.tolist() == [2.5, 1.5, 0.5]


@pytest.mark.parametrize(
    "crs",
    ["+proj=longlat +nadgrids=/etc/passwd", "+proj=merc +geoidgrids = @x,y", "+init=/etc/passwd:root", "a" * 20_001],
)
def test_a_crs_that_opens_files_or_has_no_end_is_refused(crs: str) -> None:
    with pytest.raises(BadFrames, match=r"names a file|too long"):
        Grid.of((2, 2), (1, 0, 0, 0, -1, 0), crs)


@pytest.mark.parametrize("crs", ["+proj=merc +a=6378137 +b=6378137 +nadgrids=@null +no_defs", "+init=epsg:4326"])
@pytest.mark.filterwarnings("ignore:.*init.*:FutureWarning")
def test_files_that_are_none_may_be_named(crs: str) -> None:
    assert Grid.of((2, 2), (1, 0, 0, 0, -1, 0), crs).crs


def test_another_planet_has_no_longitude() -> None:
    with pytest.raises(BadFrames, match="No way leads"):
        Grid.of((2, 2), (1, 0, 0, 0, -1, 0), "+proj=merc +a=1e-300").pixel(0, 0)


@pytest.mark.parametrize("transform", [(0, 0, 0, 0, 1, 0), (1, 0, np.nan, 0, 1, 0), (1, 1, 0, 1, 1, 0), (1e300,) * 6])
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
