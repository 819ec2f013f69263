"""KNMI HDF5: calibration, missing pixels, kilometres."""

from typing import Any

import numpy as np
import pytest

from radar.errors import BadFrames
from radar.formats import knmi
from radar.rain import from_dbz
from tests.radar import foreign_hdf5
from tests.radar.samples import START


def test_accumulations_are_spread_over_five_minutes() -> None:
    read = knmi.read(foreign_hdf5.knmi())
    np.testing.assert_allclose(read.rain[0], [[0, 0.12, np.nan], [30, 1.2, 0]], rtol=1e-6)
    assert read.times == (START,)


@pytest.mark.parametrize("formula", ["GEO=0.5*PV-32.0", "GEO=0.500000*PV+-32.000000", "GEO = 5e-1 * PV + -3.2e1"])
def test_reflectivity(formula: str) -> None:
    stored = np.array([[0, 255, 110]], "u1")
    rain = knmi.read(foreign_hdf5.knmi(stored, echo=True, formula=formula)).rain[0]
    np.testing.assert_allclose(rain, [[0, np.nan, float(from_dbz(23.0))]], rtol=1e-6)


@pytest.mark.parametrize(
    "projection",
    [
        foreign_hdf5.KNMI_PROJECTION,
        "+proj=stere +lat_0=90 +lon_0=0 +lat_ts=60 +a=6378.14 +b=6356.75 +x_0=0 y_0=0",
        "+proj=stere +lat_0=90 +lon_0=0 +lat_ts=60 +a=6378137 +b=6356752 +x_0=0 +y_0=0",
    ],
)
def test_the_grid_is_in_metres(projection: str) -> None:
    grid = knmi.read(foreign_hdf5.knmi(projection=projection)).grid
    assert grid.transform == (1000, 0, 0, 0, -1000, -3_650_000)
    assert grid.lonlat(-0.5, -0.5) == pytest.approx((0, 55.974), abs=1e-3)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"quantity": "WIND_[M/S]"}, r"holds 'WIND_\[M/S\]'"),
        ({"formula": "GEO=LOOKUP"}, "no calibration formula"),
        ({"projection": "+proj=stere"}, "projection of the KNMI file"),
        ({"projection": "+proj=xyz +a=1 +b=1"}, "projection of the KNMI file"),
        ({"geographic": {"geo_pixel_def": "CC"}}, "from the upper left corner"),
        ({"geographic": {"geo_dim_pixel": "DEG,DEG"}}, "not in km or m"),
        ({"geographic": {"geo_number_rows": np.int32(9)}}, "two sizes"),
    ],
)
def test_what_is_refused(said: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadFrames, match=sentence):
        knmi.read(foreign_hdf5.knmi(**said))


def test_an_accumulation_over_no_time() -> None:
    data = foreign_hdf5.knmi().replace(b"28-SEP-2016;14:40:00.000", b"28-SEP-2016;14:45:00.000")
    with pytest.raises(BadFrames, match="ends before it starts"):
        knmi.read(data)
