"""From bodies to Frames: one table of content types. All of this is work for a thread."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, TypeVar

import numpy as np
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, WithJsonSchema

from radar.assemble import assemble
from radar.errors import BadFrames, TooLarge
from radar.formats import png, table
from radar.formats.hints import Hints
from radar.formats.untrusted import untrusted
from radar.frames import Frames, Rain
from radar.grid import Affine, Grid, check_size
from service.body import FORM, Body
from service.stamps import Stamp

MAX_ITEMS = 2**19
"""The most values of nested lists, which take many times their room as Python has them."""
MAX_FILES = 64
UNITS = "mm/h"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4nGNgyGdoYAAAAsIA8ImckS4AAAAASUVORK5CYII="
"""A picture of 2 x 2 pixels, for the example."""
Base64 = Annotated[bytes, WithJsonSchema({"type": "string", "contentEncoding": "base64"})]
T = TypeVar("T")


class Place(BaseModel):
    """Where the pixels lie."""

    model_config = ConfigDict(extra="forbid")

    crs: str | None = Field(
        None, max_length=20_000, description="EPSG code, PROJ string or WKT", examples=["EPSG:3857"]
    )
    transform: Affine = Field(description="a, b, c, d, e, f: x = a column + b row + c, y = d column + e row + f")

    def grid(self, shape: tuple[int, int]) -> Grid:
        """The grid of this place and a shape."""
        return Grid(*shape, self.transform) if self.crs is None else Grid.of(shape, self.transform, self.crs)


class TinyFrames(BaseModel):
    """Frames as JSON, for tiny grids and first tries; real grids travel as NetCDF."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "rain": [[[0.0, 1.2], [None, 4.0]], [[0.0, 0.9], [None, 3.1]]],
                "times": ["2016-09-28T14:45:00Z", "2016-09-28T14:50:00Z"],
                "units": "mm/h",
            }
        },
    )

    rain: list[list[list[float | None]]] = Field(min_length=1, description="[time][row][column]; null is not observed")
    times: list[Stamp] = Field(description="one for each frame, increasing")
    units: str = Field(UNITS, description="only mm/h")
    grid: Place | None = Field(None, description="left out for a grid with no place on the Earth")


class PackedFrames(BaseModel):
    """Radar files as JSON, for callers who can send nothing else: each in base64, in any format we read."""

    model_config = ConfigDict(
        extra="forbid",
        val_json_bytes="base64",
        json_schema_extra={
            "example": {
                "files": [PIXEL, PIXEL],
                "times": ["2016-09-28T14:45:00Z", "2016-09-28T14:50:00Z"],
                "grid": {"crs": "EPSG:3857", "transform": [1000, 0, 0, 0, -1000, 0]},
            }
        },
    )

    files: list[Base64] = Field(min_length=1, max_length=MAX_FILES, description="in base64, or its URL-safe variant")
    times: list[Stamp] | None = Field(None, description="of those that carry none, in order")
    grid: Place | None = Field(None, description="of those that carry none, as large as the first PNG")


def one_file(body: Body, hints: Hints) -> Frames:
    """A body that is a file of any format we read; its bytes say which, whatever it is called."""
    return table.read(body.files[0][1], hints)


def several_files(body: Body, hints: Hints) -> Frames:
    """A form with a list of files, and the times and the grid of those that carry none."""
    if not body.files:
        raise BadFrames("The form has no file; send each frame as a part with a filename.")
    known = {"times": times_of, "grid": grid_of}
    if strange := body.fields.keys() - known.keys():
        raise BadFrames(f"The form has a field {sorted(strange)[0][:40]!r}; beside files it may have times and grid.")
    said: dict[str, Any] = {name: known[name](value, body) for name, value in body.fields.items()}
    return table.read_all(body.files, replace(hints, **said))


def json_frames(body: Body, hints: Hints) -> Frames:
    """Nested lists, or files in base64."""
    data = body.files[0][1]
    if data.count(b",") > MAX_ITEMS:  # before anything is made of them
        raise TooLarge(f"JSON is for tiny grids, at most {MAX_ITEMS} values; send this as NetCDF.")
    lists = b'"files"' not in data
    return tiny(parsed(TinyFrames, data, ()), hints) if lists else unpacked(parsed(PackedFrames, data, ()), hints)


def unpacked(said: PackedFrames, hints: Hints) -> Frames:
    """Files in base64."""
    files = [(f"files/{at}", data) for at, data in enumerate(said.files)]
    grid = said.grid and laid(said.grid, files)
    times = None if said.times is None else tuple(said.times)
    return table.read_all(files, replace(hints, times=times, grid=grid or hints.grid))


def tiny(said: TinyFrames, hints: Hints) -> Frames:
    """Nested lists."""
    if said.units != UNITS:
        raise BadFrames(f"The units are {said.units[:40]!r}; JSON frames carry rain rate in {UNITS}.")
    if len(said.times) != len(said.rain):
        raise BadFrames(f"There are {len(said.rain)} frames but {len(said.times)} times.")
    newest = slice(-(hints.last or 0), None)
    rain = rectangular(said.rain)[newest]
    shape = rain.shape[1], rain.shape[2]
    grid = Grid.picture(shape) if said.grid is None else said.grid.grid(shape)
    return assemble(rain, said.times[newest], grid)


READERS: dict[str, Callable[[Body, Hints], Frames]] = {
    "application/x-netcdf": one_file,
    "application/netcdf": one_file,
    "application/x-hdf5": one_file,
    "application/octet-stream": one_file,
    "application/x-npz": one_file,
    "application/zip": one_file,
    "application/gzip": one_file,
    "application/x-bzip2": one_file,
    "application/x-tar": one_file,
    "application/wmo-grib2": one_file,
    "image/tiff": one_file,
    "image/gif": one_file,
    "image/x-portable-graymap": one_file,
    FORM: several_files,
    "application/json": json_frames,
}
"""What may be sent, and what reads it."""


def rectangular(rain: list[list[list[float | None]]]) -> Rain:
    """Nested lists as an array, or BadFrames when their lengths differ."""
    rows = {len(frame) for frame in rain}
    columns = {len(row) for frame in rain for row in frame}
    if len(rows) != 1 or len(columns) != 1 or min(rows | columns) < 1:
        raise BadFrames("Every frame needs the same number of rows, and every row the same number of pixels.")
    check_size(len(rain), *rows, *columns)
    return np.array(rain, dtype=np.float32)


def times_of(value: str, _: Body) -> tuple[datetime, ...]:
    """The form field `times`: ISO times with commas between."""
    texts = [text.strip() for text in value.split(",") if text.strip()]
    return tuple(parsed(list[Stamp], json.dumps(texts).encode(), ("times",)))


def grid_of(value: str, body: Body) -> Grid:
    """The form field `grid`; its shape is that of the first picture."""
    return laid(parsed(Place, value.encode(), ("grid",)), body.files)


def laid(place: Place, files: Iterable[tuple[str, bytes]]) -> Grid:
    """A place as the grid of the first picture."""
    picture = next((data for _, data in files if png.sniff(data)), None)
    if picture is None:
        raise BadFrames("There is a grid but no PNG picture to lay on it; other formats carry their own.")
    with untrusted("PNG"):
        return place.grid(png.declared(picture))


def parsed(kind: type[T], data: bytes, place: tuple[str, ...]) -> T:
    """JSON as the type it should be, or the faults with where they lie."""
    try:
        return TypeAdapter(kind).validate_json(data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**fault, "loc": (*place, *fault["loc"])} for fault in faults]) from error
