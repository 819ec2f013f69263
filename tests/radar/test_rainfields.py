"""Rainfields NetCDF: amounts over their time, and grids around the radar."""

import numpy as np
import pytest

from radar.errors import BadFrames
from radar.formats import rainfields
from tests.radar import foreign_hdf5
from tests.radar.samples import START


@pytest.mark.parametrize(("minutes", "factor"), [(10, 0.3), (6, 0.5)])
def test_amounts(minutes: int, factor: float) -> None:
    read = rainfields.read(foreign_hdf5.rainfields(minutes=minutes))
    np.testing.assert_allclose(read.rain[0], np.array([[0, 1, np.nan, 40], [0, 0, 2, 0]]) * factor, rtol=1e-6)
    assert read.times == (START,)


@pytest.mark.parametrize("bounds", [True, False])
def test_the_radar_is_in_the_middle(bounds: bool) -> None:
    grid = rainfields.read(foreign_hdf5.rainfields(bounds=bounds)).grid
    assert grid.transform == (500, 0, -1000, 0, -500, 500)
    assert grid.lonlat(0.5, 1.5) == pytest.approx((144.752, -37.852), abs=1e-9)


def test_an_amount_over_no_time() -> None:
    with pytest.raises(BadFrames, match="ends before it starts"):
        rainfields.read(foreign_hdf5.rainfields(minutes=0))


def test_another_variable() -> None:
    with pytest.raises(BadFrames, match="has no precipitation in kg m-2"):
        rainfields.read(foreign_hdf5.rainfields().replace(b"kg m-2", b"kg m-3"))
