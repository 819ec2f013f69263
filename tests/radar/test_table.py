"""Bytes find their format, and several files become one sequence."""

from datetime import timedelta

import numpy as np
import pytest

from radar.errors import BadFrames, TooLarge, UnknownFormat
from radar.formats import netcdf, npz, png
from radar.formats.hints import Hints
from radar.formats.table import FORMATS, read, read_all, time_in
from radar.frames import Frames
from radar.rain import from_byte, to_byte
from tests.radar import foreign, foreign_hdf5, foreign_pictures
from tests.radar.samples import START, frames, npy, same, storm, times

PNG = png.write(storm(1, 7, 13)[0])


def part(at: slice) -> Frames:
    """Some of six frames."""
    whole = frames(6)
    return Frames(whole.rain[at], whole.times[at], whole.grid)


@pytest.mark.parametrize("write", [netcdf.write, npz.write])
def test_bytes_find_their_format(write: object) -> None:
    assert callable(write)
    same(read(write(frames())), frames())


@pytest.mark.parametrize(
    "data",
    [b"<!doctype html><html>", b'{"error": "not found"}', b"GIF89a", b"GRIB\0\0\0\1", b"BUFR", bytes(range(256)), b"C"],
)
def test_unknown_bytes(data: bytes) -> None:
    with pytest.raises(
        UnknownFormat, match=r"in no format we know; we read ODIM_H5, .* 8-bit greyscale PNG, also in gzip"
    ):
        read(data)


def test_no_bytes() -> None:
    with pytest.raises(UnknownFormat, match="no bytes to read; we read ODIM_H5"):
        read(b"")


FILES = {"netcdf": netcdf.write(frames()), "npz": npz.write(frames()), "png": PNG, **foreign.FILES}
BUILT_ON = {"odim": "netcdf", "knmi": "netcdf", "rainfields": "netcdf", "meteonet": "npz"}


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_knows_its_own_bytes_only(name: str) -> None:
    """But for those that are built on another, which stand before it."""
    sniffed = [other for other, line in FORMATS.items() if line.sniff(FILES[name])]
    assert sniffed == [name, *([BUILT_ON[name]] if name in BUILT_ON else [])]


WIDE = {
    "fmi_pgm": foreign_pictures.fmi_pgm(np.zeros((1, 4097), np.uint8)),
    "geotiff": foreign_pictures.geotiff(np.zeros((1, 4097), np.uint8)),
    "knmi": foreign_hdf5.knmi(np.zeros((1, 4097), "u2")),
    "odim": foreign_hdf5.odim(values=np.zeros((1, 4097), "f4")),
    "rainfields": foreign_hdf5.rainfields(np.zeros((1, 4097), "i2")),
}
"""Of formats in which there are mosaics that are wider than what is served."""


@pytest.mark.parametrize("name", WIDE)
def test_what_is_to_be_served_is_no_wider_than_that(name: str) -> None:
    assert FORMATS[name].read(WIDE[name], Hints()).rain.shape == (1, 1, 4097)
    with pytest.raises(TooLarge, match="the largest served is 4096 x 4096"):
        FORMATS[name].read(WIDE[name], Hints(served=True))


@pytest.mark.parametrize("name", foreign.FILES)
def test_foreign_formats_carry_their_times(name: str) -> None:
    assert FORMATS[name].timeless(FILES[name]) == 0
    assert read(FILES[name], Hints(last=1)).times[-1] >= START


def test_files_of_any_format_are_joined() -> None:
    parts = [("b.npz", npz.write(part(slice(3, 6)))), ("a.nc", netcdf.write(part(slice(0, 3))))]
    same(read_all(parts), frames(6))
    same(read_all(parts, Hints(last=4)), frames(6).last(4))


def test_a_missing_file_is_one_missing_frame() -> None:
    parts = [(f"{at}.nc", netcdf.write(part(slice(at, at + 1)))) for at in (0, 1, 3, 4)]
    assert read_all(parts).interpolated == times(3)[2:]


def test_an_old_gap_does_not_matter() -> None:
    old = Frames(storm(1, 7, 13), (START - timedelta(hours=9),), frames().grid)
    parts = [("old.nc", netcdf.write(old)), ("new.nc", netcdf.write(frames()))]
    same(read_all(parts, Hints(last=4)), frames())
    with pytest.raises(BadFrames, match="there is none at"):
        read_all(parts)


def test_times_go_to_the_frames_without_one_in_order() -> None:
    rain = np.nan_to_num(storm(4, 7, 13))
    parts = [("a.npy", npy(rain[:2])), ("b.png", png.write(rain[2])), ("c.nc", netcdf.write(part(slice(3, 4))))]
    joined = read_all(parts, Hints(times=times(3), grid=frames().grid))
    assert joined.times == times(4)
    np.testing.assert_array_equal(joined.rain[:2], rain[:2])
    np.testing.assert_array_equal(joined.rain[2], from_byte(to_byte(rain[2])))


def test_times_must_be_as_many_as_frames() -> None:
    with pytest.raises(BadFrames, match="3 times for 2 frames that carry none"):
        read_all([("a.png", PNG), ("b.png", PNG)], Hints(times=times(3)))


def test_file_names_tell_the_time() -> None:
    parts = [("RAD160928145000.png", PNG), ("radar_201609281445.png", PNG)]
    assert read_all(parts).times == times(2)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("RAD160928144500.png", True),
        ("x/radar.20160928144500.png", True),
        ("201609281445", True),
        ("RAD169928144500.png", False),
        ("1234567890123456.png", False),
        ("rain.png", False),
    ],
)
def test_names(name: str, told: bool) -> None:
    assert time_in(name) == (times(1) if told else None)


def test_a_broken_part_is_named() -> None:
    with pytest.raises(BadFrames, match=r"^bad\.nc: The NetCDF file is truncated or damaged\.$"):
        read_all([("good.nc", netcdf.write(frames())), ("bad.nc", netcdf.write(frames())[:999])])
    with pytest.raises(UnknownFormat, match=r"^page\.html: "):
        read_all([("page.html", b"<html>"), ("a.png", PNG)], Hints(times=times(2)))


def test_two_grids() -> None:
    later = Frames(storm(1, 3, 4), (START + timedelta(hours=1),), frames(1, 3, 4).grid)
    with pytest.raises(BadFrames, match="two grids"):
        read_all([("a.nc", netcdf.write(frames())), ("b.nc", netcdf.write(later))])


def test_no_files() -> None:
    with pytest.raises(BadFrames, match="no file to read"):
        read_all([])


def test_many_small_files_are_not_too_much_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radar.grid.MAX_VALUES", 7 * 13 * 5)
    parts = [(f"{at}.nc", netcdf.write(part(slice(at, at + 2)))) for at in (0, 2, 4)]
    with pytest.raises(TooLarge, match="send fewer frames"):
        read_all(parts)
    same(read_all(parts, Hints(last=4)), frames(6).last(4))
    same(read_all(parts[::-1], Hints(last=3)), frames(6).last(3))
