"""RADOLAN binary: bits, units, grids and headers."""

from datetime import UTC, datetime

import numpy as np
import pytest

from radar.errors import BadFrames
from radar.formats import radolan
from radar.rain import DWD, from_dbz
from tests.radar import foreign_binary
from tests.radar.foreign_binary import blank_radolan
from tests.radar.samples import START


@pytest.mark.parametrize(("product", "minutes", "factor"), [("RY", 5, 0.12), ("YW", 5, 0.12), ("RW", 60, 0.1)])
def test_amounts_are_spread_over_their_interval(product: str, minutes: int, factor: float) -> None:
    read = radolan.read(foreign_binary.radolan(product, minutes=minutes))
    wet = 123 * factor
    np.testing.assert_allclose(read.rain[0, 0, :5], [wet, wet, np.nan, np.nan, 0], rtol=1e-6)
    assert read.rain[0, 1:].max() == 0
    assert read.times == (START,)


def test_reflectivity_is_a_byte() -> None:
    stored = np.zeros((900, 900), np.uint8)
    stored[0, :4] = [250, 249, 111, 1]
    rain = radolan.read(foreign_binary.radolan("RX", stored)).rain[0]
    np.testing.assert_allclose(rain[0, :5], [np.nan, np.nan, float(from_dbz(23.0, DWD)), 0, 0], rtol=1e-6)


@pytest.mark.parametrize(
    ("shape", "version", "south_west", "north_east"),
    [
        ((900, 900), 3, (3.5889, 46.9526), (15.7208, 54.7405)),
        ((1100, 900), 3, (4.6759, 46.1929), (17.1128, 55.5342)),
        ((1500, 1400), 3, (2.3419, 43.9336), (None, None)),
        ((900, 900), 5, (3.604382995, 46.95361536), (None, None)),
        ((1200, 1100), 5, (3.566994635, 45.69642538), (18.73161645, 55.84543856)),
    ],
)
def test_grids_lie_where_the_format_says(
    shape: tuple[int, int], version: int, south_west: tuple[float, float], north_east: tuple[float, float]
) -> None:
    grid = radolan.read(foreign_binary.radolan(stored=blank_radolan(shape), version=version)).grid
    assert grid.lonlat(-0.5, -0.5) == pytest.approx(south_west, abs=1e-4)
    if north_east[0] is not None:
        assert grid.lonlat(shape[0] - 0.5, shape[1] - 0.5) == pytest.approx(north_east, abs=1e-4)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (foreign_binary.radolan(lead=5), "a forecast 5 min ahead"),
        (foreign_binary.radolan("SF"), "is the product SF; we read EX, RH"),
        (foreign_binary.radolan()[:-1], "not as long as its header says"),
        (foreign_binary.radolan() + b"\0", "not as long as its header says"),
        (foreign_binary.radolan(minutes=0), "over no time"),
        (foreign_binary.radolan(stored=blank_radolan((9, 9))), "9 x 9 pixels; we know 900 x 900"),
        (foreign_binary.radolan()[:60], "header of the RADOLAN file is not complete"),
        (foreign_binary.radolan().replace(b"GP", b"XX", 1), "header of the RADOLAN file is not complete"),
        (foreign_binary.radolan().replace(b"RY281445", b"RY321445", 1), "time of the RADOLAN file"),
    ],
)
def test_what_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(BadFrames, match=sentence):
        radolan.read(data)


def test_an_interval_in_days() -> None:
    header = radolan.header_of(foreign_binary.radolan().replace(b"INT   5", b"INT 1U1"))
    assert header.minutes == 1440
    assert header.time == datetime(2016, 9, 28, 14, 45, tzinfo=UTC)
