"""Original files of eleven services: when, where, how much, and how much of it was not observed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from radar.errors import BadFrames
from radar.formats import netcdf, radvor
from radar.formats.hints import Hints
from radar.formats.table import read, read_all
from radar.frames import Frames
from tests.radar.foreign_archives import meteonet
from tests.radar.samples import as_strangers_read

FOLDER = Path(__file__).parents[2].parent / "shared/data/formats"
EVENTS = Path(__file__).parents[2].parent / "shared/data/radar"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the original radar files are not at {FOLDER}")


class Known(NamedTuple):
    """What a file must give. first, last: longitude and latitude of the outer corners of the first and last pixel, as
    the service publishes them; missing: share of pixels not observed; highest: mm/h."""

    file: str
    time: str
    shape: tuple[int, int]
    first: tuple[float, float]
    last: tuple[float, float]
    missing: float
    highest: float


ODYSSEY = (-39.5357864, 67.0228328), (29.4210386, 31.9876503)
NIMBUS = (-39.5358121, 67.0228109), (29.4210107, 31.9876471)
RADOLAN = (3.5889, 46.9526), (15.7208, 54.7405)
RADKLIM = (4.6759, 46.1929), (17.1128, 55.5342)
DUTCH = (0.0, 55.974), (9.009, 48.895)
FINNISH = (15.0452, 69.0018), (31.3663, 57.9320)
SWISS = (2.6894, 49.3744), (11.9556, 43.6190)
MRMS = (-130.0, 55.0), (-60.0, 20.0)
MELBOURNE = (143.3229, -36.6874), (146.2138, -39.0083)
MOUNT_STAPYLTON = (151.9552, -26.5569), (154.5522, -28.8663)
FILES = [
    Known(
        "odim_h5_opera/T_PAAH21_C_EUOC_20180824180000.hdf", "2018-08-24T18:00", (2200, 1900), *ODYSSEY, 0.499, 1205.22
    ),
    Known(
        "odim_h5_opera/T_PAAH22_C_EUOC_20241126010000.hdf", "2024-11-26T01:00", (2200, 1900), *NIMBUS, 0.48575, 205.05
    ),
    Known(
        "radolan_binary/raa01-ry_10000-2009061725-dwd---bin", "2020-09-06T17:25", (900, 900), *RADOLAN, 0.2557, 32.52
    ),
    Known(
        "radolan_binary/raa01-ry_10000-2009061730-dwd---bin.gz", "2020-09-06T17:30", (900, 900), *RADOLAN, 0.2557, 64.92
    ),
    Known(
        "radolan_binary/raa01-rw_10000-1811220050-dwd---bin.gz", "2018-11-22T00:50", (900, 900), *RADOLAN, 0.1799, 3.0
    ),
    Known(
        "radolan_binary/raa01-rx_10000-1408102050-dwd---bin.gz",
        "2014-08-10T20:50",
        (900, 900),
        *RADOLAN,
        0.2180,
        191.836,
    ),
    Known(
        "radolan_binary/raa01-yw2017.002_10000-1708160100-dwd---bin.gz",
        "2017-08-16T01:00",
        (1100, 900),
        *RADKLIM,
        0.3890,
        142.92,
    ),
    Known(
        "radvor_nowcast/DE1200_RV2210180700.tar.bz2",
        "2022-10-18T07:00",
        (1200, 1100),
        (3.566994635, 45.69642538),
        (18.7316, 55.8454),
        0.4695,
        59.88,
    ),
    Known("mrms_grib2/PrecipRate_00.00_20190610-000000.grib2", "2019-06-10T00:00", (3500, 7000), *MRMS, 0.3579, 148.8),
    Known(
        "mrms_grib2/MRMS_ReflectivityAtLowestAltitude_00.50_20230406-120039.grib2.gz",
        "2023-04-06T12:00:39",
        (3500, 7000),
        *MRMS,
        0.3481,
        205.048,
    ),
    Known("knmi_hdf5/RAD_NL25_RAP_5min_201008260000.h5", "2010-08-26T00:00", (765, 700), *DUTCH, 0.7437, 8.64),
    Known(
        "fmi_pgm/201609281445_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        "2016-09-28T14:45",
        (1226, 760),
        *FINNISH,
        0.2435,
        46.5345,
    ),
    Known(
        "fmi_geotiff/201609281445_FINUTM.tif",
        "2016-09-28T14:45",
        (7316, 4963),
        (6.6827, 71.7910),
        (35.7680, 56.1309),
        0.6795,
        84.9596,
    ),
    Known("mch_gif/AQC151351545F_00005.801.gif", "2015-05-15T15:45", (640, 710), *SWISS, 0.3081, 107.0015),
    Known("bom_netcdf/2_20180616_100000.prcp-cscn.nc", "2018-06-16T10:00", (512, 512), *MELBOURNE, 0, 32.0),
    Known("bom_netcdf/66_20201031_000000.prcp-c10.nc", "2020-10-31T00:00", (512, 512), *MOUNT_STAPYLTON, 0, 16.5),
]


def content(name: str) -> bytes:
    """The bytes of a file."""
    return (FOLDER / name).read_bytes()


@pytest.mark.parametrize("known", FILES, ids=lambda known: known.file.rpartition("/")[2])
def test_every_service(known: Known) -> None:
    read_frames = read(content(known.file))
    grid = read_frames.grid
    assert read_frames.times == (datetime.fromisoformat(known.time).replace(tzinfo=UTC),)
    assert grid.shape == known.shape
    corners = grid.lonlat(-0.5, -0.5), grid.lonlat(grid.height - 0.5, grid.width - 0.5)
    np.testing.assert_allclose(corners, (known.first, known.last), atol=0.001)
    assert np.isnan(read_frames.rain).mean() == pytest.approx(known.missing, abs=1e-4)
    assert np.nanmax(read_frames.rain) == pytest.approx(known.highest, rel=1e-5)


@pytest.mark.parametrize(
    ("pattern", "count", "minutes"),
    [
        ("odim_h5_opera/T_PAAH21*", 2, 15),
        ("radolan_binary/*-ry_*", 3, 5),
        ("radolan_binary/*-yw*", 3, 5),
        ("radolan_binary/*-rw_*", 2, 60),
        ("knmi_hdf5/*", 3, 5),
        ("fmi_pgm/*", 3, 5),
        ("mch_gif/*", 3, 5),
        ("bom_netcdf/2_*", 2, 6),
        ("bom_netcdf/66_*", 2, 10),
    ],
)
def test_frames_of_a_service_are_joined(pattern: str, count: int, minutes: int) -> None:
    paths = sorted(FOLDER.glob(pattern), reverse=True)
    joined = read_all([(path.name, path.read_bytes()) for path in paths])
    assert len(joined) == count
    assert joined.cadence is not None
    assert joined.cadence.total_seconds() == 60 * minutes


def test_the_forecast_of_radvor() -> None:
    nowcast = radvor.read_nowcast(content("radvor_nowcast/DE1200_RV2210180700.tar.bz2"))
    assert nowcast.leads == tuple(range(5, 121, 5))
    assert nowcast.reference_time == datetime(2022, 10, 18, 7, tzinfo=UTC)
    assert np.nanmax(nowcast.frames.rain) == pytest.approx(70.56)
    assert np.isnan(nowcast.frames.rain[11]).mean() == pytest.approx(0.4648, abs=1e-4)


def test_swedish_netcdf_is_as_xarray_has_it() -> None:
    data = content("openmrg_netcdf/openMRG_example_rad_20150827_90minutes.nc")
    frames = read(data)
    expected = as_strangers_read(data)
    np.testing.assert_allclose(frames.rain, expected.rainfall.values, atol=1e-6)
    assert len(frames) == 19
    row, column = 30, 20
    lonlat = float(expected.lon.values[row, column]), float(expected.lat.values[row, column])
    assert frames.grid.lonlat(row, column) == pytest.approx(lonlat, abs=1e-4)


def test_a_flag_is_no_rain() -> None:
    with pytest.raises(BadFrames, match=r"holds parameter 209\.6\.0"):
        read(content("mrms_grib2/MRMS_PrecipFlag_00.00_20260219-042400.grib2.gz"))


def meteonet_members() -> tuple[NDArray[np.int16], tuple[datetime, ...]]:
    """Rain and dates of the MeteoNet sample as NumPy unpickles them: this file is ours."""
    with np.load(FOLDER / "meteonet_npz/rainfall_NW_2016_08.3.npz", allow_pickle=True) as file:
        return file["data"], tuple(file["dates"])


def test_meteonet_as_numpy_has_it() -> None:
    data, dates = meteonet_members()
    newest = read(content("meteonet_npz/rainfall_NW_2016_08.3.npz"), Hints(last=3))
    assert newest.times == tuple(date.replace(tzinfo=UTC) for date in dates[-3:])
    afternoon = [date.strftime("%d %H") in {"28 10"} for date in dates]
    frames = read(meteonet(data[afternoon], np.array(dates)[afternoon]))
    np.testing.assert_allclose(frames.rain, np.where(data[afternoon] < 0, np.nan, data[afternoon] * 0.12), rtol=1e-6)


def test_meteonet_lies_where_its_coordinates_say() -> None:
    grid = read(content("meteonet_npz/rainfall_NW_2016_08.3.npz"), Hints(last=1)).grid
    with np.load(FOLDER / "meteonet_npz/radar_coords_NW.npz") as coordinates:
        lons, lats = coordinates["lons"], coordinates["lats"]
    np.testing.assert_allclose(grid.x, lons[0], atol=1e-9)
    np.testing.assert_allclose(grid.y, lats[:, 0], atol=1e-9)


def test_scattered_frames_are_refused_by_name() -> None:
    with pytest.raises(BadFrames, match="there is none at 2016-08-21T00:15:00Z"):
        read(content("meteonet_npz/rainfall_NW_2016_08.3.npz"))


@pytest.mark.parametrize(
    ("file", "event"),
    [
        ("knmi_hdf5/RAD_NL25_RAP_5min_201008260005.h5", "nl_knmi_20100826T0000.nc"),
        ("mch_gif/AQC151351550F_00005.801.gif", "ch_mch_20150515T1545.nc"),
        ("radolan_binary/raa01-ry_10000-2009061730-dwd---bin.gz", "short/de_dwd_ry_20200906T1725.nc"),
        ("radolan_binary/raa01-yw2017.002_10000-1708160105-dwd---bin.gz", "short/de_dwd_yw_20170816T0055.nc"),
    ],
)
@pytest.mark.skipif(not EVENTS.is_dir(), reason=f"the real radar files are not at {EVENTS}")
def test_as_others_have_decoded_it(file: str, event: str) -> None:
    """The same frame in events that were decoded and repackaged by somebody else, in steps of 0.01 mm/h."""
    ours = read(content(file))
    theirs = netcdf.read((EVENTS / event).read_bytes())
    same_time = theirs.rain[theirs.times.index(ours.times[0])]
    southern_first = ours.grid.transform[4] > 0
    np.testing.assert_allclose(ours.rain[0, :: -1 if southern_first else 1], same_time, atol=0.00501)


def test_picture_and_geotiff_of_finland_agree() -> None:
    """The same composite at 1 km and at 250 m, each on a projection of its own, sampled at the same places."""
    coarse = read(content("fmi_pgm/201609281445_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz"))
    fine = read(content("fmi_geotiff/201609281445_FINUTM.tif"))
    pairs = np.array(
        [sampled(coarse, fine, row, column) for row in range(200, 1100, 9) for column in range(100, 650, 9)]
    )
    seen = pairs[np.isfinite(pairs).all(axis=1)]
    wet = seen > 0.1
    assert len(seen) > 3000
    assert (wet[:, 0] == wet[:, 1]).mean() > 0.93
    assert np.corrcoef(np.log(seen.T + 0.1))[0, 1] > 0.9


def sampled(coarse: Frames, fine: Frames, row: int, column: int) -> tuple[float, float]:
    """Rain at the centre of a pixel of one, in both."""
    at = fine.grid.pixel(*coarse.grid.lonlat(row, column))
    return (float(coarse.rain[0, row, column]), float(fine.rain[0, at[0], at[1]]) if at else float("nan"))
