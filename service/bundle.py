"""A nowcast as a zip: a GeoTIFF for each lead, and the JSON that says how it was made."""

import io
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from radar.formats import geotiff_write
from radar.frames import stamp
from radar.nowcast import Nowcast

FIRST_YEAR = 1980
"""A zip knows no earlier one."""


def bundled(nowcast: Nowcast, summary: bytes) -> bytes:
    """The files of a nowcast in one; BadInput when its projection cannot be written as GeoTIFF."""
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr(entry("nowcast.json", nowcast.reference_time), summary, ZIP_DEFLATED)
        for at, time in enumerate(nowcast.frames.times):
            name = f"rain_{stamp(time).replace(':', '').replace('-', '')}_{nowcast.leads[at]:04g}min.tif"
            archive.writestr(entry(name, time), geotiff_write.write_lead(nowcast, at), ZIP_STORED)
    return file.getvalue()


def entry(name: str, time: datetime) -> ZipInfo:
    """A file in a zip, as old as what it shows, so that equal nowcasts are equal files."""
    return ZipInfo(name, (max(time.year, FIRST_YEAR), time.month, time.day, time.hour, time.minute, time.second))
