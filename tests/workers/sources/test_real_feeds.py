"""Original files of weather services, published under the names of their feeds, pulled by the presets and read."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from radar.formats.table import read_all
from tests.feed import Feed
from tests.workers.sources.feeds import NAMES, here, listed
from tests.workers.sources.pulling import HERE, Dict
from workers.sources.naming import expanded
from workers.sources.presets import PRESETS
from workers.sources.table import open_source

FOLDER = Path(__file__).parents[4] / "shared/data/formats"
FILES = {
    "dwd-ry": ("radolan_binary/raa01-ry_10000-2009061730-dwd---bin.gz", datetime(2020, 9, 6, 17, 30, tzinfo=UTC)),
    "dwd-rv": ("radvor_nowcast/DE1200_RV2210180700.tar.bz2", datetime(2022, 10, 18, 7, tzinfo=UTC)),
    "opera": ("odim_h5_opera/T_PAAH22_C_EUOC_20241126010000.hdf", datetime(2024, 11, 26, 1, tzinfo=UTC)),
    "mrms": ("mrms_grib2/PrecipRate_00.00_20190610-000000.grib2", datetime(2019, 6, 10, tzinfo=UTC)),
    "fmi": ("fmi_geotiff/201609281445_FINUTM.tif", datetime(2016, 9, 28, 14, 45, tzinfo=UTC)),
    "knmi": ("knmi_hdf5/RAD_NL25_RAP_5min_201008260005.h5", datetime(2010, 8, 26, 0, 5, tzinfo=UTC)),
}


@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the original radar files are not at {FOLDER}")
@pytest.mark.parametrize("name", FILES)
def test_an_original_file_comes_through_its_preset(feed: Feed, memory: Dict, name: str) -> None:
    file, time = FILES[name]
    original = (FOLDER / file).read_bytes()
    feed.publish(expanded(NAMES[name], time), original)
    listed(feed, time)
    cadence = timedelta(minutes=PRESETS[name].cadence_minutes)
    source = open_source(here(feed, PRESETS[name].source), cadence, memory, hosts=HERE)
    (one,) = source.new_since(time - cadence, time)
    assert (one.data, one.time) == (original, time)
    assert read_all([(one.name, one.data)]).times[0] == time
