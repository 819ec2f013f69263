"""Zarr 2 and 3 by CF conventions: a zipped store that was sent, or a folder on this machine."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from radar.errors import BadFrames, TooLarge
from radar.formats.container import Container
from radar.formats.hints import Hints
from radar.formats.netcdf import frames_of
from radar.formats.untrusted import untrusted
from radar.formats.wrapping import ZIP, content_of, listing, open_zip
from radar.formats.zarr_chunks import Layout, gathered
from radar.frames import Frames

SIGNS = (b"zarr.json", b".zgroup", b".zarray")
V3, GROUP2, ARRAY2, ATTRIBUTES2 = "zarr.json", ".zgroup", ".zarray", ".zattrs"
MAX_ENTRIES = 2**15
MAX_METADATA = 2**20
MAX_CHUNK_FILE = 2**28
MAX_ARRAYS = 256
KINDS = re.compile(r"(bool|u?int(8|16|32|64)|float(16|32|64))")
NO_HINTS = Hints()


class Store(NamedTuple):
    """Names of the files in a store, relative to its root, and the bytes of one up to a limit."""

    names: tuple[str, ...]
    content: Callable[[str, int], bytes]


def sniff(data: bytes) -> bool:
    """True for a zip of a Zarr store."""
    names = listing(data) if data.startswith(ZIP) else b""
    return any(sign in names for sign in SIGNS)


@untrusted("Zarr")
def read(data: bytes, hints: Hints = NO_HINTS) -> Frames:
    """Frames of a zipped store that holds CF variables; times and grid as in CF NetCDF."""
    with open_zip(data, MAX_ENTRIES) as archive:
        entries = {info.filename: info for info in archive.infolist() if not info.is_dir()}
        store = rooted(tuple(entries), lambda name, limit: content_of(archive, entries[name], limit))
        return frames_of(container_of(store), hints)


@untrusted("Zarr")
def read_folder(folder: Path, hints: Hints = NO_HINTS) -> Frames:
    """Frames of a store that is a folder on this machine; only the chunks that are wanted are opened."""
    names = tuple(str(path.relative_to(folder).as_posix()) for path in folder.rglob("*") if path.is_file())
    return frames_of(container_of(rooted(names, lambda name, limit: beginning(folder / name, limit + 1))), hints)


def beginning(path: Path, size: int) -> bytes:
    """The first bytes of a file."""
    with path.open("rb") as file:
        return file.read(size)


def rooted(names: tuple[str, ...], content: Callable[[str, int], bytes]) -> Store:
    """The store with the folder that it may have been zipped in taken off its names."""
    roots = [name for name in names if name.rpartition("/")[2] in (V3, GROUP2)]
    if not roots:
        raise BadFrames("The Zarr store has no group at its root.")
    prefix = min(roots, key=len).rpartition("/")[0]
    prefix += "/" if prefix else ""
    inside = tuple(name.removeprefix(prefix) for name in names if name.startswith(prefix))
    return Store(inside, lambda name, limit: content(prefix + name, limit))


def container_of(store: Store) -> Container:
    """The store as variables whose values are read when asked for."""
    layouts = {name: layout for name, layout in layouts_of(store).items() if layout.dtype.kind in "iuf"}
    # A view of a single zero has dimensions, shape and type of the variable, and takes no memory.
    variables = {
        name: xr.Variable(
            layout.dims, np.broadcast_to(np.zeros((), layout.dtype), layout.shape), dict(layout.attributes)
        )
        for name, layout in layouts.items()
    }

    def read_values(name: str, last: int | None) -> Any:
        inside = [entry.removeprefix(f"{name}/") for entry in store.names if entry.startswith(f"{name}/")]
        return gathered(layouts[name], inside, lambda key: store.content(f"{name}/{key}", MAX_CHUNK_FILE), last)

    return Container(variables, root_attributes(store), read_values)


def root_attributes(store: Store) -> Mapping[str, Any]:
    """What is said about the whole store."""
    if V3 in store.names:
        return dict(described(store, V3).get("attributes", {}))
    return described(store, ATTRIBUTES2) if ATTRIBUTES2 in store.names else {}


def layouts_of(store: Store) -> dict[str, Layout]:
    """Every array directly under the root, by name."""
    found: dict[str, Layout] = {}
    for entry in store.names:
        name, _, leaf = entry.rpartition("/")
        if not name or "/" in name or leaf not in (V3, ARRAY2):
            continue
        if len(found) == MAX_ARRAYS:
            raise TooLarge(f"The Zarr store has more than {MAX_ARRAYS} arrays.")
        said = described(store, entry)
        if leaf == ARRAY2:
            beside = f"{name}/{ATTRIBUTES2}"
            found[name] = layout2(said, described(store, beside) if beside in store.names else {})
        elif said.get("node_type") == "array":
            found[name] = layout3(said)
    return found


def described(store: Store, name: str) -> dict[str, Any]:
    """A JSON object of the store."""
    content = store.content(name, MAX_METADATA)
    if len(content) > MAX_METADATA:
        raise TooLarge("The metadata of the Zarr store are too long.")
    said = json.loads(content)
    if not isinstance(said, dict):
        raise BadFrames("The metadata of the Zarr store cannot be understood.")
    return said


def layout2(said: dict[str, Any], attributes: dict[str, Any]) -> Layout:
    """An array of Zarr 2, whose fill value is, as xarray has it, also that of missing values."""
    if said.get("filters"):
        raise BadFrames("The Zarr store is filtered in a way that we do not read.")
    dtype = kind_of(said["dtype"])
    fill = number(said["fill_value"], dtype)
    dims = tuple(str(dim) for dim in attributes.pop("_ARRAY_DIMENSIONS", ()))
    packer = said.get("compressor")
    return checked(
        dims=dims,
        shape=said["shape"],
        chunks=said["chunks"],
        dtype=dtype,
        order=str(said.get("order", "C")),
        fill=fill,
        packing=(str(packer["id"]),) if packer else (),
        key=keys(re.escape(said.get("dimension_separator", ".")), ""),
        attributes={**attributes, **({} if fill is None else {"_FillValue": fill})},
    )


def layout3(said: dict[str, Any]) -> Layout:
    """An array of Zarr 3."""
    if said["chunk_grid"]["name"] != "regular" or said.get("storage_transformers"):
        raise BadFrames("The Zarr store is laid out in a way that we do not read.")
    encoding = said["chunk_key_encoding"]
    default = encoding["name"] == "default"
    separator = encoding.get("configuration", {}).get("separator", "/" if default else ".")
    dtype, packing = codecs3(said)
    return checked(
        dims=tuple(str(dim) for dim in said.get("dimension_names") or ()),
        shape=said["shape"],
        chunks=said["chunk_grid"]["configuration"]["chunk_shape"],
        dtype=dtype,
        order="C",
        fill=number(said["fill_value"], dtype),
        packing=packing,
        key=keys(re.escape(separator), f"c{re.escape(separator)}" if default else ""),
        attributes=decoded_fill(dict(said.get("attributes", {})), dtype),
    )


def codecs3(said: dict[str, Any]) -> tuple[np.dtype[Any], tuple[str, ...]]:
    """Type of the values with its byte order, and the codecs of bytes, the last one first."""
    first, *rest = said["codecs"]
    if first["name"] != "bytes":
        raise BadFrames(f"The Zarr store is coded by {first['name']!r:.40}, which we do not read.")
    endian = first.get("configuration", {}).get("endian", "little")
    if not KINDS.fullmatch(str(said["data_type"])):
        return np.dtype("O"), ()
    order = "<" if endian == "little" else ">"
    return np.dtype(said["data_type"]).newbyteorder(order), tuple(str(codec["name"]) for codec in rest[::-1])


def checked(shape: Any, chunks: Any, dims: tuple[str, ...], **rest: Any) -> Layout:
    """A layout whose sizes are sizes."""
    sizes = tuple(int(side) for side in shape), tuple(int(side) for side in chunks)
    if len(sizes[0]) != len(sizes[1]) or min((*sizes[0], *sizes[1]), default=1) < 1 or len(sizes[0]) > 8:
        raise BadFrames("The Zarr store declares an array of no size.")
    named = dims if len(dims) == len(sizes[0]) else tuple(f"axis{at}" for at in range(len(sizes[0])))
    return Layout(dims=named, shape=sizes[0], chunks=sizes[1], **rest)


def kind_of(text: Any) -> np.dtype[Any]:
    """A NumPy type of numbers; of anything else, objects, which are never read."""
    return np.dtype(text) if isinstance(text, str) and re.fullmatch(r"[<>|][iuf][1248]", text) else np.dtype("O")


def number(value: Any, dtype: np.dtype[Any]) -> Any:
    """A fill value out of JSON, which has NaN and infinities as texts."""
    return None if value is None or dtype.kind not in "iuf" else dtype.type(value)


def decoded_fill(attributes: dict[str, Any], dtype: np.dtype[Any]) -> dict[str, Any]:
    """Attributes with xarray's base64 of a floating fill value undone."""
    fill = attributes.get("_FillValue")
    if isinstance(fill, str) and dtype.kind == "f":
        attributes["_FillValue"] = dtype.type(np.frombuffer(base64.b64decode(fill), "<f8")[0])
    return attributes


def keys(separator: str, prefix: str) -> Callable[[str], tuple[int, ...] | None]:
    """What turns the name of a chunk into its place on the raster of chunks; None for other names."""
    place = "(?:0|[1-9][0-9]{0,8})"  # one way only to write it, so that no chunk comes twice
    pattern = re.compile(f"{prefix}{place}(?:{separator}{place})*")

    def at(name: str) -> tuple[int, ...] | None:
        return tuple(int(part) for part in re.findall(r"\d+", name)) if pattern.fullmatch(name) else None

    return at
