"""GeoTIFF of radar composites: one band of reflectivity or rain rate, with gain and offset in GDAL's metadata."""

import io
import re
from collections.abc import Mapping
from datetime import datetime
from html import unescape
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from radar.errors import BadFrames
from radar.formats.cf_rain import UNITS, echo, plain
from radar.formats.geotiff_grid import grid_of
from radar.formats.hints import Hints
from radar.formats.untrusted import check_packed, check_readable, time_of, untrusted
from radar.frames import Frames
from radar.rain import FMI

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
GDAL_METADATA, GDAL_NODATA = 42112, 42113
GDAL_PREFIX = "gdal_"
MAX_METADATA = 2**16
ITEM = re.compile(r"<Item\b([^<>]*)>([^<>]*)</Item>")
ATTRIBUTE = re.compile(r'\b(\w+)\s*=\s*"([^"]*)"')
DEPTH = 4
"""How many times over the metadata may be escaped; FMI's are metadata in metadata."""
MODES = {"L", "I;16", "I;16B", "I", "F"}
"""One band of numbers, in Pillow's names."""
MOMENTS = {"observation time": "%Y%m%d%H%M"}
BYTE = 256
NO_HINTS = Hints()

Said = Mapping[str, str]


def sniff(data: bytes) -> bool:
    """True for TIFF, small or big, of either byte order."""
    return data.startswith(MAGIC)


@untrusted("TIFF")
def read(data: bytes, hints: Hints = NO_HINTS) -> Frames:
    """The one frame of a band in dBZ or a unit of rain rate; its time from the metadata, or from the hints.

    Finnish reflectivity becomes rain by Z = 223 R^1.53, any other by Marshall and Palmer. No data is NaN, no echo none.
    """
    with opened(data) as image:
        check_readable(1, image.height, image.width, served=hints.served)
        check_packed(image.height * image.width, data)
        if image.mode not in MODES:
            raise BadFrames(f"The TIFF picture is of the kind {image.mode}; we read one band of numbers.")
        tags = dict(image.tag_v2)
        pixels = np.asarray(image)
    said = metadata(tags)
    rain = rain_of(pixels, said)
    return Frames(rain[np.newaxis], (frame_time(said, hints),), grid_of(tags, (rain.shape[0], rain.shape[1])))


def timeless(data: bytes) -> int:
    """How many frames need a time from the caller: one, unless the metadata tell it."""
    with untrusted("TIFF"), opened(data) as image:
        return 0 if told(metadata(dict(image.tag_v2))) else 1


def opened(data: bytes) -> TiffImageFile:
    """The picture, of which only the tags are read until its pixels are asked for."""
    image = Image.open(io.BytesIO(data), formats=["TIFF"])
    assert isinstance(image, TiffImageFile)
    return image


def metadata(tags: Mapping[int, Any]) -> Said:
    """Names and values of GDAL's metadata in small letters; its scale, offset, unit and no data under `gdal_`."""
    text = str(tags.get(GDAL_METADATA, ""))[:MAX_METADATA]
    for _ in range(DEPTH):
        text = unescape(text)
    said: dict[str, str] = {}
    for attributes, value in ITEM.findall(text):
        named = {key.lower(): word for key, word in ATTRIBUTE.findall(attributes)}
        key = GDAL_PREFIX + named["role"] if "role" in named else named.get("name", "")
        said[key.lower()] = value.strip()
        said.update({f"{key.lower()} unit": named["unit"]} if "unit" in named else {})
    nodata = str(tags.get(GDAL_NODATA, "")).strip("\0 ")
    return {**said, **({f"{GDAL_PREFIX}nodata": nodata} if nodata else {})}


def rain_of(pixels: NDArray[Any], said: Said) -> NDArray[np.floating]:
    """(Y, X) mm/h. Pixels of a byte are converted as a table of 256, since pictures of a byte are the large ones."""
    if pixels.dtype == np.uint8:
        table: NDArray[np.float32] = converted(np.arange(BYTE), said).astype(np.float32)
        return np.asarray(table[pixels])
    return converted(pixels, said)


def converted(values: NDArray[Any], said: Said) -> NDArray[np.floating]:
    """Stored values as mm/h."""
    gain, offset = (number(said, name, GDAL_PREFIX + role) for name, role in (("gain", "scale"), ("offset", "offset")))
    physical = values * (1.0 if gain is None else gain) + (offset or 0.0)
    unit = said.get("quantity unit") or said.get(f"{GDAL_PREFIX}unittype") or ""
    if plain(unit) not in UNITS:
        raise BadFrames(f"The TIFF picture has the unit {unit[:40]!r}; we read dBZ and mm h-1 as GDAL writes them.")
    finnish = plain(unit) == "dbz" and said.get("quantity", "").lower() == "corrected reflectivity"
    rain: NDArray[np.floating] = np.array(echo(physical, FMI) if finnish else UNITS[plain(unit)](physical), float)
    undetect, nodata = number(said, "undetect"), number(said, "nodata", f"{GDAL_PREFIX}nodata")
    rain[values == undetect] = 0
    rain[values == nodata] = np.nan
    return rain


def number(said: Said, *names: str) -> float | None:
    """The first of the names that is there, as a number."""
    text = next((said[name] for name in names if name in said), None)
    try:
        return None if text is None else float(text)
    except ValueError as error:
        raise BadFrames(f"The TIFF picture says {names[0]} is {text!r:.40}, which is no number.") from error


def told(said: Said) -> datetime | None:
    """The time that the metadata tell."""
    return next((time_of(said[name], pattern) for name, pattern in MOMENTS.items() if name in said), None)


def frame_time(said: Said, hints: Hints) -> datetime:
    """The time of the frame."""
    time = told(said)
    if time is not None:
        return time
    if len(hints.times or ()) != 1:
        raise BadFrames("The TIFF picture does not tell its time; give one time beside it.")
    return (hints.times or ())[0]
