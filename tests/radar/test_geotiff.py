"""GeoTIFF: metadata, kinds of pixels, projections."""

from typing import Any

import numpy as np
import pytest
from pyproj import Proj

from radar.errors import BadFrames, TooLarge
from radar.formats import geotiff
from radar.formats.hints import Hints
from radar.formats.table import read_all
from radar.rain import FMI, from_dbz
from tests.radar import foreign_pictures
from tests.radar.foreign_pictures import FMI_METADATA
from tests.radar.samples import START, times

HINTS = Hints(times=times(1))
GDAL = """<GDALMetadata><Item name="UNITTYPE" sample="0" role="unittype">mm h-1</Item>
<Item name="SCALE" sample="0" role="scale">0.1</Item>
<Item name="OFFSET" sample="0" role="offset">0</Item></GDALMetadata>"""
NESTED = FMI_METADATA.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


@pytest.mark.parametrize("metadata", [FMI_METADATA, f"<GDALMetadata><Item>{NESTED}</Item></GDALMetadata>"])
def test_reflectivity(metadata: str) -> None:
    read = geotiff.read(foreign_pictures.geotiff(metadata=metadata))
    expected = [[0, float(from_dbz(0.0, FMI)), np.nan], [float(from_dbz(23.0, FMI)), 0, 0]]
    np.testing.assert_allclose(read.rain[0], expected, rtol=1e-6)
    assert read.times == (START,)


@pytest.mark.parametrize("kind", ["u1", "u2", "i4", "f4"])
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate"])
def test_rain_rate_in_any_kind_of_number(kind: str, compression: str) -> None:
    stored = np.array([[0, 5], [250, 100]], kind)
    data = foreign_pictures.geotiff(stored, metadata=GDAL, nodata="250", compression=compression)
    read = geotiff.read(data, HINTS)
    np.testing.assert_allclose(read.rain[0], [[0, 0.5], [np.nan, 10]], rtol=1e-6)
    assert read.times == times(1)


def test_the_name_may_tell_the_time() -> None:
    assert read_all([("radar_201609281445.tif", foreign_pictures.geotiff(metadata=GDAL))]).times == times(1)


def test_times_go_to_those_without_one() -> None:
    later = FMI_METADATA.replace("201609281445", "201609281450")
    parts = [
        ("a.tif", foreign_pictures.geotiff(metadata=FMI_METADATA.replace("Observation time", "x"))),
        ("b.tif", foreign_pictures.geotiff(metadata=later)),
    ]
    assert read_all(parts, HINTS).times == times(2)


@pytest.mark.parametrize(("raster", "off"), [(1, 0.0), (2, 125.0)])
def test_a_pixel_is_an_area_or_a_point(raster: int, off: float) -> None:
    keys = (1, 1, 0, 2, 1025, 0, 1, raster, 3072, 0, 1, 3067)
    grid = geotiff.read(foreign_pictures.geotiff(keys=keys)).grid
    assert grid.transform == (250, 0, -196_593 - off, 0, -250, 8_084_432 + off)


@pytest.mark.parametrize(
    ("method", "doubles", "proj"),
    [
        (
            10,
            ((3089, 55.0), (3088, 10.0), (3082, 1.95e6), (3083, -2.1e6)),
            "+proj=laea +lat_0=55 +lon_0=10 +x_0=1950000 +y_0=-2100000",
        ),
        (15, ((3081, 60.0), (3095, 25.0)), "+proj=stere +lat_0=90 +lat_ts=60 +lon_0=25"),
        (
            15,
            ((3081, -71.0), (3095, 0.0), (2057, 6371000.0), (2059, 1e9)),
            "+proj=stere +lat_0=-90 +lat_ts=-71 +R=6371000",
        ),
    ],
)
def test_projections_without_a_code(method: int, doubles: tuple[tuple[int, float], ...], proj: str) -> None:
    keys = [1, 1, 0, 3 + len(doubles), 1024, 0, 1, 1, 3072, 0, 1, 32767, 3075, 0, 1, method]
    for at, (key, _) in enumerate(doubles):
        keys += [key, 34736, 1, at]
    grid = geotiff.read(foreign_pictures.geotiff(keys=keys, doubles=[value for _, value in doubles])).grid
    assert Proj(grid.projection)(20, 50) == pytest.approx(Proj(proj)(20, 50), abs=0.1)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"metadata": ""}, "has the unit ''"),
        ({"metadata": FMI_METADATA.replace("dBZ", "m/s**2")}, "has the unit 'm/s"),
        ({"metadata": FMI_METADATA.replace("0.500000", "half")}, "says gain is 'half'"),
        ({"metadata": FMI_METADATA.replace("201609281445", "yesterday")}, "The time 'yesterday'"),
        ({"metadata": GDAL}, "does not tell its time"),
        ({"keys": (1, 1, 0, 1, 3072, 0, 1, 9)}, "coordinate reference system of the TIFF"),
        ({"keys": (1, 1, 0, 1, 3075, 0, 1, 1)}, "projection that we do not read"),
        ({"pixels": np.zeros((2, 3, 3), np.uint8)}, "of the kind RGB"),
    ],
)
def test_what_is_refused(said: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadFrames, match=sentence):
        geotiff.read(foreign_pictures.geotiff(**said))


def test_more_pixels_than_the_bytes_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radar.formats.untrusted.MAX_PIXELS_A_BYTE", 1)
    data = foreign_pictures.geotiff(np.zeros((400, 400), np.uint8), compression="tiff_adobe_deflate")
    with pytest.raises(TooLarge, match="declares 160000 pixels in"):
        geotiff.read(data)


def test_a_picture_of_nowhere() -> None:
    data = foreign_pictures.geotiff().replace((33550).to_bytes(2, "little"), (33551).to_bytes(2, "little"))
    with pytest.raises(BadFrames, match="does not say where it lies"):
        geotiff.read(data)
