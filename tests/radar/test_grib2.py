"""GRIB2: parameters, packings, bitmaps, scanning, and messages one behind the other."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.errors import BadFrames, TooLarge
from radar.formats import grib2
from radar.formats.hints import Hints
from radar.rain import from_dbz
from tests.radar import foreign_binary
from tests.radar.samples import START, STEP, times

TENTHS = np.array([[0, 30, 31], [1530, 30, 20]])


@pytest.mark.parametrize("picture", [True, False])
def test_rain_rate(picture: bool) -> None:
    read = grib2.read(foreign_binary.grib2(picture=picture))
    np.testing.assert_allclose(read.rain[0], [[np.nan, 0, 0.1], [150, 0, np.nan]], rtol=1e-6)
    assert read.times == (START,)


def test_reflectivity() -> None:
    stored = np.array([[0, 9000, 9990 + 230]])
    rain = grib2.read(foreign_binary.grib2(stored, parameter=(209, 3, 57))).rain[0]
    np.testing.assert_allclose(rain, [[np.nan, 0, float(from_dbz(23.0))]], rtol=1e-6)


def test_kilograms_a_second() -> None:
    data = foreign_binary.grib2(np.array([[30, 31]]), parameter=(0, 1, 52))
    np.testing.assert_allclose(grib2.read(data).rain[0], [[0, 360]], rtol=1e-6)


@given(st.integers(1, 16), st.lists(st.integers(0, 2**16 - 1), min_size=6, max_size=6))
def test_any_number_of_bits(bits: int, numbers: list[int]) -> None:
    stored = np.reshape(numbers, (2, 3)) % 2 ** min(bits, 15)
    data = foreign_binary.grib2(stored, bits=bits, picture=False)
    values = np.where(stored < 30, np.nan, (stored - 30) / 10)
    np.testing.assert_allclose(grib2.read(data).rain[0], values, rtol=1e-5)


def test_a_constant_field_has_no_bits() -> None:
    data = foreign_binary.grib2(np.zeros((2, 3), int), bits=0, picture=False)
    assert np.isnan(grib2.read(data).rain).all()


@pytest.mark.parametrize("picture", [True, False])
def test_a_bitmap_tells_what_was_observed(picture: bool) -> None:
    bitmap = np.array([[True, True, False], [True, False, False]])
    rain = grib2.read(foreign_binary.grib2(TENTHS + 30, bitmap=bitmap, picture=picture)).rain[0]
    np.testing.assert_allclose(rain, [[0, 3, np.nan], [153, np.nan, np.nan]], rtol=1e-6)


@pytest.mark.parametrize(("scan", "down"), [(0, -0.01), (0x40, 0.01)])
def test_the_first_pixel_lies_where_it_is_said(scan: int, down: float) -> None:
    grid = grib2.read(foreign_binary.grib2(scan=scan)).grid
    assert grid.lonlat(0, 0) == pytest.approx((-129.995, 54.995))
    assert grid.lonlat(1, 2) == pytest.approx((-129.975, 54.995 + down))


def test_messages_one_behind_the_other() -> None:
    data = b"".join(foreign_binary.grib2(time=time) for time in times(3))
    assert grib2.read(data).times == times(3)
    assert grib2.read(data, Hints(last=2)).times == times(2, START + STEP)


def test_the_newest_messages_may_stand_first() -> None:
    data = b"".join(foreign_binary.grib2(time=time) for time in reversed(times(3)))
    assert grib2.read(data, Hints(last=2)).times == times(2, START + STEP)


def test_many_messages_count_by_the_largest_not_the_tallest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A field without bits declares any number of pixels in no bytes at all."""
    tall, wide = (foreign_binary.grib2(np.zeros(shape, int), bits=0, picture=False) for shape in ((3, 1), (2, 50)))
    monkeypatch.setattr("radar.formats.untrusted.grid.MAX_VALUES", 101)
    with pytest.raises(TooLarge, match="send fewer frames"):
        grib2.read(tall + wide)


def test_what_is_not_served_is_refused_before_it_is_decoded() -> None:
    """It has no values at all, which would be another sentence."""
    data = foreign_binary.grib2(np.zeros((1, 4097), int), bits=8, picture=False)
    cut = data.replace((4097 + 5).to_bytes(4) + b"\7", (5).to_bytes(4) + b"\7")[: -4097 - 4] + b"7777"
    cut = cut[:8] + len(cut).to_bytes(8) + cut[16:]
    with pytest.raises(TooLarge, match="the largest served is 4096 x 4096"):
        grib2.read(cut, Hints(served=True))
    with pytest.raises(BadFrames, match="fewer values than its grid"):
        grib2.read(cut)


def changed(at: Callable[[bytes], int], value: bytes) -> bytes:
    """A message with some bytes replaced."""
    data = foreign_binary.grib2()
    place = at(data)
    return data[:place] + value + data[place + len(value) :]


def inside(number: int, offset: int) -> Callable[[bytes], int]:
    """Where a byte of a section lies; sections 1 and 3 have fixed lengths."""
    return lambda data: {1: 16, 3: 37, 4: 109, 5: 143}[number] + offset


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (foreign_binary.grib2(parameter=(209, 6, 0)), r"parameter 209\.6\.0"),
        (foreign_binary.grib2(ahead=2), "a forecast or a statistic"),
        (foreign_binary.grib2(scan=0x80), "rows one below the other"),
        (foreign_binary.grib2()[:-1], "truncated or damaged"),
        (foreign_binary.grib2() + b"x", "does not begin where the one before ends"),
        (foreign_binary.grib2(bits=17, picture=False), "in 17 bits"),
        (changed(inside(1, 14), b"\x0d"), "time of the GRIB2 message"),
        (changed(inside(3, 12), b"\0\x14"), r"template 3\.20"),
        (changed(inside(3, 30), b"\0\0\0\x09"), "two sizes of its grid"),
        (changed(inside(3, 63), b"\xff\xff\xff\xff"), "how far its pixels are apart"),
        (changed(inside(5, 9), b"\0\x28"), r"template 5\.40"),
        (changed(inside(5, 11), b"\x7f\x80\0\0"), "no lower end"),
        (changed(inside(5, 15), b"\x7f\xff"), "scaled beyond measure"),
    ],
)
def test_what_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(BadFrames, match=sentence):
        grib2.read(data)


def test_a_picture_of_another_size() -> None:
    data = foreign_binary.grib2(np.zeros((3, 4), int))
    with pytest.raises(BadFrames, match="not one of the grid"):
        grib2.read(
            data.replace((4).to_bytes(4) + (3).to_bytes(4) + b"\x10\0", (5).to_bytes(4) + (3).to_bytes(4) + b"\x10\0")
        )


def test_too_few_values() -> None:
    data = foreign_binary.grib2(picture=False)
    cut = data.replace((12 + 5).to_bytes(4) + b"\7", (10 + 5).to_bytes(4) + b"\7")[:-6] + b"7777"
    with pytest.raises(BadFrames, match="fewer values than its grid"):
        grib2.read(cut[:8] + len(cut).to_bytes(8) + cut[16:])


@pytest.mark.parametrize(("limit", "value"), [("MAX_PIXELS", 5), ("grid.MAX_VALUES", 11)])
def test_too_large_is_refused_by_what_is_declared(monkeypatch: pytest.MonkeyPatch, limit: str, value: Any) -> None:
    monkeypatch.setattr(f"radar.formats.untrusted.{limit}", value)
    with pytest.raises(TooLarge):
        grib2.read(foreign_binary.grib2() * 2)
