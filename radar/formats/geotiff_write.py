"""GeoTIFF as we write it: float32 in deflated tiles, a band a lead.

The list of tags lies before the tiles, so that a reader on the web can fetch those it wants: a cloud-optimised GeoTIFF
without overviews, which grids of up to 512 pixels do not need.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

import numpy as np
import tifffile
from numpy.typing import NDArray

from radar.formats.geotiff import GDAL_METADATA, GDAL_NODATA
from radar.formats.geotiff_grid import DOUBLES, KEYS, MATRIX, SCALE, TIE_POINT
from radar.formats.geotiff_keys import directory, keys_of
from radar.frames import stamp
from radar.grid import Grid
from radar.nowcast import Nowcast

TILE = 256
TEXT, SHORT, DOUBLE = 2, 3, 12
"""TIFF's numbers for the types of a tag's values."""

Floats = NDArray[np.float32]
Tag = tuple[int, int, int, object, bool]


def write_nowcast(nowcast: Nowcast) -> bytes:
    """A nowcast as one file, a band a lead; BadInput when its projection cannot be written."""
    names = [name(lead, time) for lead, time in zip(nowcast.leads, nowcast.frames.times, strict=True)]
    return write(nowcast.frames.rain, nowcast.frames.grid, names, about(nowcast))


def write_lead(nowcast: Nowcast, at: int) -> bytes:
    """The frame with this index as a file of one band."""
    frames = nowcast.frames
    said = {**about(nowcast), "valid_time": stamp(frames.times[at])}
    return write(frames.rain[at : at + 1], frames.grid, [name(nowcast.leads[at], frames.times[at])], said)


def about(nowcast: Nowcast) -> dict[str, str]:
    """How a nowcast was made."""
    return {
        "reference_time": stamp(nowcast.reference_time),
        "method": nowcast.method,
        "method_version": nowcast.version,
        "asked_for": nowcast.asked_for,
        "fallback_reason": nowcast.fallback_reason or "",
    }


def name(lead: float, time: datetime) -> str:
    """What the band of a frame is called."""
    return f"rain rate {lead:g} min ahead, {stamp(time)}"


def write(bands: Floats, grid: Grid, names: Sequence[str], said: Mapping[str, str], unit: str = "mm/h") -> bytes:
    """Bands (B, Y, X) of one unit, NaN where nothing is known, with a name each and what is said of all of them."""
    file = io.BytesIO()
    tifffile.imwrite(
        file,
        bands,
        photometric="minisblack",
        planarconfig="separate" if len(bands) > 1 else None,
        tile=(TILE, TILE),
        compression="adobe_deflate",
        compressionargs={"level": 6},
        metadata=None,
        software=False,
        extratags=[*place(grid), text(GDAL_METADATA, metadata(names, said, unit)), text(GDAL_NODATA, "nan")],
    )
    return file.getvalue()


def place(grid: Grid) -> list[Tag]:
    """The tags that say where the pixels lie."""
    a, b, c, d, e, f = grid.transform
    if b == d == 0 and a > 0 > e:
        tags = [doubles(SCALE, (a, -e, 0.0)), doubles(TIE_POINT, (0.0, 0.0, 0.0, c, f, 0.0))]
    else:
        tags = [doubles(MATRIX, (a, b, 0.0, c, d, e, 0.0, f, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0))]
    if grid.projection is None:
        return tags
    entries, beside = directory(keys_of(grid.projection))
    keys: Tag = (KEYS, SHORT, len(entries), entries, True)
    return [*tags, keys, *([doubles(DOUBLES, beside)] if beside else [])]


def doubles(tag: int, values: tuple[float, ...]) -> Tag:
    """A tag of numbers."""
    return tag, DOUBLE, len(values), tuple(float(value) for value in values), True


def text(tag: int, value: str) -> Tag:
    """A tag of text, for which TIFF knows ASCII only."""
    return tag, TEXT, 0, value.encode("ascii", "replace").decode(), True


def metadata(names: Sequence[str], said: Mapping[str, str], unit: str) -> str:
    """What GDAL shows of a file and its bands, in its XML."""
    whole = [item(key, value) for key, value in said.items()]
    of_bands = [
        item(role.upper(), value, f' sample="{at}" role="{role}"')
        for at, title in enumerate(names)
        for role, value in (("description", title), ("unittype", unit))
    ]
    return "<GDALMetadata>\n" + "\n".join([*whole, *of_bands]) + "\n</GDALMetadata>"


def item(key: str, value: str, attributes: str = "") -> str:
    """One line of the XML."""
    return f'<Item name="{escape(key)}"{attributes}>{escape(value, quote=False)}</Item>'
