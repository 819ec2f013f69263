"""ODIM_H5: quantities, levels, nodata against undetect, and where the grid lies."""

from typing import Any

import numpy as np
import pytest

from radar.errors import BadFrames, TooLarge
from radar.formats import odim
from radar.formats.cf_rain import echo
from radar.rain import ZR
from tests.radar import foreign_hdf5
from tests.radar.foreign_hdf5 import NODATA, UNDETECT, field
from tests.radar.samples import START

BYTES = np.array([[0, 255, 1], [84, 100, 180]], np.uint8)
SCALED: dict[str, Any] = {"gain": 0.5, "offset": -32.0, "nodata": 255.0, "undetect": 0.0}


@pytest.mark.parametrize("old", [False, True])
def test_rain_rate(old: bool) -> None:
    read = odim.read(foreign_hdf5.odim(old=old))
    np.testing.assert_array_equal(read.rain[0], field())
    assert read.times == (START,)


def test_nodata_is_not_observed_and_undetect_is_dry() -> None:
    values = np.array([[NODATA, UNDETECT, 0.0, 1.5]])
    np.testing.assert_array_equal(odim.read(foreign_hdf5.odim(values=values)).rain, [[[np.nan, 0, 0, 1.5]]])


@pytest.mark.parametrize(("how", "zr"), [({}, ZR(200, 1.6)), ({"zr_a": 300.0, "zr_b": 1.4}, ZR(300, 1.4))])
def test_reflectivity(how: dict[str, Any], zr: ZR) -> None:
    rain = odim.read(foreign_hdf5.odim("DBZH", BYTES, how=how, **SCALED)).rain[0]
    expected = echo(BYTES * 0.5 - 32, zr)
    expected[0, 1] = np.nan
    np.testing.assert_allclose(rain, expected, rtol=1e-6)
    assert rain[0, 0] == rain[0, 2] == 0


@pytest.mark.parametrize(("minutes", "factor"), [(60, 1), (15, 4)])
def test_an_accumulation_is_spread_over_its_time(minutes: int, factor: int) -> None:
    values = np.array([[2.0, UNDETECT, NODATA]])
    read = odim.read(foreign_hdf5.odim("ACRR", values, minutes=minutes))
    np.testing.assert_array_equal(read.rain[0], [[2 * factor, 0, np.nan]])


def test_the_grid_begins_at_the_outer_corner_in_the_north_west() -> None:
    grid = odim.read(foreign_hdf5.odim()).grid
    np.testing.assert_allclose(grid.transform, (2000, 0, 0, 0, -2000, 0), atol=0.01)
    assert grid.lonlat(-0.5, -0.5) == pytest.approx((-39.5357864125034, 67.02283275830867), abs=1e-8)


def test_the_lower_left_corner_will_do() -> None:
    lower = {"LL_lon": 10.0, "LL_lat": 55.0}
    data = foreign_hdf5.odim(where=lower).replace(b"UL_lon", b"no_lon")
    np.testing.assert_allclose(
        odim.read(data).grid.transform, (2000, 0, 1_950_000, 0, -2000, -2_100_000 + 7 * 2000), atol=0.01
    )


def test_degrees_follow_from_the_corners() -> None:
    where = {"projdef": "+proj=longlat +ellps=WGS84", "UL_lon": 5.0, "UL_lat": 50.0}
    where |= {"LL_lon": 5.0, "LL_lat": 43.0, "UR_lon": 18.0, "UR_lat": 50.0}
    grid = odim.read(foreign_hdf5.odim(where=where)).grid
    np.testing.assert_allclose(grid.transform, (1, 0, 5, 0, -1, 50))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"quantity": "VRADH"}, "holds VRADH; we read RATE, ACRR, DBZH, TH"),
        ({"object": "PVOL"}, "is a polar PVOL"),
        ({"where": {"projdef": "nowhere"}}, "does not say where its grid lies"),
        ({"where": {"xsize": np.int64(14)}}, "declares two sizes"),
        ({"quantity": "ACRR", "minutes": 0}, "ends before it starts"),
        ({"quantity": "DBZH", "how": {"zr_a": 0.0}}, "says Z = 0 R"),
    ],
)
def test_what_is_refused(said: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadFrames, match=sentence):
        odim.read(foreign_hdf5.odim(**said))


def test_a_time_that_is_none() -> None:
    with pytest.raises(BadFrames, match=r"The time '20169928144500' of the file"):
        odim.read(foreign_hdf5.odim().replace(b"20160928", b"20169928"))


def test_too_large_is_refused_by_what_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radar.formats.untrusted.MAX_PIXELS", 90)
    with pytest.raises(TooLarge, match="7 x 13 pixels; the most we read is 90"):
        odim.read(foreign_hdf5.odim())
