"""npz, a zip of numpy arrays, and a lone npy: read without pickle, every size known before it is unpacked."""

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from math import prod
from typing import Any, NamedTuple

import numpy as np
from isal import isal_zlib
from numpy.lib import format as npy
from numpy.typing import NDArray

from radar.assemble import assemble, newest
from radar.errors import BadFrames, TooLarge
from radar.formats.hints import Hints
from radar.formats.untrusted import untrusted
from radar.formats.wrapping import ENTRY, ZIP, listing
from radar.frames import Frames, Rain, in_utc, stamp
from radar.grid import MAX_VALUES, Affine, Grid, check_size

LENGTH_AT, NAME_AT = 26, 30
"""Where a file in a zip gives the length of its name, and the name."""
ENCRYPTED = 1
"""The flag of a file in a zip that only a password opens."""
SUFFIX = b".npy"
NPY = npy.MAGIC_PREFIX
HEAD = 2**14
"""Bytes that hold any honest npy header."""
MAX_BYTES = 4 * MAX_VALUES
MAX_SMALL = 2**22
"""The most bytes of an array that is not the rain."""
MAX_MEMBERS = 64
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
NO_HINTS = Hints()


class Packed(NamedTuple):
    """An npy that is not yet unpacked: how many bytes it will be, the first of them, and all."""

    name: str
    size: int
    head: Callable[[int], bytes]
    whole: Callable[[], bytes | memoryview]


class Header(NamedTuple):
    """What an npy says about itself before its values."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    start: int


def sniff(data: bytes) -> bool:
    """True for an npy, and for a zip whose first file is one."""
    return data.startswith(NPY) or (data.startswith(ZIP) and first_name(data).endswith(SUFFIX))


def first_name(data: bytes) -> bytes:
    """What the first file of a zip is called."""
    return data[NAME_AT : NAME_AT + int.from_bytes(data[LENGTH_AT : LENGTH_AT + 2], "little")]


@untrusted("npz")
def read(data: bytes, hints: Hints = NO_HINTS) -> Frames:
    """Frames of an npz with `rain` (T, Y, X) mm/h, `times`, and perhaps `transform` (6) and `crs`; or of a lone npy.

    What the file lacks comes from the hints. BadFrames or TooLarge with one sentence when it is no good.
    """
    members = members_of(data)
    if "rain" not in members:
        raise BadFrames("The npz file has no array named rain; it needs rain (T, Y, X) in mm/h and times (T).")
    values = planes_of(members["rain"])
    times = times_of(members["times"]) if "times" in members else list(hints.times or ())
    kept = newest(len(values), times, hints.last)
    grid = grid_of(members, (values.shape[1], values.shape[2]), hints.grid)
    return assemble(rain_of(values[kept]), times[kept], grid)


@untrusted("npz")
def timeless(data: bytes) -> int:
    """How many frames need a time from the caller: all of an npy or of an npz without times, otherwise none."""
    members = members_of(data)
    if "times" in members or "rain" not in members:
        return 0
    shape = header_of(members["rain"].head(HEAD)).shape
    return shape[0] if len(shape) == 3 else 1


def write(frames: Frames, *, packed: bool = True) -> bytes:
    """Frames as npz, compressed or not; `read` gives them back exactly (without saying which were interpolated)."""
    arrays = {
        "rain": frames.rain,
        "times": np.array([stamp(time) for time in frames.times]),
        "transform": np.array(frames.grid.transform),
        **({} if frames.grid.crs is None else {"crs": np.array(frames.grid.crs)}),
    }
    file = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(file, allow_pickle=False, **arrays)
    return file.getvalue()


def members_of(data: bytes) -> Mapping[str, Packed]:
    """The arrays by name; a lone npy is the rain."""
    if data.startswith(NPY):
        return {"rain": Packed("rain", len(data), lambda size: data[:size], lambda: data)}
    if listing(data).count(ENTRY) > MAX_MEMBERS:  # before their list is read, which may be long
        raise TooLarge(f"The npz file has more than {MAX_MEMBERS} arrays.")
    file = zipfile.ZipFile(io.BytesIO(data))
    return {packed.name: packed for packed in (member(data, file, info) for info in file.infolist())}


def member(data: bytes, file: zipfile.ZipFile, info: zipfile.ZipInfo) -> Packed:
    """One array of a zip; BadFrames unless it is packed the way numpy does."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadFrames("The npz file is compressed in a way we do not read; numpy.savez_compressed writes what we do.")
    as_it_is = info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & ENCRYPTED
    name, head = info.filename.removesuffix(".npy"), partial(beginning, file, info)
    if as_it_is:
        return Packed(name, info.file_size, lambda size: bytes(lying(data, info)[:size]), partial(window, data, info))
    return Packed(name, info.file_size, head, partial(head, info.file_size))


def beginning(file: zipfile.ZipFile, info: zipfile.ZipInfo, size: int) -> bytes:
    """The first bytes of a file in a zip."""
    with file.open(info) as opened:
        return opened.read(size)


def lying(data: bytes, info: zipfile.ZipInfo) -> memoryview:
    """The bytes of a file that lies in a zip as it is, not copied and not checked."""
    at = info.header_offset + LENGTH_AT
    name, extra = (int.from_bytes(data[begin : begin + 2], "little") for begin in (at, at + 2))
    begin = info.header_offset + NAME_AT + name + extra
    return memoryview(data)[begin : begin + info.file_size]


def window(data: bytes, info: zipfile.ZipInfo) -> memoryview:
    """Likewise; BadFrames when they are not those it says."""
    found = lying(data, info)
    if len(found) != info.file_size or info.compress_size != info.file_size or isal_zlib.crc32(found) != info.CRC:
        raise BadFrames("The npz file is truncated or damaged.")
    return found


def array(packed: Packed, check: Callable[[Header], None], limit: int = MAX_SMALL) -> NDArray[Any]:
    """An npy's values: its header is checked before the rest is unpacked, and no more than declared is."""
    header = header_of(packed.head(HEAD))
    if header.dtype.hasobject:
        raise BadFrames(f"The array {packed.name[:40]} holds pickled objects, which we never load.")
    count = prod(header.shape)
    check(header)
    if packed.size > limit + HEAD:
        raise TooLarge(f"The array {packed.name[:40]} is {packed.size} bytes, more than we are willing to unpack.")
    if header.start + count * header.dtype.itemsize != packed.size:
        raise BadFrames(f"The array {packed.name[:40]} is not as long as its header says.")
    values = np.frombuffer(packed.whole(), header.dtype, count, header.start)
    return values.reshape(header.shape, order="F" if header.fortran else "C")


def header_of(head: bytes) -> Header:
    """The header in the first bytes of an npy."""
    size = 2 if head[6:7] == b"\1" else 4
    return said_in(head[: 8 + size + int.from_bytes(head[8 : 8 + size], "little")])


@lru_cache(64)
def said_in(text: bytes) -> Header:
    """An npy's header, which says the same in many files."""
    file = io.BytesIO(text)
    shape, fortran, dtype = HEADERS[npy.read_magic(file)](file)
    return Header(shape, fortran, dtype, file.tell())


def planes_of(packed: Packed) -> NDArray[Any]:
    """Numbers (T, Y, X) as they lie there; a plane is one frame."""
    values = array(packed, check_rain, MAX_BYTES)
    return values.reshape(-1, *values.shape[-2:])


def rain_of(values: NDArray[Any]) -> Rain:
    """Rain (T, Y, X) float32."""
    with np.errstate(over="ignore"):  # too much for float32 becomes inf, which Frames refuses
        return values.astype(np.float32, copy=False)


def check_rain(header: Header) -> None:
    """Refuse anything but a stack of planes of numbers of a size we serve."""
    if header.dtype.kind not in "fiu":
        raise BadFrames(f"The rain array holds {header.dtype}, not numbers in mm/h.")
    if len(header.shape) not in (2, 3) or 0 in header.shape:
        raise BadFrames(f"The rain array has shape {header.shape}; it must be (time, y, x).")
    frames, height, width = (1, *header.shape)[-3:]
    check_size(frames, height, width)


def check_small(header: Header) -> None:
    """Refuse an array of more than one axis, or of none of the kinds that times and grids are written in."""
    if header.dtype.kind not in "fiuMUS" or len(header.shape) > 1:
        raise BadFrames("The arrays times, transform and crs of the npz file must be short lists.")


def times_of(packed: Packed) -> list[datetime]:
    """Times from datetime64 or ISO 8601 strings; without a zone they are UTC."""
    values = np.atleast_1d(array(packed, check_small))
    try:
        if values.dtype.kind == "M":
            return [time.replace(tzinfo=UTC) for time in values.astype("datetime64[us]").tolist()]
        parsed = [datetime.fromisoformat(str(text)) for text in values.astype(str)]
        return list(map(in_utc, parsed))
    except (ValueError, AttributeError) as error:
        raise BadFrames("The times of the npz file are neither datetime64 nor ISO 8601 strings.") from error


def grid_of(members: Mapping[str, Packed], shape: tuple[int, int], given: Grid | None) -> Grid:
    """The grid of the arrays `transform` and `crs`, or the given one, or a picture."""
    if "transform" not in members:
        return given or Grid.picture(shape)
    transform = transform_of(members["transform"])
    if "crs" not in members:
        return Grid(*shape, transform)
    return Grid.of(shape, transform, str(array(members["crs"], check_small)))


def transform_of(packed: Packed) -> Affine:
    """The six numbers of an affine transform."""
    values = array(packed, check_small)
    if values.shape != (6,) or values.dtype.kind not in "fiu":
        raise BadFrames("The array transform of the npz file is not the six numbers a, b, c, d, e, f of a grid.")
    a, b, c, d, e, f = (float(part) for part in values)
    return a, b, c, d, e, f
