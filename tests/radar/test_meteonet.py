"""MeteoNet npz: amounts, zones, and pickled dates that are never unpickled."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from radar.errors import BadFrames
from radar.formats import meteonet
from radar.formats.hints import Hints
from radar.grid import Grid
from tests.radar import foreign_archives
from tests.radar.samples import grid, times


def test_amounts() -> None:
    read = meteonet.read(foreign_archives.meteonet())
    np.testing.assert_allclose(read.rain[:, 0, :3], [[3, np.nan, 0]] * 2, rtol=1e-6)
    assert read.times == times(2)


def test_only_the_newest() -> None:
    assert meteonet.read(foreign_archives.meteonet(), Hints(last=1)).times == times(2)[1:]


def test_the_zone_is_known_by_its_shape() -> None:
    placed = meteonet.read(foreign_archives.meteonet()).grid
    assert placed.lonlat(0, 0) == pytest.approx((-5.837, 51.891))
    assert placed.lonlat(564, 783) == pytest.approx((1.993, 46.251))


def test_another_zone_needs_a_grid() -> None:
    data = foreign_archives.meteonet(np.zeros((1, 7, 13), np.int16))
    assert meteonet.read(data, Hints(grid=grid(7, 13))).grid == grid(7, 13)
    with pytest.raises(BadFrames, match="no MeteoNet zone of 7 x 13"):
        meteonet.read(data)


@pytest.mark.parametrize(
    ("amounts", "dates", "sentence"),
    [
        (None, [datetime(2016, 9, 28)], "2 frames but 1 times"),
        (None, ["2016-09-28", "2016-09-29"], "other than datetimes, which we never load"),
        (np.zeros((2, 565, 784), np.float32), None, "holds float32"),
        (np.zeros((565, 784), np.int16), None, r"holds int16 \(565, 784\)"),
    ],
)
def test_what_is_refused(amounts: Any, dates: Any, sentence: str) -> None:
    with pytest.raises(BadFrames, match=sentence):
        meteonet.read(foreign_archives.meteonet(amounts, dates))


def test_what_the_file_says_goes_before_what_is_said_beside_it() -> None:
    elsewhere = Hints(times=times(1, datetime(2020, 1, 1, tzinfo=UTC)), grid=Grid.picture((2, 2)))
    read = meteonet.read(foreign_archives.meteonet(), elsewhere)
    assert read.times == times(2)
    assert read.grid.crs is not None


def test_the_newest_of_frames_out_of_order_are_not_what_stands_last() -> None:
    data = foreign_archives.meteonet(dates=[time.replace(tzinfo=None) for time in reversed(times(2))])
    with pytest.raises(BadFrames, match="stands behind"):
        meteonet.read(data, Hints(last=1))
