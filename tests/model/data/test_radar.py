"""Radar archives: files and stores of rain, read a little at a time, split by whole files."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from model.data.cache import Cache
from model.data.radar import RadarFile, clock, event_files, open_radar, opened
from model.data.table import open_dataset
from model.data.unpack import Unpack
from model.data.window import Options
from radar.errors import BadInput
from radar.frames import Rain
from radar.rain import from_byte, to_byte
from tests.model.samples import blob, event_file, times

MINUTES = timedelta(minutes=1)
SHARED = Path(__file__).parents[3].parent / "shared/data/radar"
real = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the real radar files are not at {SHARED}")
TWO = Options(past=1, future=1, every=1)


def holed(count: int = 4, height: int = 6, width: int = 9) -> Rain:
    """A shower that one corner of the radar does not see."""
    rain = blob(count, height, width)
    rain[:, :2, :3] = np.nan
    return rain


def test_a_file_comes_as_pixels(tmp_path: Path) -> None:
    rain = holed()
    event = RadarFile(event_file(tmp_path / "alps.nc", rain), Cache())
    seen = event.read(range(4))
    assert (event.name, event.origin(2), event.shape) == ("alps", "alps", (6, 9))
    assert event.times == times(4)
    assert event.cadence == 5 * MINUTES
    np.testing.assert_array_equal(seen.observed, np.isfinite(rain))
    np.testing.assert_array_equal(seen.pixels, to_byte(np.round(rain, 2)))
    np.testing.assert_allclose(from_byte(seen.pixels), np.nan_to_num(rain), rtol=0.03, atol=0.02)


def test_a_part_is_a_part_of_the_whole(tmp_path: Path) -> None:
    event = RadarFile(event_file(tmp_path / "a.nc", holed(9)), Cache())
    whole = event.read(range(9))
    for frames in (range(2, 5), range(0, 9, 4), range(1, 9)):
        part = event.read(frames, slice(1, 5), slice(2, 9))
        np.testing.assert_array_equal(part.pixels, whole.pixels[frames.start : frames.stop : frames.step, 1:5, 2:9])
        np.testing.assert_array_equal(part.observed, whole.observed[frames.start : frames.stop : frames.step, 1:5, 2:9])


@pytest.mark.parametrize("cadence", [2.5, 10])
def test_any_cadence(tmp_path: Path, cadence: float) -> None:
    event = RadarFile(event_file(tmp_path / "a.nc", holed(), cadence_minutes=cadence), Cache())
    assert event.cadence == cadence * MINUTES


def test_where_none_is_said_the_cadence_is_the_most_common_step(tmp_path: Path) -> None:
    path = event_file(tmp_path / "a.nc", blob(5, 4, 4), (0, 10, 20, 50, 60), cadence_minutes=None)
    with opened(path) as dataset:
        assert clock(dataset)[1] == 10 * MINUTES


def test_a_coarser_file_is_averaged_where_all_of_a_block_was_seen(tmp_path: Path) -> None:
    rain = np.arange(1, 31, dtype=np.float32).reshape(1, 5, 6).repeat(2, 0)
    rain[0, 0, 0] = np.nan
    event = RadarFile(event_file(tmp_path / "alps.nc", rain), Cache(), by=2)
    pixels, observed = event.read(range(2))
    assert (event.name, event.origin(0), event.shape) == ("alps/2", "alps", (2, 3))
    assert observed.tolist() == [[[False, True, True], [True] * 3], [[True] * 3] * 2]
    np.testing.assert_array_equal(pixels[1], to_byte([[4.5, 6.5, 8.5], [16.5, 18.5, 20.5]]))
    assert pixels[0, 0, 0] == 0


def test_wide_events_are_also_coarsened_narrow_ones_not(tmp_path: Path) -> None:
    event_file(tmp_path / "wide.nc", blob(2, 66, 80))
    event_file(tmp_path / "narrow.nc", blob(2, 64, 80))
    found = open_radar(tmp_path, "train", Options(past=1, future=1, every=1, crop=16, coarsen=(1, 2, 4)))
    assert [event.name for event in found.events] == ["narrow", "wide", "wide/2", "wide/4"]
    assert [event.shape for event in found.events] == [(64, 80), (66, 80), (33, 40), (16, 20)]
    np.testing.assert_array_equal(found.events[1].wetness(), found.events[3].wetness())


def test_wetness_is_the_share_of_wet_pixels(tmp_path: Path) -> None:
    rain = np.zeros((3, 2, 4), np.float32)
    rain[1, 0, :3] = (0.3, 0.5, 9)
    rain[2] = 1
    rain[2, 1] = np.nan
    assert RadarFile(event_file(tmp_path / "a.nc", rain), Cache()).wetness().tolist() == [0, 0.25, 0.5]


def test_files_are_read_when_they_are_wanted_and_within_the_budget(tmp_path: Path) -> None:
    event = RadarFile(event_file(tmp_path / "a.nc", blob(40, 16, 16)), Cache(budget=3000))
    assert event.cache.bytes == 0
    event.wetness()
    assert 2000 < event.cache.bytes <= 3000
    np.testing.assert_array_equal(event.read(range(2)).pixels, to_byte(np.round(blob(40, 16, 16), 2))[:2])


@pytest.mark.parametrize("kind", ["i1", "u1", "<i2", ">i2", "u2", "i4", "f4", "f8"])
def test_numbers_of_any_type_are_unpacked_as_xarray_does(kind: str) -> None:
    stored = np.array([[0, 1, 5], [100, 126, 127]]).astype(kind)
    attributes = {"units": "mm h-1", "scale_factor": 0.25, "add_offset": 0.5, "_FillValue": stored.dtype.type(127)}
    variable = xr.Variable(("y", "x"), stored, attributes)
    rain = Unpack(variable).rain(stored)
    expected = np.array([[0.5, 0.75, 1.75], [25.5, 32, np.nan]])
    np.testing.assert_allclose(rain, expected)
    np.testing.assert_array_equal(Unpack(variable).pixels(stored).pixels, to_byte(expected))
    np.testing.assert_array_equal(Unpack(variable).pixels(stored).observed, np.isfinite(expected))


def test_other_units_are_converted() -> None:
    variable = xr.Variable("x", np.array([0, 1], "f4"), {"units": "mm s-1"})
    assert Unpack(variable).rain(variable.values).tolist() == [0, 3600]


def store(path: Path, rain: Rain, **how: Any) -> Path:
    """The same event as a Zarr store."""
    pytest.importorskip("zarr", reason="pip install 'nowcast[zarr]'")
    with xr.open_dataset(event_file(path.with_suffix(".source"), rain)) as dataset:
        dataset.load().drop_encoding().to_zarr(path, consolidated=False, **how)
    path.with_suffix(".source").unlink()
    return path


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("packed", [False, True])
def test_a_zarr_store_is_an_event_too(tmp_path: Path, version: int, packed: bool) -> None:
    packing = {"rain_rate": {"dtype": "int16", "scale_factor": 0.01, "_FillValue": -1}}
    path = store(tmp_path / "a.zarr", holed(), zarr_format=version, encoding=packing if packed else {})
    seen, same = (RadarFile(each, Cache()).read(range(4)) for each in (path, event_file(tmp_path / "b.nc", holed())))
    np.testing.assert_array_equal(seen.observed, same.observed)
    np.testing.assert_array_equal(seen.pixels, same.pixels)
    assert event_files(tmp_path) == [path, tmp_path / "b.nc"]
    assert event_files(path) == [path]


def test_a_single_frame_has_no_cadence(tmp_path: Path) -> None:
    event_file(tmp_path / "a.nc", blob(1, 4, 4), cadence_minutes=None)
    with pytest.raises(BadInput, match=r"a\.nc: A single frame has no cadence\."):
        RadarFile(tmp_path / "a.nc", Cache())


def not_netcdf(path: Path) -> None:
    path.write_text("time,rain\n")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncated(path: Path) -> None:
    content = event_file(path, holed()).read_bytes()
    path.write_bytes(content[: len(content) // 2])


def wrong_cadence(path: Path) -> None:
    event_file(path, holed(), cadence_minutes="often")


@pytest.mark.parametrize("lay", [not_netcdf, empty, truncated, wrong_cadence])
def test_what_is_no_event_is_refused(tmp_path: Path, lay: Callable[[Path], None]) -> None:
    lay(tmp_path / "a.nc")
    with pytest.raises(BadInput, match=r"a\.nc is not a radar event \(CF NetCDF or Zarr .*\), or it is damaged\."):
        RadarFile(tmp_path / "a.nc", Cache())


def test_what_is_missing_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"a\.nc is missing\."):
        RadarFile(tmp_path / "a.nc", Cache())


def test_damage_that_shows_only_in_the_frames_is_said_with_the_name(tmp_path: Path) -> None:
    path = event_file(tmp_path / "a.nc", blob(40, 64, 64))
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) * 2 // 3] = bytes(len(data) * 2 // 3 - len(data) // 3)
    path.write_bytes(data)
    with pytest.raises(BadInput, match=r"a\.nc is not a radar event"):
        RadarFile(path, Cache()).read(range(40))


def test_a_variable_that_is_no_rain_is_refused_with_the_name(tmp_path: Path) -> None:
    field = xr.Variable(("time", "y", "x"), np.zeros((2, 3, 3)), {"units": "K"})
    dataset = xr.Dataset({"rain_rate": field}, {"time": np.array(["2020-01-01", "2020-01-02"], "datetime64[ns]")})
    dataset.to_netcdf(tmp_path / "a.nc")
    with pytest.raises(BadInput, match=r"a\.nc: The variable .* has units 'K'"):
        RadarFile(tmp_path / "a.nc", Cache())


def test_files_are_found_deep_down_and_in_order(tmp_path: Path) -> None:
    paths = [event_file(tmp_path / name, holed()) for name in ("b.nc", "short/c.nc", "a.nc")]
    (tmp_path / "README.md").write_text("Not an event.")
    assert event_files(tmp_path) == [paths[2], paths[0], paths[1]]


def test_a_folder_without_events_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no radar event"):
        event_files(tmp_path)


def test_rain_that_lies_otherwise_is_refused(tmp_path: Path) -> None:
    with xr.open_dataset(event_file(tmp_path / "a.nc", blob(3, 4, 5))) as dataset:
        dataset.load().transpose("y", "x", "time").to_netcdf(tmp_path / "b.nc")
    with pytest.raises(BadInput, match=r"b\.nc: The rain does not lie as time, y, x"):
        RadarFile(tmp_path / "b.nc", Cache())


def test_a_file_opened_whole_has_its_rain_unpacked(tmp_path: Path) -> None:
    path = event_file(tmp_path / "a.nc", holed())
    with opened(path) as dataset:
        np.testing.assert_allclose(dataset["rain_rate"].values, holed(), atol=0.006)
    path.write_bytes(b"")
    with pytest.raises(BadInput, match=r"a\.nc is not a radar event"), opened(path):
        pass


def test_whole_files_are_held_out(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        event_file(tmp_path / f"{name}.nc", holed())
    apart = Options(past=1, future=1, held_out=frozenset("b"))
    events = {
        split: {window.event for window in open_dataset("radar", tmp_path, split, apart)} for split in ("train", "test")
    }
    assert events == {"train": {"a", "c"}, "test": {"b"}}


@pytest.mark.parametrize(
    ("split", "held_out", "sentence"),
    [
        ("train", "z", "There is no event z to hold out"),
        ("test", "", "No event in .* is held out to be the test split"),
        ("train", "a", "Every event in .* is held out"),
    ],
)
def test_a_split_that_cannot_be_is_refused(tmp_path: Path, split: str, held_out: str, sentence: str) -> None:
    event_file(tmp_path / "a.nc", holed())
    with pytest.raises(BadInput, match=sentence):
        open_dataset("radar", tmp_path, split, Options(past=1, future=1, held_out=frozenset(held_out)))


@real
def test_real_radar_gives_windows_without_holes() -> None:
    folder = SHARED / "short"
    found = open_dataset("radar", folder, "train", Options(past=5, future=7, crop=64, seed=1, coarsen=(2,)))
    pixels, observed = found.batch(4)
    assert pixels.shape == (4, 12, 1, 64, 64)
    assert 0.5 < observed.float().mean() <= 1
    window = found[0]
    steps = {later - earlier for earlier, later in zip(window.times or (), (window.times or ())[1:], strict=False)}
    assert steps == {5 * MINUTES}
