"""What we write as NetCDF we read again, and strangers read it too."""

import io
from dataclasses import replace

import netCDF4
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from pyproj import CRS

from radar.assemble import assemble
from radar.errors import BadFrames
from radar.formats import netcdf
from radar.formats.hints import Hints
from radar.frames import Frames
from radar.grid import Grid
from tests.radar.samples import any_frames, as_strangers_read, frames, grid, nowcast, same, storm, times


@given(any_frames())
@settings(max_examples=40)
def test_frames_survive(given_frames: Frames) -> None:
    same(netcdf.read(netcdf.write(given_frames)), given_frames)


@given(any_frames(6))
@settings(max_examples=20)
def test_a_nowcast_survives(past: Frames) -> None:
    made = nowcast(past)
    back = netcdf.read_nowcast(netcdf.write_nowcast(made))
    same(back.frames, made.frames)
    assert back.leads == made.leads
    assert replace(back, frames=made.frames).__dict__ == made.__dict__


def test_a_nowcast_without_fallback_says_so() -> None:
    made = replace(nowcast(frames()), fallback_reason=None, interpolated=())
    back = netcdf.read_nowcast(netcdf.write_nowcast(made))
    assert back.fallback_reason is None
    assert back.interpolated == ()


@pytest.mark.parametrize("shape", [(1, 1), (7, 13), (61, 127), (1, 300), (300, 1)])
def test_odd_shapes(shape: tuple[int, int]) -> None:
    given_frames = frames(2, *shape)
    same(netcdf.read(netcdf.write(given_frames)), given_frames)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:21781", "EPSG:27700", "+proj=stere +lat_0=90 +units=km +R=6370.04"])
def test_any_projection(crs: str) -> None:
    placed = Grid.of((7, 13), (0.5, 0.0, 3.25, 0.0, -0.25, 47.125), crs)
    given_frames = Frames(storm(2, 7, 13), times(2), placed)
    same(netcdf.read(netcdf.write(given_frames)), given_frames)


def test_a_rotated_grid() -> None:
    turned = Grid.of((7, 13), (900.0, 300.0, 1000.0, 300.0, -900.0, 2000.0), "EPSG:3413")
    given_frames = Frames(storm(2, 7, 13), times(2), turned)
    same(netcdf.read(netcdf.write(given_frames)), given_frames)


def test_what_was_interpolated_is_still_known() -> None:
    filled = assemble(storm(3, 7, 13), [times(4)[at] for at in (0, 2, 3)], grid(7, 13))
    assert netcdf.read(netcdf.write(filled)).interpolated == times(4)[1:2]


def test_only_the_newest() -> None:
    same(netcdf.read(netcdf.write(frames(6)), Hints(last=2)), frames(6).last(2))
    same(netcdf.read(netcdf.write(frames(6)), Hints(last=50)), frames(6))


def test_strangers_understand_a_nowcast() -> None:
    made = nowcast(frames())
    said = as_strangers_read(netcdf.write_nowcast(made))
    assert said.Conventions == "CF-1.8"
    assert said.rain_rate.attrs["standard_name"] == "rainfall_rate"
    assert said.forecast_period.values.tolist() == [5, 10, 15]
    assert said.forecast_reference_time.values == np.datetime64("2016-09-28T15:00:00")
    assert CRS.from_cf(said.crs.attrs) == CRS.from_epsg(3413)
    np.testing.assert_array_equal(said.rain_rate.values, made.frames.rain)
    np.testing.assert_allclose(said.x.values, made.frames.grid.x, rtol=1e-9)


def test_every_frame_is_a_chunk() -> None:
    file = netCDF4.Dataset("frames.nc", memory=netcdf.write(frames()))
    assert file["rain_rate"].chunking() == [1, 7, 13]
    said = file["rain_rate"].filters()
    assert (said["zlib"], said["shuffle"], said["complevel"]) == (True, True, 1)


def test_the_same_frames_give_the_same_bytes() -> None:
    assert netcdf.write(frames()) == netcdf.write(frames())


def test_frames_are_no_nowcast() -> None:
    with pytest.raises(BadFrames, match="truncated or damaged"):
        netcdf.read_nowcast(netcdf.write(frames()))


def test_h5netcdf_without_c_reads_it_too() -> None:
    with xr.open_dataset(
        io.BytesIO(netcdf.write(frames())), engine="h5netcdf", driver_kwds={"backend": "pyfive"}
    ) as said:
        np.testing.assert_array_equal(said.rain_rate.values, frames().rain)


def test_no_zeros_are_left_behind_a_file() -> None:
    data = netcdf.write(frames())
    assert len(data) < 30_000  # the library hands out 65,536
    np.testing.assert_array_equal(netcdf.read(data, Hints()).rain, frames().rain)


def test_a_projection_that_cf_cannot_say_comes_back_by_its_text() -> None:
    turned = Grid.of((2, 3), (1, 0, 0, 0, -1, 0), "+proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=1")
    rain = np.ones((2, 2, 3), np.float32)
    assert netcdf.read(netcdf.write(Frames(rain, times(2), turned))).grid.shape == (2, 3)
