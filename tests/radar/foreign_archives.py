"""Archives in the layouts of other services, written by hand: Zarr 2 and 3, MeteoNet, and files packed in files."""

import io
import json
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from radar.frames import Frames
from tests.radar.samples import frames, times

Pack = Callable[[bytes], bytes]


class Array(NamedTuple):
    """An array to store; one chunk when no others are given."""

    name: str
    values: NDArray[Any]
    dims: tuple[str, ...]
    attributes: dict[str, Any]
    chunks: tuple[int, ...]


def zarr(source: Frames | None = None, *, version: int = 2, packing: str = "zlib", pack: Pack = zlib.compress) -> bytes:
    """A zipped store of CF variables."""
    return zipped(zarr_files(source or frames(), version=version, packing=packing, pack=pack))


def zarr_files(
    source: Frames, *, version: int = 2, packing: str = "zlib", pack: Pack = zlib.compress
) -> dict[str, bytes]:
    """The files of a store by name; the rain has a chunk for each frame and half of its columns."""
    seconds = np.array([(time - source.times[0]).total_seconds() for time in source.times])
    units = f"seconds since {source.times[0]:%Y-%m-%d %H:%M:%S}"
    half = (1, source.grid.height, -(-source.grid.width // 2))
    rain = {"units": "mm h-1", "grid_mapping": "crs"}
    arrays = [
        Array("rain_rate", source.rain, ("time", "y", "x"), rain, half),
        Array("time", seconds, ("time",), {"units": units}, seconds.shape),
        Array("y", source.grid.y, ("y",), {"units": "m"}, source.grid.y.shape),
        Array("x", source.grid.x, ("x",), {"units": "m"}, source.grid.x.shape),
        Array("crs", np.array(0), (), {"crs_wkt": source.grid.crs}, ()),
    ]
    files = root(version)
    for array in arrays:
        files |= (described2 if version == 2 else described3)(array, packing)
        files |= {f"{array.name}/{key}": pack(content) for key, content in chunks(array, version)}
    return files


def root(version: int) -> dict[str, bytes]:
    """The group that holds the arrays."""
    if version == 3:
        return {"zarr.json": dumped({"zarr_format": 3, "node_type": "group", "attributes": {"title": "a storm"}})}
    return {".zgroup": dumped({"zarr_format": 2}), ".zattrs": dumped({"title": "a storm"})}


def chunks(array: Array, version: int) -> Iterator[tuple[str, bytes]]:
    """Key and content of each chunk; those at the edges hang over them."""
    raster = [-(-side // part) for side, part in zip(array.values.shape, array.chunks, strict=True)]
    for at in np.ndindex(*raster):
        inside = array.values[tuple(slice(n * part, (n + 1) * part) for n, part in zip(at, array.chunks, strict=True))]
        whole = np.zeros(array.chunks, array.values.dtype)
        whole[tuple(slice(side) for side in inside.shape)] = inside
        yield ".".join(map(str, at)) or "0" if version == 2 else "/".join(["c", *map(str, at)]), whole.tobytes()


def described2(array: Array, packing: str) -> dict[str, bytes]:
    """The metadata of an array of Zarr 2."""
    said = {"zarr_format": 2, "shape": array.values.shape, "chunks": array.chunks, "dtype": array.values.dtype.str}
    said |= {"order": "C", "fill_value": None, "filters": None, "compressor": {"id": packing} if packing else None}
    attributes = {**array.attributes, "_ARRAY_DIMENSIONS": array.dims}
    return {f"{array.name}/.zarray": dumped(said), f"{array.name}/.zattrs": dumped(attributes)}


def described3(array: Array, packing: str) -> dict[str, bytes]:
    """The metadata of an array of Zarr 3."""
    said = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": array.values.shape,
        "data_type": array.values.dtype.name,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": array.chunks}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0,
        "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, *([{"name": packing}] if packing else [])],
        "attributes": array.attributes,
        "dimension_names": array.dims,
    }
    return {f"{array.name}/zarr.json": dumped(said)}


def dumped(said: Mapping[str, Any]) -> bytes:
    """JSON."""
    return json.dumps(said).encode()


def meteonet(amounts: NDArray[np.int16] | None = None, dates: Any = None) -> bytes:
    """Rain amounts in north-western France, and their dates as pickled objects as MeteoNet has them."""
    data = blank_meteonet() if amounts is None else amounts
    moments = [time.replace(tzinfo=None) for time in times(len(data))] if dates is None else dates
    file = io.BytesIO()
    none = np.array([], object)
    np.savez_compressed(file, data=data, dates=np.array(moments, object), miss_dates=none)
    return file.getvalue()


def blank_meteonet(count: int = 2) -> NDArray[np.int16]:
    """Two dry frames with 0.25 mm and a pixel that is missing in a corner."""
    data = np.zeros((count, 565, 784), np.int16)
    data[:, 0, :2] = [25, -1]
    return data


def zipped(files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(files: Mapping[str, bytes], mode: str = "w") -> bytes:
    """A tar of files."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()
