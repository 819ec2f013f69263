"""Every NetCDF file we write passes the CF checker of IOOS, on every kind of grid."""

import re
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
from pyproj import CRS, Transformer

from radar.chances import Chances
from radar.formats import netcdf
from radar.formats.netcdf_write import grid_mapping
from radar.frames import Frames
from radar.grid import Grid
from radar.nowcast import Nowcast, future_times
from tests.radar.samples import times

NEEDED = "compliance-checker, of the test extra, checks what we write: pip install compliance-checker"
SPELT = re.compile(r". is a required attribute for grid mapping mercator")
"""The checker spells the one attribute that Mercator needs, and misses each letter of it."""
ORDER = "spatio-temporal dimensions are not in the recommended order"
"""Of a picture it cannot tell what the rows and columns are."""
STEREO = "+proj=stere +lat_0=90 +lat_ts=60 +lon_0=10 +a=6378140 +b=6356750"
GRIDS = {
    "longitude and latitude": ((0.01, 0, 10, 0, -0.01, 50), "EPSG:4326"),
    "equal area": ((1000, 0, 4_321_000, 0, -1000, 3_210_000), "EPSG:3035"),
    "transverse Mercator": ((1000, 0, 800_000, 0, -1000, 840_000), "EPSG:2326"),
    "web Mercator": ((1000, 0, 0, 0, -1000, 6_000_000), "EPSG:3857"),
    "polar": ((1000, 0, 0, 0, -1000, -3_650_000), STEREO),
    "polar in km": ((1, 0, 0, 0, -1, -3650), STEREO + " +units=km"),
    "southern polar": ((1000, 0, 0, 0, -1000, 0), "EPSG:3031"),
    "azimuthal": ((1000, 0, 0, 0, -1000, 0), "+proj=aeqd +lat_0=52 +lon_0=5"),
    "geostationary": ((3000, 0, 0, 0, -3000, 4_000_000), "+proj=geos +h=35785831 +lon_0=0 +sweep=y"),
}

SCALE = {"polar in km": 1e-3}
"""Units of the coordinates in metres, which CF's attributes are in."""


@pytest.fixture(scope="module")
def suite() -> Any:
    """The checker."""
    runner = pytest.importorskip("compliance_checker.runner", reason=NEEDED)
    runner.CheckSuite.load_all_available_checkers()
    return runner.CheckSuite()


def grid(name: str) -> Grid:
    """A small grid of this kind."""
    return Grid.of((6, 7), *GRIDS[name]) if name in GRIDS else Grid.picture((6, 7))


def said(place: Grid) -> Nowcast:
    """A nowcast with chances, not observed in a corner."""
    random = np.random.default_rng(7)
    rain = random.random((3, 6, 7), np.float32)
    rain[:, 0, 0] = np.nan
    past = Frames(rain[:2], times(2), place)
    chances = Chances((0.5, 2.0), random.random((2, 3, 6, 7)), "network")
    frames = Frames(rain, future_times(past, 3), place)
    return Nowcast(frames, "ms-convlstm", "1", "ms-convlstm", past.times, chances=chances)


def complaints(suite: Any, file: Path) -> list[str]:
    """What the checker has to say against a file, by CF-1.8."""
    with suite.load_dataset(str(file)) as opened:
        ((found, errors),) = suite.run_all(opened, ["cf:1.8"]).values()
    assert not errors
    assert len(found) > 10
    said = [sentence for one in found if one.value[0] != one.value[1] for sentence in one.msgs]
    return [sentence for sentence in said if not SPELT.fullmatch(sentence)]


@pytest.mark.filterwarnings("ignore:The ioos_sos checker is deprecated:DeprecationWarning")
@pytest.mark.parametrize("name", [*GRIDS, "picture"])
def test_files_are_cf(suite: Any, tmp_path: Path, name: str) -> None:
    nowcast, file = said(grid(name)), tmp_path / "said.nc"
    for data in (netcdf.write_nowcast(nowcast), netcdf.write(nowcast.frames)):
        file.write_bytes(data)
        assert [sentence for sentence in complaints(suite, file) if name in GRIDS or ORDER not in sentence] == []


@pytest.mark.filterwarnings("ignore:The ioos_sos checker is deprecated:DeprecationWarning")
def test_the_checker_complains_of_what_is_wrong(suite: Any, tmp_path: Path) -> None:
    file = tmp_path / "wrong.nc"
    with netCDF4.Dataset(file, "w") as opened:
        opened.Conventions = "CF-1.8"
        opened.createVariable("rain", "f4").setncatts({"standard_name": "rainfall_love", "units": "mm h-1"})
    assert any("rainfall_love" in sentence for sentence in complaints(suite, file))


@pytest.mark.parametrize("name", [*GRIDS, "picture"])
def test_what_the_attributes_say_is_read_back(name: str) -> None:
    place = grid(name)
    found = netcdf.read(netcdf.write(said(place).frames)).grid
    assert (found.transform, found.projection) == (place.transform, place.projection)


@pytest.mark.parametrize("name", GRIDS)
def test_the_attributes_alone_say_the_same_place(name: str) -> None:
    place = grid(name)
    assert place.projection
    attributes = {key: value for key, value in grid_mapping(place.projection).items() if key != "crs_wkt"}
    x, y = place.x[3], place.y[2]
    told = lonlat(CRS.from_cf(attributes), x / SCALE.get(name, 1), y / SCALE.get(name, 1))
    assert told == pytest.approx(lonlat(place.projection, x, y), abs=1e-6)


def lonlat(crs: CRS, x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude on the datum of a CRS itself."""
    assert crs.geodetic_crs
    found = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(x, y)
    return float(found[0]), float(found[1])
