"""The feeds of the presets as they look, on this machine."""

import json
import re
from datetime import datetime

from jobs.source import SourceSpec
from tests.feed import Feed

KNMI = "/open-data/v1/datasets/nl_rdr_data_rtcor_5m/versions/1.0/files"
METEOSWISS = "/api/stac/v1/collections/ch.meteoschweiz.ogd-radar-precip/items/%Y%m%d-ch"
DMI = "/v1/radardata/collections/composite/items"
BUCKETS = ("/openradar-24h/", "/noaa-mrms-pds/", "/fmi-opendata-radar-geotiff/")
NAMES = {
    "dwd-ry": "/weather/radar/radolan/ry/raa01-ry_10000-%y%m%d%H%M-dwd---bin.bz2",
    "dwd-rv": "/weather/radar/composite/rv/DE1200_RV%y%m%d%H%M.tar.bz2",
    "opera": "/openradar-24h/%Y/%m/%d/OPERA/COMP/OPERA@%Y%m%dT%H%M@0@RATE.h5",
    "mrms": "/noaa-mrms-pds/CONUS/PrecipRate_00.00/%Y%m%d/MRMS_PrecipRate_00.00_%Y%m%d-%H%M00.grib2.gz",
    "fmi": "/fmi-opendata-radar-geotiff/%Y/%m/%d/finrad/%Y%m%d%H%M_composite_cappi_600_dbzh_finrad_qc.tif",
    "knmi": "/signed/RAD_NL25_RAC_RT_%Y%m%d%H%M.h5",
    "dmi": "/v1/radardata/download/dk.com.%Y%m%d%H%M.500_max.h5",
    "meteoswiss": "/ch.meteoschweiz.ogd-radar-precip/%Y%m%d-ch/rzc%y%j%H%Mvl.001.h5",
}
"""Files as the feeds name them."""


def here(feed: Feed, source: SourceSpec) -> SourceSpec:
    """The same source, on this machine."""
    text = source.model_dump_json().replace("s3://", f"{feed.url}/")
    return SourceSpec.model_validate_json(re.sub(r"https://[^/\"]+", feed.url, text))


def listed(feed: Feed, day: datetime) -> None:
    """What lists all that is published: the buckets, the manifest, the search and the item of that day."""
    paths = list(feed.items)
    for bucket in BUCKETS:
        feed.directory(bucket)
    files = [{"filename": name_of(path), "lastModified": "2026-06-01T12:02:00+00:00"} for path in paths]
    document(feed, KNMI, {"files": files, "isTruncated": False})
    for path in paths:
        document(feed, f"{KNMI}/{name_of(path)}/url", {"temporaryDownloadUrl": f"{feed.url}{path}?X-Amz-Signature=1"})
    features = [{"type": "Feature", "asset": {"data": {"href": feed.url + path}}} for path in paths]
    document(feed, DMI, {"type": "FeatureCollection", "features": features})
    assets = {name_of(path): {"href": feed.url + path} for path in paths}
    document(feed, day.strftime(METEOSWISS), {"type": "Feature", "assets": assets})


def name_of(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def document(feed: Feed, path: str, what: object) -> None:
    """Publish JSON."""
    feed.publish(path, json.dumps(what).encode())
