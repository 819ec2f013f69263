"""Rain on one grid read off at the pixels of another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from radar.errors import BadFrames
from radar.frames import Rain
from radar.grid import Grid
from radar.regrid import Reading, regrid

READINGS: tuple[Reading, ...] = ("bilinear", "nearest")
KM = Grid.of((40, 30), (1000, 0, 4_321_000, 0, -1000, 3_210_000), "EPSG:3035")


def moved(grid: Grid, rows: float, columns: float, shape: tuple[int, int] | None = None) -> Grid:
    """A grid of the same pixels, so many further down and right."""
    a, b, c, d, e, f = grid.transform
    place = (a, b, c + a * columns + b * rows, d, e, f + d * columns + e * rows)
    return Grid(*(shape or grid.shape), place, grid.crs)


def ramp(grid: Grid) -> Rain:
    """Rain that grows evenly to the right and downwards."""
    rows, columns = np.indices(grid.shape)
    return (rows + 10 * columns)[np.newaxis].astype(np.float32)


@pytest.mark.parametrize("reading", READINGS)
def test_the_same_place_is_left_alone(reading: Reading) -> None:
    rain = ramp(KM)
    again = Grid.of(KM.shape, KM.transform, "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80")
    assert regrid(rain, KM, moved(KM, 1e-9, 0), reading) is rain
    np.testing.assert_allclose(regrid(rain, KM, again, reading), rain, atol=1e-3)


@pytest.mark.parametrize("reading", READINGS)
@given(rows=st.integers(-45, 45), columns=st.integers(-35, 35))
def test_whole_pixels_are_a_cut(reading: Reading, rows: int, columns: int) -> None:
    rain = ramp(KM)
    expected = np.full_like(rain[0], np.nan)
    for row in range(KM.height):
        for column in range(KM.width):
            if 0 <= row + rows < KM.height and 0 <= column + columns < KM.width:
                expected[row, column] = rain[0, row + rows, column + columns]
    read = regrid(rain, KM, moved(KM, rows, columns), reading)[0]
    np.testing.assert_array_equal(np.isnan(read), np.isnan(expected))
    np.testing.assert_allclose(read, expected, atol=1e-3)


@given(rows=st.floats(0, 5), columns=st.floats(0, 5))
def test_a_ramp_stays_a_ramp_between_pixels(rows: float, columns: float) -> None:
    read = regrid(ramp(KM), KM, moved(KM, rows, columns, (30, 20)))
    np.testing.assert_allclose(read[0], ramp(KM)[0, :30, :20] + rows + 10 * columns, atol=1e-2)


@given(rows=st.floats(-0.49, 0.49), columns=st.floats(-0.49, 0.49))
def test_the_nearest_pixel_is_the_one_it_lies_in(rows: float, columns: float) -> None:
    read = regrid(ramp(KM), KM, moved(KM, rows, columns, KM.shape), "nearest")
    np.testing.assert_array_equal(read, ramp(KM))


def test_a_flipped_grid_has_the_same_rain() -> None:
    a, b, c, d, e, f = KM.transform
    flipped = Grid(*KM.shape, (a, b, c, d, -e, f + KM.height * e), KM.crs)
    np.testing.assert_allclose(regrid(ramp(KM), KM, flipped)[0], ramp(KM)[0, ::-1], atol=1e-3)


def test_pixels_not_observed_do_not_spread() -> None:
    rain = np.ones((1, *KM.shape), np.float32)
    rain[0, 10, 10] = np.nan
    near = regrid(rain, KM, moved(KM, 0.2, 0.2))[0]
    assert np.isnan(near[10, 10])
    assert np.isnan(near).sum() == 1
    np.testing.assert_allclose(near[~np.isnan(near)], 1)


def test_another_projection_is_read_at_its_own_pixels() -> None:
    onto = Grid.of((60, 50), (0.01, 0, 10.05, 0, -0.01, 51.95), "EPSG:4326")
    read = regrid(ramp(KM), KM, onto)[0]
    to_km = Transformer.from_crs("EPSG:4326", "EPSG:3035", always_xy=True)
    row, column = 12, 20
    x, y = to_km.transform(10.05 + 0.01 * (column + 0.5), 51.95 - 0.01 * (row + 0.5))
    expected = (3_210_000 - y) / 1000 - 0.5 + 10 * ((x - 4_321_000) / 1000 - 0.5)
    assert read[row, column] == pytest.approx(expected, abs=0.01)
    assert np.isfinite(read).any()
    assert np.isnan(read).any()


def test_leading_axes_are_kept() -> None:
    rain = np.stack([ramp(KM), 2 * ramp(KM)])
    read = regrid(rain, KM, moved(KM, 0.5, 0.5, (7, 9)))
    assert read.shape == (2, 1, 7, 9)
    np.testing.assert_allclose(read[1], 2 * read[0], rtol=1e-5)


def test_one_pixel_is_a_grid_too() -> None:
    one = moved(KM, 3, 4, (1, 1))
    assert regrid(ramp(KM), KM, one)[0, 0, 0] == pytest.approx(43)
    assert regrid(ramp(KM)[:, 3:4, 4:5], one, moved(KM, 3.2, 4.2, (1, 1)))[0, 0, 0] == pytest.approx(43)


@pytest.mark.parametrize("reading", READINGS)
def test_a_grid_without_a_place_is_refused(reading: Reading) -> None:
    with pytest.raises(BadFrames, match="no place on the Earth"):
        regrid(ramp(Grid.picture((8, 8))), Grid.picture((8, 8)), KM, reading)


def test_places_that_lie_outside_a_projection_are_outside() -> None:
    south = Grid.of((4, 4), (1, 0, 170, 0, -1, -60), "EPSG:4326")
    assert np.isnan(regrid(ramp(KM), KM, south)).all()


@pytest.mark.parametrize("reading", READINGS)
def test_the_antimeridian_is_no_edge(reading: Reading) -> None:
    east = Grid.of((10, 20), (1, 0, 170, 0, -1, 5), "EPSG:4326")
    west = Grid.of((10, 20), (1, 0, -190, 0, -1, 5), "EPSG:4326")
    np.testing.assert_array_equal(regrid(ramp(east), east, west, reading), ramp(east))
    metres = Grid.of((4, 4), (50_000, 0, -100_000, 0, -50_000, 100_000), "+proj=laea +lon_0=180 +lat_0=0")
    assert np.isfinite(regrid(ramp(east), east, metres, reading)).all()
