"""Feeds of weather services as sources ready to use: `python -m workers.sources.presets dwd-ry` prints the TOML."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jobs.region import GridSpec
from jobs.source import SourceSpec
from radar.errors import BadInput

MINUTE = 60


@dataclass(frozen=True)
class Preset:
    """A feed, and what a region that stands on it should say.

    publish_delay_seconds: from a frame's time until the feed has it, rounded up; licence: of the data; page: where its
    owner describes it; grid: where the feed's own has more pixels than we nowcast.
    """

    name: str
    source: SourceSpec
    cadence_minutes: int
    publish_delay_seconds: int
    licence: str
    page: str
    grid: GridSpec | None = None

    def toml(self, region: str) -> str:
        """The region as a file of regions declares it."""
        said = {
            "name": self.name,
            "cadence_minutes": self.cadence_minutes,
            "publish_delay_seconds": self.publish_delay_seconds,
            **({"grid": self.grid.model_dump()} if self.grid else {}),
            "source": self.source.model_dump(exclude_defaults=True),
        }
        return "\n".join(tables(f"region.{region}", said))


def tables(path: str, fields: dict[str, Any]) -> list[str]:
    """A mapping as TOML: what is plain first, then a table for each mapping in it."""
    plain = [f"{name} = {literal(value)}" for name, value in fields.items() if not isinstance(value, dict)]
    inner = [
        line
        for name, value in fields.items()
        if isinstance(value, dict)
        for line in ["", *tables(f"{path}.{name}", value)]
    ]
    return [f"[{path}]", *plain, *inner]


def literal(value: object) -> str:
    """A value as TOML, whose words, numbers and lists are those of JSON."""
    return json.dumps(value)


KNMI = "https://api.dataplatform.knmi.nl/open-data/v1/datasets/nl_rdr_data_rtcor_5m/versions/1.0/files"

PRESETS: dict[str, Preset] = {
    "dwd-ry": Preset(
        name="Germany (DWD RADOLAN RY)",
        source=SourceSpec(
            kind="clock",
            location="https://opendata.dwd.de/weather/radar/radolan/ry/",
            name="raa01-ry_10000-%y%m%d%H%M-dwd---bin.bz2",
            max_bytes=8 * 2**20,
            attribution="Deutscher Wetterdienst",
        ),
        cadence_minutes=5,
        publish_delay_seconds=4 * MINUTE,
        licence="CC BY 4.0",
        page="https://www.dwd.de/DE/leistungen/opendata/opendata.html",
    ),
    "dwd-rv": Preset(
        name="Germany and its borders (DWD RADVOR RV, DE1200)",
        source=SourceSpec(
            kind="clock",
            location="https://opendata.dwd.de/weather/radar/composite/rv/",
            name="DE1200_RV%y%m%d%H%M.tar.bz2",
            attribution="Deutscher Wetterdienst",
        ),
        cadence_minutes=5,
        publish_delay_seconds=4 * MINUTE,
        licence="CC BY 4.0",
        page="https://www.dwd.de/DE/leistungen/radarprodukte/formatbeschreibung_rv.pdf",
    ),
    "opera": Preset(
        name="Europe (EUMETNET OPERA rain rate)",
        source=SourceSpec(
            kind="s3",
            location="https://s3.waw3-1.cloudferro.com/openradar-24h/%Y/%m/%d/OPERA/COMP/",
            name="OPERA@%Y%m%dT%H%M@0@RATE.h5",
            attribution="EUMETNET OPERA",
            retry_minutes=60,
        ),
        cadence_minutes=15,
        publish_delay_seconds=11 * MINUTE,
        licence="CC BY 4.0",
        page="https://eumetnet.github.io/openradardata-documentation/",
    ),
    "mrms": Preset(
        name="Contiguous United States (NOAA MRMS)",
        source=SourceSpec(
            kind="s3",
            location="s3://noaa-mrms-pds/CONUS/PrecipRate_00.00/%Y%m%d/",
            name="MRMS_PrecipRate_00.00_%Y%m%d-%H%M%S.grib2.gz",
            attribution="NOAA/NSSL MRMS",
        ),
        cadence_minutes=2,
        publish_delay_seconds=3 * MINUTE,
        licence="public domain (US Government work)",
        page="https://registry.opendata.aws/noaa-mrms-pds/",
        grid=GridSpec(height=1750, width=3500, transform=(0.02, 0, -130, 0, -0.02, 55), crs="EPSG:4326"),
    ),
    "fmi": Preset(
        name="Finland (FMI composite)",
        source=SourceSpec(
            kind="s3",
            location="s3://fmi-opendata-radar-geotiff/%Y/%m/%d/finrad/",
            name="%Y%m%d%H%M_*cappi_600_dbzh_finrad_qc.tif",
            attribution="Finnish Meteorological Institute",
        ),
        cadence_minutes=5,
        publish_delay_seconds=6 * MINUTE,
        licence="CC BY 4.0",
        page="https://en.ilmatieteenlaitos.fi/radar-data-on-aws-s3",
        grid=GridSpec(height=1300, width=800, transform=(1000, 0, 0, 0, -1000, 7_850_000), crs="EPSG:3067"),
    ),
    "knmi": Preset(
        name="The Netherlands (KNMI real-time rain)",
        source=SourceSpec(
            kind="manifest",
            location=f"{KNMI}?maxKeys=50&orderBy=created&sorting=desc",
            name="RAD_NL25_RAC_RT_%Y%m%d%H%M.h5",
            attribution="KNMI",
            headers={"Authorization": "YOUR KEY"},
            options={
                "items": "files",
                "url": "filename",
                "mark": "lastModified",
                "link": KNMI + "/{name}/url",
                "link_field": "temporaryDownloadUrl",
            },
        ),
        cadence_minutes=5,
        publish_delay_seconds=2 * MINUTE,
        licence="CC BY 4.0",
        page="https://dataplatform.knmi.nl/dataset/nl-rdr-data-rtcor-5m-1-0",
    ),
    "dmi": Preset(
        name="Denmark (DMI composite)",
        source=SourceSpec(
            kind="stac",
            location="https://opendataapi.dmi.dk/v1/radardata/collections/composite/items?scanType=fullRange",
            name="dk.com.%Y%m%d%H%M.500_max.h5",
            attribution="Danish Meteorological Institute",
        ),
        cadence_minutes=10,
        publish_delay_seconds=5 * MINUTE,
        licence="CC BY 4.0",
        page="https://opendatadocs.dmi.govcloud.dk/",
    ),
    "meteoswiss": Preset(
        name="Switzerland (MeteoSwiss RZC)",
        source=SourceSpec(
            kind="stac",
            location="https://data.geo.admin.ch/api/stac/v1/collections/ch.meteoschweiz.ogd-radar-precip/items/%Y%m%d-ch",
            name="rzc%y%j%H%M*.h5",
            attribution="Source: MeteoSwiss",
        ),
        cadence_minutes=5,
        publish_delay_seconds=4 * MINUTE,
        licence="CC BY 4.0",
        page="https://opendatadocs.meteoswiss.ch/",
    ),
    "hko-folder": Preset(
        name="Hong Kong (a folder in the HKO-7 layout)",
        source=SourceSpec(
            kind="folder",
            location="/data/radar/%Y/%m/%d",
            name="RAD%y%m%d%H%M00.png",
            attribution="Hong Kong Observatory",
        ),
        cadence_minutes=6,
        publish_delay_seconds=MINUTE,
        licence="by agreement with the Hong Kong Observatory; no commercial use",
        page="https://github.com/sxjscience/HKO-7",
    ),
}


def preset(name: str) -> Preset:
    """The preset of a name; BadInput names those there are."""
    if name not in PRESETS:
        raise BadInput(f"There is no preset {name!r}; there are {', '.join(PRESETS)}.")
    return PRESETS[name]


def main(names: Sequence[str]) -> int:
    """Print these presets, or all; the exit code."""
    try:
        print("\n\n".join(preset(name).toml(name) for name in names or PRESETS))
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
