"""Chances in a nowcast's NetCDF: ours come back, and strangers understand them."""

from dataclasses import replace

import netCDF4
import numpy as np
import pytest
from hypothesis import given, settings

from radar.chances import Chances
from radar.errors import BadFrames, BadInput
from radar.formats import netcdf
from radar.formats.netcdf_write import CHANCES
from radar.frames import Frames
from radar.nowcast import Nowcast
from tests.radar.samples import any_frames, as_strangers_read, frames, nowcast

THRESHOLDS = (0.5, 1.0, 5.0)


def likely(past: Frames) -> Nowcast:
    """A nowcast with chances of any size, some of them unknown."""
    said = nowcast(past)
    values = np.random.default_rng(0).random((len(THRESHOLDS), *said.frames.rain.shape), np.float32)
    values[np.broadcast_to(np.isnan(said.frames.rain), values.shape)] = np.nan
    return replace(said, chances=Chances(THRESHOLDS, values, "neighbourhood"))


@given(any_frames(6))
@settings(max_examples=20)
def test_chances_survive(past: Frames) -> None:
    made = likely(past)
    back = netcdf.read_nowcast(netcdf.write_nowcast(made)).chances
    assert back is not None
    assert made.chances is not None
    np.testing.assert_array_equal(back.codes, made.chances.codes)
    assert (back.thresholds, back.made_by) == (THRESHOLDS, "neighbourhood")


def test_strangers_understand_them() -> None:
    made = likely(frames())
    assert made.chances is not None
    said = as_strangers_read(netcdf.write_nowcast(made))
    chances = said[CHANCES]
    assert chances.dims == ("threshold", "time", "y", "x")
    assert chances.attrs["units"] == "1"
    assert said.threshold.attrs["standard_name"] == "rainfall_rate"
    assert said.threshold.attrs["units"] == "mm h-1"
    assert said.threshold.attrs["spp__relative_to_threshold"] == "greater_than_or_equal_to"
    assert tuple(said.threshold.values) == THRESHOLDS
    np.testing.assert_allclose(chances.values, made.chances.values, atol=1e-6)


def test_the_rain_beside_them_is_still_found() -> None:
    made = likely(frames())
    np.testing.assert_array_equal(netcdf.read(netcdf.write_nowcast(made)).rain, made.frames.rain)


def test_a_nowcast_without_chances_has_none() -> None:
    assert netcdf.read_nowcast(netcdf.write_nowcast(nowcast(frames()))).chances is None


def spoilt(name: str, dims: tuple[str, ...], kind: str) -> bytes:
    """A nowcast whose chances were written by somebody else, wrongly."""
    file = netCDF4.Dataset("x.nc", "w", memory=1024)
    with netCDF4.Dataset("y.nc", memory=netcdf.write_nowcast(nowcast(frames()))) as whole:
        file.setncatts(whole.__dict__)
        for dim, size in whole.dimensions.items():
            file.createDimension(dim, len(size))
        for key, variable in whole.variables.items():
            made = file.createVariable(key, variable.dtype, variable.dimensions)
            made.setncatts({said: value for said, value in variable.__dict__.items() if said != "_FillValue"})
            made[...] = variable[...]
    file.createDimension("threshold", 1)
    file.createVariable("threshold", "f8", ("threshold",))[:] = 1.0
    file.createVariable(name, kind, dims)[...] = 127 if kind == "i1" else 0.5
    file[name].made_by = "a stranger"
    return bytes(file.close())


@pytest.mark.parametrize(
    ("dims", "kind", "sentence"),
    [
        (("threshold", "y", "x"), "i1", "not those of its frames"),
        (("threshold", "time", "x", "y"), "i1", "not those of its frames"),
        (("threshold", "time", "y", "x"), "f4", "not those of its frames"),
        (("threshold", "time", "y", "x"), "i1", "from 0 to 200, or 255"),
    ],
)
def test_what_is_no_chance_is_refused(dims: tuple[str, ...], kind: str, sentence: str) -> None:
    with pytest.raises((BadFrames, BadInput), match=sentence):
        netcdf.read_nowcast(spoilt(CHANCES, dims, kind))
