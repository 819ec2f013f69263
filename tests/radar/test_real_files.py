"""Real radar from six countries reads as xarray and the NetCDF library read it."""

from pathlib import Path

import numpy as np
import pytest

from radar.errors import BadFrames
from radar.formats import netcdf
from radar.formats.hints import Hints
from radar.formats.table import read
from tests.radar.samples import as_strangers_read, same

FOLDER = Path(__file__).parents[2].parent / "shared/data/radar"
NAMES = (
    "ch_mch_20150515T1545.nc",
    "de_dwd_ry_20200907T0725.nc",
    "fi_fmi_20160928T1445.nc",
    "it_taasrad19_20151120T0000.nc",
    "nl_knmi_20100826T0000.nc",
    "se_openmrg_20150827T0020.nc",
)
real = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the real radar files are not at {FOLDER}")


def content(name: str) -> bytes:
    """The bytes of a file."""
    return (FOLDER / name).read_bytes()


@real
@pytest.mark.parametrize("name", NAMES)
def test_the_newest_frames_are_as_xarray_has_them(name: str) -> None:
    data = content(name)
    frames = read(data, Hints(last=3))
    expected = as_strangers_read(data).isel(time=slice(-3, None))
    np.testing.assert_allclose(frames.rain, expected.rain_rate.values, atol=1e-6)
    np.testing.assert_allclose(frames.grid.x, expected.x.values, rtol=1e-9)
    np.testing.assert_allclose(frames.grid.y, expected.y.values, rtol=1e-9)
    stamps = [np.datetime64(time.replace(tzinfo=None), "ns") for time in frames.times]
    np.testing.assert_array_equal(stamps, expected.time.values)


@real
@pytest.mark.parametrize("name", NAMES)
def test_what_was_read_survives_writing(name: str) -> None:
    frames = read(content(name), Hints(last=2))
    same(netcdf.read(netcdf.write(frames)), frames)


@real
@pytest.mark.parametrize(("name", "lon", "lat"), [(NAMES[0], 8.2, 46.8), (NAMES[2], 25.5, 62), (NAMES[4], 5.2, 52.1)])
def test_countries_lie_where_they_are(name: str, lon: float, lat: float) -> None:
    grid = read(content(name), Hints(last=1)).grid
    at = grid.pixel(lon, lat)
    assert at is not None
    assert abs(at[0] / grid.height - 0.5) < 0.35
    assert abs(at[1] / grid.width - 0.5) < 0.35


@real
def test_more_than_one_hole_is_refused() -> None:
    with pytest.raises(BadFrames, match="At most one missing frame"):
        read(content("it_taasrad19_20170131T0810.nc"))
