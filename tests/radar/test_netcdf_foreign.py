"""NetCDF as strangers write it: units, packing, axes, coordinates, grid mappings."""

from datetime import timedelta
from typing import Any

import netCDF4
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from radar.errors import BadFrames
from radar.formats.hints import Hints
from radar.formats.netcdf import read
from radar.grid import Grid
from radar.rain import from_dbz
from tests.radar.samples import Kind, as_strangers_read, cf, storm, times

RAIN = storm(3, 7, 13)
WORDS = {
    "mm/h": 1, "mm h-1": 1, "mm hr^-1": 1, "mm hour**-1": 1, "mm.h-1": 1, "kg m-2 h-1": 1, "kg/(m2 h)": 1,
    "m s-1": 3.6e6, "m/s": 3.6e6, "mm s-1": 3600, "mm/sec": 3600, "kg m-2 s-1": 3600,
}  # fmt: skip


@pytest.mark.parametrize("unit", WORDS)
def test_units_become_mm_per_hour(unit: str) -> None:
    np.testing.assert_allclose(read(cf(RAIN / WORDS[unit], units=unit)).rain, RAIN, rtol=1e-5)


def test_reflectivity_becomes_rain() -> None:
    dbz = np.linspace(-32, 55, 3 * 7 * 13, dtype=np.float32).reshape(3, 7, 13)
    rain = read(cf(dbz, units="dBZ", name="reflectivity")).rain
    assert (rain[dbz <= -10] == 0).all()
    np.testing.assert_allclose(rain[dbz > -10], from_dbz(dbz[dbz > -10].astype(float)), rtol=1e-6)


@pytest.mark.parametrize("unit", ["K", "mm", "1", "mm/6h", "inches", "dB", "degC", "\u2603"])
def test_other_units_are_refused_by_name(unit: str) -> None:
    with pytest.raises(BadFrames, match=rf"rain_rate has units '{unit}'; we accept mm h-1, .* and dBZ"):
        read(cf(RAIN, units=unit))


@pytest.mark.parametrize("unit", [None, "", " "])
def test_no_unit_is_refused(unit: str | None) -> None:
    with pytest.raises(BadFrames, match="has no units attribute"):
        read(cf(RAIN, units=unit))


@pytest.mark.parametrize("kind", ["NETCDF4", "NETCDF4_CLASSIC", "NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET"])
def test_kinds(kind: Kind) -> None:
    frames = read(cf(RAIN, kind=kind))
    np.testing.assert_array_equal(frames.rain, RAIN)
    assert frames.times == times(3)


def test_the_kind_that_is_not_read() -> None:
    with pytest.raises(BadFrames, match="This kind of NetCDF is not read"):
        read(cf(RAIN, kind="NETCDF3_64BIT_DATA"))


@given(hnp.arrays(np.int16, (2, 3, 4), elements=st.integers(0, 30_000) | st.just(-1)), st.sampled_from("ih"))
@settings(max_examples=25)
def test_packed_values_are_as_xarray_has_them(values: Any, kind: str) -> None:
    data = cf(values.astype(kind), (0, 5), scale_factor=0.01, add_offset=0.5, _FillValue=-1)
    np.testing.assert_allclose(read(data).rain, as_strangers_read(data).rain_rate.values, atol=1e-6)


def test_what_was_never_written_is_missing() -> None:
    rain = RAIN.copy()
    rain[0, 1, 1] = netCDF4.default_fillvals["f4"]
    assert np.isnan(read(cf(rain)).rain[0, 1, 1])


def test_coordinates_in_km_become_metres() -> None:
    grid = read(cf(RAIN)).grid
    assert grid.transform == (2000, 0, -1000, 0, -2000, 13_000)
    assert grid.pixel_km == pytest.approx(2, rel=0.1)


def test_south_up_stays_south_up() -> None:
    data = rebuilt(("time", "lat", "lon"), RAIN, {"time": TIME, "lat": (LAT[0][::-1], LAT[1]), "lon": LON})
    assert read(data).grid.transform == (0.5, 0, 4.75, 0, 0.25, 48.375)
    np.testing.assert_array_equal(read(data).rain, RAIN)


def rebuilt(dims: tuple[str, ...], values: Any, axes: dict[str, Any], **attributes: Any) -> bytes:
    """A file with one variable and these axes, name -> (values, attributes)."""
    file = netCDF4.Dataset("x.nc", "w", memory=1024)
    for name, size in zip(dims, np.shape(values), strict=True):
        file.createDimension(name, size)
    for name, (numbers, said) in axes.items():
        axis = file.createVariable(name, "f8", (name,) if name in dims else ())
        axis[...] = numbers
        axis.setncatts(said)
    field = file.createVariable("precip", "f4", dims)
    field.setncatts({"units": "mm h-1", **attributes})
    field[:] = values
    return bytes(file.close())


TIME = ([0, 5, 10], {"units": "minutes since 2016-09-28 14:45", "standard_name": "time"})
LAT = (50 - 0.25 * np.arange(7), {"units": "degrees_north"})
LON = (5 + 0.5 * np.arange(13), {"units": "degrees_east"})


def test_latitude_and_longitude_need_no_mapping() -> None:
    grid = read(rebuilt(("time", "lat", "lon"), RAIN, {"time": TIME, "lat": LAT, "lon": LON})).grid
    assert grid.lonlat(0, 0) == pytest.approx((5, 50))
    assert grid.lonlat(6, 12) == pytest.approx((11, 48.5))


def test_dimensions_in_any_order() -> None:
    turned = rebuilt(("lon", "lat", "time"), RAIN.transpose(2, 1, 0), {"time": TIME, "lat": LAT, "lon": LON})
    np.testing.assert_array_equal(read(turned).rain, RAIN)
    np.testing.assert_array_equal(read(turned, Hints(last=2)).rain, RAIN[1:])


def test_a_dimension_of_one_is_dropped() -> None:
    deep = rebuilt(("time", "height", "lat", "lon"), RAIN[:, None], {"time": TIME, "lat": LAT, "lon": LON})
    np.testing.assert_array_equal(read(deep).rain, RAIN)


def test_one_plane_with_a_scalar_time() -> None:
    frames = read(rebuilt(("lat", "lon"), RAIN[0], {"time": (5, TIME[1]), "lat": LAT, "lon": LON}))
    assert frames.times == times(2)[1:]
    np.testing.assert_array_equal(frames.rain, RAIN[:1])


def test_one_plane_with_its_time_beside_it() -> None:
    plane = rebuilt(("lat", "lon"), RAIN[0], {"lat": LAT, "lon": LON})
    assert read(plane, Hints(times=times(1))).times == times(1)
    with pytest.raises(BadFrames, match="no time coordinate, and no times were given"):
        read(plane)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_each_frame_has_one_time_beside_it(count: int) -> None:
    data = rebuilt(("time", "lat", "lon"), RAIN, {"lat": LAT, "lon": LON})
    with pytest.raises(BadFrames, match=f"3 frames but {count} times"):
        read(data, Hints(times=times(count), last=1))


def test_the_newest_of_frames_out_of_order_are_not_what_stands_last() -> None:
    backwards = (TIME[0][::-1], TIME[1])
    data = rebuilt(("time", "lat", "lon"), RAIN, {"time": backwards, "lat": LAT, "lon": LON})
    with pytest.raises(BadFrames, match="must increase, but 2016-09-28T14:45:00Z stands behind 2016-09-28T14:55:00Z"):
        read(data, Hints(last=1))


def test_a_projection_without_coordinates_does_not_say_where() -> None:
    axes = {"time": TIME, "crs": (0, {"spatial_ref": "EPSG:3035"})}
    data = rebuilt(("time", "rows", "cols"), RAIN, axes, grid_mapping="crs")
    with pytest.raises(BadFrames, match="a projection but has no coordinates of y and x"):
        read(data)
    given_grid = Grid.of((7, 13), (1, 0, 0, 0, -1, 0), "EPSG:3413")
    assert read(data, Hints(grid=given_grid)).grid == given_grid


def test_no_coordinates_make_a_picture() -> None:
    data = rebuilt(("time", "rows", "cols"), RAIN, {"time": TIME})
    assert read(data).grid == Grid.picture((7, 13))
    given_grid = Grid.of((7, 13), (1, 0, 0, 0, -1, 0), "EPSG:3413")
    assert read(data, Hints(grid=given_grid)).grid == given_grid


def test_projected_coordinates_without_mapping_lie_nowhere() -> None:
    metres = {"units": "m", "axis": "X"}
    axes = {"time": TIME, "y": (np.arange(7) * 500.0, metres | {"axis": "Y"}), "x": (np.arange(13) * 500.0, metres)}
    grid = read(rebuilt(("time", "y", "x"), RAIN, axes)).grid
    assert (grid.crs, grid.transform) == (None, (500, 0, -250, 0, 500, -250))


def test_fine_coordinates_of_32_bits_are_even() -> None:
    """Half a kilometre in California."""
    lon = (np.float32(-124.9975 + 0.005 * np.arange(13)), LON[1])
    assert lon[0].dtype == np.float32
    grid = read(rebuilt(("time", "lat", "lon"), RAIN, {"time": TIME, "lat": LAT, "lon": lon})).grid
    assert grid.lonlat(0, 12)[0] == pytest.approx(-124.9375, abs=1e-5)


def test_crooked_coordinates_are_refused() -> None:
    crooked = (LON[0] ** 2, LON[1])
    with pytest.raises(BadFrames, match="x coordinates are not evenly spaced"):
        read(rebuilt(("time", "lat", "lon"), RAIN, {"time": TIME, "lat": LAT, "lon": crooked}))


def test_two_fields_are_listed() -> None:
    with pytest.raises(BadFrames, match=r"not clear: (first, second|second, first)"):
        read(cf(RAIN, name="first", also=("second",)))


def test_the_standard_name_decides() -> None:
    data = cf(RAIN, name="first", also=("rain_rate",), standard_name="rainfall_rate")
    np.testing.assert_array_equal(read(data).rain, RAIN)


def test_no_field_at_all() -> None:
    with pytest.raises(BadFrames, match="no field of rain; its variables are time"):
        read(rebuilt(("time",), [1, 2, 3], {"time": TIME}))


@pytest.mark.parametrize("units", ["minutes", "minutes since yesterday", "parsecs since 2016-09-28"])
def test_times_must_be_cf(units: str) -> None:
    with pytest.raises(BadFrames, match="time coordinate cannot be understood"):
        read(rebuilt(("time", "lat", "lon"), RAIN, {"time": ([0, 5, 10], {"units": units}), "lat": LAT, "lon": LON}))


def test_times_in_days_are_rounded_to_seconds() -> None:
    days = ([(14.75 + n / 12) / 24 for n in range(3)], {"units": "days since 2016-09-28"})
    assert read(rebuilt(("time", "lat", "lon"), RAIN, {"time": days, "lat": LAT, "lon": LON})).times == times(3)


def test_packed_times() -> None:
    packed = ([0, 1, 2], {**TIME[1], "scale_factor": 5.0})
    assert read(rebuilt(("time", "lat", "lon"), RAIN, {"time": packed, "lat": LAT, "lon": LON})).times == times(3)


def test_times_of_another_zone() -> None:
    east = (TIME[0], {"units": "minutes since 2016-09-28 14:45 +02:00"})
    frames = read(rebuilt(("time", "lat", "lon"), RAIN, {"time": east, "lat": LAT, "lon": LON}))
    assert frames.times[0] == times(1)[0] - timedelta(hours=2)


def test_one_hole_is_filled_and_more_are_refused() -> None:
    assert read(cf(RAIN, (0, 5, 15))).interpolated == times(3)[2:]
    with pytest.raises(BadFrames, match="there is none at"):
        read(cf(storm(4, 7, 13), (0, 5, 15, 25)))


def test_wrong_cadence() -> None:
    with pytest.raises(BadFrames, match="no multiple of 5 min"):
        read(cf(RAIN, (0, 5, 12)))


def test_an_old_gap_does_not_matter() -> None:
    assert len(read(cf(storm(4, 7, 13), (0, 60, 65, 70)), Hints(last=3))) == 3


@pytest.mark.parametrize(("value", "sentence"), [(-3.0, "negative"), (np.inf, "infinite")])
def test_impossible_rain(value: float, sentence: str) -> None:
    rain = RAIN.copy()
    rain[1, 2, 3] = value
    with pytest.raises(BadFrames, match=sentence):
        read(cf(rain))


def test_a_lone_pixel_of_unknown_size_has_side_1() -> None:
    assert read(cf(storm(3, 1, 1))).grid.transform == (1, 0, -0.5, 0, 1, -0.5)


def test_a_lone_row_is_as_high_as_its_pixels_are_wide() -> None:
    assert read(cf(storm(3, 1, 4))).grid.transform == (2000, 0, -1000, 0, -2000, 1000)
    assert read(cf(storm(3, 4, 1))).grid.transform == (2000, 0, -1000, 0, -2000, 7000)


def test_all_missing_is_read() -> None:
    assert not read(cf(np.full_like(RAIN, np.nan))).observed.any()


def test_hdf5_that_is_no_netcdf() -> None:
    file = netCDF4.Dataset("x.nc", "w", memory=1024)
    file.createGroup("dataset1")
    with pytest.raises(BadFrames, match="it is not CF NetCDF"):
        read(bytes(file.close()))


def test_text_is_no_field() -> None:
    with pytest.raises(BadFrames, match="no field of rain"):
        read(cf(np.full((3, 7, 13), b"x", "S1")))


@pytest.mark.parametrize("said", [{"crs_wkt": "nonsense"}, {"crs_wkt": "x" * 30_000}, {"grid_mapping_name": "nowhere"}])
def test_a_mapping_that_says_nothing_known(said: dict[str, str]) -> None:
    axes = {"time": TIME, "lat": LAT, "lon": LON, "crs": (0, said)}
    with pytest.raises(BadFrames, match="coordinate reference system of the "):
        read(rebuilt(("time", "lat", "lon"), RAIN, axes, grid_mapping="crs"))


def test_metres_on_a_globe_are_refused() -> None:
    metres = (LON[0], {"units": "m"})
    axes = {"time": TIME, "lat": LAT, "x": metres, "crs": (0, {"spatial_ref": "EPSG:4326"})}
    with pytest.raises(BadFrames, match="coordinates have units 'm'; we accept"):
        read(rebuilt(("time", "lat", "x"), RAIN, axes, grid_mapping="crs"))
