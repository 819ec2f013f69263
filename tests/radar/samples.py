"""Small frames and files to test with."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import netCDF4
import numpy as np
import xarray as xr
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from radar.frames import Frames, Rain
from radar.grid import Grid
from radar.nowcast import Nowcast, future_times

Kind = Literal["NETCDF4", "NETCDF4_CLASSIC", "NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA"]
START = datetime(2016, 9, 28, 14, 45, tzinfo=UTC)
STEP = timedelta(minutes=5)


def times(count: int, start: datetime = START) -> tuple[datetime, ...]:
    """Times five minutes apart."""
    return tuple(start + n * STEP for n in range(count))


def grid(height: int, width: int) -> Grid:
    """A polar stereographic grid of 1 km, row 0 in the north."""
    return Grid.of((height, width), (1000.0, 0.0, -120_500.0, 0.0, -1000.0, 80_250.0), "EPSG:3413")


def storm(count: int, height: int, width: int) -> Rain:
    """Rain that is dry in places, wet in others, and not observed in a corner."""
    rng = np.random.default_rng(count * height * width)
    rain = np.maximum(rng.gamma(0.5, 4, (count, height, width)) - 1, 0).astype(np.float32)
    if height * width > 1:
        rain[:, 0, 0] = np.nan
    return rain


def frames(count: int = 4, height: int = 7, width: int = 13) -> Frames:
    """A storm on a grid on the Earth."""
    return Frames(storm(count, height, width), times(count), grid(height, width))


def nowcast(past: Frames, horizon: int = 3) -> Nowcast:
    """The last frame for ever, in the name of another method."""
    rain = np.repeat(past.rain[-1:], horizon, 0)
    return Nowcast(
        frames=Frames(rain, future_times(past, horizon), past.grid),
        method="persistence",
        version="1",
        asked_for="ms-convlstm",
        input_times=past.times,
        interpolated=past.times[1:2],
        fallback_reason="The frames are too few.",
    )


@st.composite
def any_frames(draw: st.DrawFn, most: int = 20) -> Frames:
    """Frames of any small shape with any pixels missing, on the Earth or not, northern or southern row first."""
    shape = (draw(st.integers(1, most)), draw(st.integers(1, most)))
    count = draw(st.integers(1, 4))
    values = st.floats(0, 500, width=32) | st.just(float("nan"))
    rain = draw(hnp.arrays(np.float32, (count, *shape), elements=values))
    placed = grid(*shape)
    a, b, c, d, e, f = placed.transform
    flipped = Grid(*shape, (a, b, c, d, -e, f), placed.crs)
    return Frames(rain, times(count), draw(st.sampled_from([placed, flipped, Grid.picture(shape)])))


def same(one: Frames, other: Frames) -> None:
    """Assert that nothing differs."""
    np.testing.assert_array_equal(one.rain, other.rain)
    assert one.times == other.times
    assert one.grid == other.grid


def cf(rain: Any, at: Any = (0, 5, 10), kind: Kind = "NETCDF4", also: tuple[str, ...] = (), **attributes: Any) -> bytes:
    """A NetCDF file of a stranger: rain (T, Y, X) at minutes `at`, in km; `also` names fields beside it."""
    values = np.asarray(rain)
    file = netCDF4.Dataset("x.nc", "w", format=kind, memory=1024)
    for name, size in zip(("time", "y", "x"), values.shape, strict=True):
        file.createDimension(name, size)
    coordinates = {"time": at, "y": np.arange(values.shape[1])[::-1] * 2.0, "x": np.arange(values.shape[2]) * 2.0}
    units = {"time": "minutes since 2016-09-28 14:45", "y": "km", "x": "km"}
    for name, numbers in coordinates.items():
        axis = file.createVariable(name, "f8", (name,))
        axis[:] = numbers
        axis.units = units[name]
    mapping = file.createVariable("crs", "i4")
    mapping.setncatts({"grid_mapping_name": "polar_stereographic", "latitude_of_projection_origin": 90.0})
    mapping.setncatts({"straight_vertical_longitude_from_pole": 14.0, "standard_parallel": 60.0})
    said = {"units": "mm h-1", "grid_mapping": "crs", **attributes}
    fill = said.pop("_FillValue", None)
    name = said.pop("name", "rain_rate")
    field = file.createVariable(name, values.dtype, ("time", "y", "x"), fill_value=fill, zlib=kind == "NETCDF4")
    field.set_auto_maskandscale(False)
    field.setncatts({key: value for key, value in said.items() if value is not None})
    field[:] = values
    for name in also:
        file.createVariable(name, "f4", ("time", "y", "x"))
    return bytes(file.close())


def as_strangers_read(data: bytes) -> xr.Dataset:
    """A NetCDF file decoded by xarray on the NetCDF library."""
    with netCDF4.Dataset("x.nc", memory=data) as file:
        store = xr.backends.NetCDF4DataStore(file)  # type: ignore[no-untyped-call]
        return xr.open_dataset(store, decode_timedelta=False).load()


def npz(**arrays: Any) -> bytes:
    """A zip of arrays."""
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def npy(values: Any) -> bytes:
    """A lone array."""
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()
