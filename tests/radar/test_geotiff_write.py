"""GeoTIFF as we write it, read by GDAL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from pyproj import CRS, Transformer

from radar.errors import BadInput
from radar.formats import geotiff, geotiff_write
from radar.formats.hints import Hints
from radar.frames import Frames
from radar.grid import Affine, Grid
from tests.radar.samples import START, any_frames, frames, grid, nowcast, storm

rasterio_io = pytest.importorskip("rasterio.io", reason="rasterio, of the test extra, reads what we write")
PROJECTIONS = [
    ("EPSG:3035", 9, 50),
    ("EPSG:4326", 9, 50),
    ("EPSG:2326", 114, 22),
    ("EPSG:2056", 8, 47),
    ("+proj=longlat +R=6371229", 9, 50),
    ("+proj=stere +lat_0=90 +lat_ts=60 +lon_0=10 +R=6370040", 9, 50),
    ("+proj=stere +lat_0=90 +lat_ts=60 +lon_0=25 +x_0=380886.31 +y_0=3395677.92 +R=6371288", 25, 61),
    ("+proj=stere +lat_0=90 +lat_ts=60 +lon_0=0 +a=6378137 +rf=298.252840776245", 5, 52),
    ("+proj=stere +lat_0=90 +lat_ts=60 +lon_0=14 +ellps=bessel", 15, 60),
    ("+proj=stere +lat_0=-90 +lat_ts=-71 +lon_0=0", 30, -70),
    ("+proj=laea +lat_0=55 +lon_0=10 +x_0=1950000 +y_0=-2100000 +ellps=WGS84", 10, 55),
    ("+proj=aeqd +lat_0=46.4883 +lon_0=11.2106 +ellps=WGS84", 11, 46),
    ("+proj=lcc +lat_1=46 +lat_2=49 +lat_0=47 +lon_0=13 +x_0=400000 +y_0=300000", 14, 47),
    ("+proj=aea +lat_1=29 +lat_2=45 +lat_0=23 +lon_0=-96", -97, 35),
    ("+proj=tmerc +lat_0=22 +lon_0=114 +k_0=0.9996 +x_0=500000", 114, 23),
    ("+proj=merc +lat_ts=20 +lon_0=100", 101, 10),
]


@contextmanager
def opened(data: bytes) -> Iterator[Any]:
    """A file as GDAL opens it."""
    with rasterio_io.MemoryFile(data) as file, file.open() as source:
        yield source


def test_gdal_reads_every_lead_as_a_band() -> None:
    made = nowcast(frames(4, 300, 270))
    with opened(geotiff_write.write_nowcast(made)) as file:
        np.testing.assert_array_equal(file.read(), made.frames.rain)
        assert file.descriptions[0] == "rain rate 5 min ahead, 2016-09-28T15:05:00Z"
        assert (file.units, file.dtypes) == (("mm/h",) * 3, ("float32",) * 3)
        assert np.isnan(file.nodata)
        assert file.crs.to_epsg() == 3413
        assert tuple(file.transform)[:6] == made.frames.grid.transform


def test_how_it_was_made_is_in_the_file() -> None:
    with opened(geotiff_write.write_nowcast(nowcast(frames()))) as file:
        said = file.tags()
    assert said["reference_time"] == "2016-09-28T15:00:00Z"
    assert (said["method"], said["fallback_reason"]) == ("persistence", "The frames are too few.")


def test_the_tags_lie_before_tiles_that_are_deflated() -> None:
    data = geotiff_write.write_nowcast(nowcast(frames(2, 600, 520)))
    with opened(data) as file:
        said = file.profile
    assert (said["tiled"], said["blockxsize"], said["blockysize"], said["compress"]) == (True, 256, 256, "deflate")
    assert int.from_bytes(data[4:8], "little") == 8
    assert len(data) < 4 * 3 * 600 * 520


def test_one_lead_is_a_file_that_we_read_ourselves() -> None:
    made = nowcast(frames())
    data = geotiff_write.write_lead(made, 1)
    with opened(data) as file:
        assert file.tags()["valid_time"] == "2016-09-28T15:10:00Z"
    back = geotiff.read(data, Hints(times=(START,)))
    np.testing.assert_array_equal(back.rain[0], made.frames.rain[1])
    assert back.grid.transform == made.frames.grid.transform


@given(any_frames())
def test_any_frames_are_written(any_frames: Frames) -> None:
    with opened(geotiff_write.write_nowcast(nowcast(any_frames, 2))) as file:
        np.testing.assert_array_equal(file.read(), np.repeat(any_frames.rain[-1:], 2, 0))
        assert tuple(file.transform)[:6] == any_frames.grid.transform
        assert (file.crs is None) == (any_frames.grid.crs is None)


@pytest.mark.parametrize("transform", [(1000, 0, 5, 0, 1000, 7), (900, 100, 5, -100, -900, 7)])
def test_pixels_may_lie_in_any_direction(transform: Affine) -> None:
    placed = Grid.of((3, 4), transform, "EPSG:3035")
    data = geotiff_write.write(storm(1, 3, 4), placed, ["rain"], {})
    with opened(data) as file:
        assert tuple(file.transform)[:6] == transform


@pytest.mark.parametrize(("said", "lon", "lat"), PROJECTIONS)
def test_gdal_finds_the_same_place_in_every_projection(said: str, lon: float, lat: float) -> None:
    ours = CRS.from_user_input(said)
    data = geotiff_write.write(storm(1, 3, 4), Grid.of((3, 4), grid(3, 4).transform, ours), ["rain"], {})
    with opened(data) as file:
        theirs = CRS.from_wkt(file.crs.to_wkt())
    at, there = (
        Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True).transform(lon, lat) for crs in (ours, theirs)
    )
    np.testing.assert_allclose(there, at, atol=1e-6)


@pytest.mark.parametrize(
    "said",
    [
        "+proj=somerc +lat_0=46.95 +lon_0=7.44 +x_0=600000 +y_0=200000 +ellps=bessel",
        "+proj=stere +lat_0=52 +lon_0=19",
        "+proj=lcc +lat_1=46 +lat_0=46 +lon_0=13 +k_0=0.999",
        "+proj=laea +lat_0=55 +lon_0=10 +units=km",
    ],
)
def test_a_projection_that_would_be_written_wrong_is_refused(said: str) -> None:
    placed = Grid.of((3, 4), grid(3, 4).transform, said)
    with pytest.raises(BadInput, match="GeoTIFF has no keys"):
        geotiff_write.write(storm(1, 3, 4), placed, ["rain"], {})


def test_what_is_said_cannot_break_the_metadata() -> None:
    said = {"method": "a<b>", "title": "Zürich"}
    data = geotiff_write.write(storm(1, 3, 4), grid(3, 4), ["rain </Item>"], said)
    with opened(data) as file:
        assert (file.tags()["method"], file.tags()["title"]) == ("a<b>", "Z?rich")
        assert file.descriptions == ("rain </Item>",)
