"""Bytes of strangers are read or refused with a sentence, never anything else, and never at any length."""

import io
import zipfile
import zlib
from typing import Any

import netCDF4
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar.errors import BadFrames, BadInput, TooLarge
from radar.formats import netcdf, npz, png
from radar.formats.hdf5 import inflate
from radar.formats.hints import Hints
from radar.formats.table import FORMATS, read
from radar.formats.untrusted import Budget
from radar.formats.wrapping import ZIP
from tests.radar import foreign
from tests.radar.samples import Kind, as_strangers_read, cf, frames, npy, storm, times

HINTS = Hints(times=times(1))
RAIN = storm(3, 7, 13)
FILES = {
    "netcdf": netcdf.write(frames(2)),
    "packed": cf((np.nan_to_num(storm(2, 5, 6)) * 100).astype("i2"), (0, 5), scale_factor=0.01, _FillValue=-1),
    "classic": cf(storm(2, 5, 6), (0, 5), kind="NETCDF3_CLASSIC"),
    "npz": npz.write(frames(2)),
    "npy": npy(storm(1, 7, 13)),
    "png": png.write(storm(1, 7, 13)[0]),
    **foreign.FILES,
}
FLIPS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=6)


def read_or_refused(data: bytes) -> None:
    """Assert that the bytes end in frames or in a sentence for the caller."""
    said = ""
    try:
        read(data, HINTS)
    except BadInput as error:
        said = str(error)
    assert said == "" or said.endswith((".", "?"))


@given(st.sampled_from([b"", b"\x89HDF\r\n\x1a\n", b"CDF\x01", b"CDF\x02", ZIP, npz.NPY, png.SIGNATURE]), st.binary())
def test_garbage(magic: bytes, rest: bytes) -> None:
    read_or_refused(magic + rest)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("reach", [None, 400], ids=["anywhere", "head"])
@given(flips=FLIPS)
@settings(max_examples=60)
def test_flipped_bytes(name: str, reach: int | None, flips: list[tuple[float, int]]) -> None:
    data = bytearray(FILES[name].rstrip(b"\0"))
    for place, mask in flips:
        data[int(place * len(data[:reach]))] ^= mask
    read_or_refused(bytes(data))


@pytest.mark.parametrize("name", FILES)
@given(part=st.floats(0, 1, exclude_max=True))
@settings(max_examples=25)
def test_truncated(name: str, part: float) -> None:
    data = FILES[name].rstrip(b"\0")
    read_or_refused(data[: int(part * len(data))])


@pytest.mark.parametrize("name", ["netcdf", "packed", "classic", "npz", "npy"])
def test_half_a_file_says_so(name: str) -> None:
    data = FILES[name].rstrip(b"\0")
    with pytest.raises(BadInput, match=r"truncated or damaged\.$|truncated or unpacks|not as long as its header"):
        read(data[: len(data) // 2], HINTS)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_of_the_table_is_attacked_here(name: str) -> None:
    assert FORMATS[name].sniff(FILES[name])


def declared(shape: tuple[int, int, int], kind: Kind = "NETCDF4", **storage: Any) -> bytes:
    """A file that declares a shape and holds nothing of it."""
    file = netCDF4.Dataset("x.nc", "w", format=kind, memory=1024)
    file.set_fill_off()
    for name, size in zip(("time", "y", "x"), shape, strict=True):
        file.createDimension(name, size)
    rain = file.createVariable("rain_rate", "f4", ("time", "y", "x"), **storage)
    rain.units = "mm h-1"
    time = file.createVariable("time", "i4", ("time",))
    time.units = "minutes since 2016-09-28"
    time[:] = 5 * np.arange(shape[0])
    return bytes(file.close())


@pytest.mark.parametrize("shape", [(1, 5000, 5000), (1, 1, 4097), (2**20 + 1, 1, 1), (17, 4096, 4096)])
def test_too_large_is_refused_by_what_is_declared(shape: tuple[int, int, int]) -> None:
    data = declared(shape, zlib=True, chunksizes=(1, min(shape[1], 4096), min(shape[2], 4096)))
    assert len(data.rstrip(b"\0")) < 5_000_000
    with pytest.raises(TooLarge):
        read(data)


def test_a_few_of_many_large_frames_are_read() -> None:
    data = declared((100, 2048, 2048), zlib=True, chunksizes=(1, 2048, 2048))
    assert read(data, Hints(last=1)).rain.shape == (1, 2048, 2048)
    with pytest.raises(TooLarge, match="send fewer frames"):
        read(data)


def test_a_file_without_its_values_is_refused() -> None:
    data = declared((2, 3000, 3000), "NETCDF3_64BIT_OFFSET").rstrip(b"\0")
    with pytest.raises(BadFrames, match="truncated or damaged"):
        read(data[:20_000])


def test_chunks_larger_than_their_variable_are_refused() -> None:
    file = netCDF4.Dataset("x.nc", "w", memory=1024)
    file.createDimension("time", None)
    file.createDimension("y", 1)
    file.createDimension("x", 1)
    rain = file.createVariable("rain_rate", "f4", ("time", "y", "x"), zlib=True, chunksizes=(2**26, 1, 1))
    rain.units = "mm h-1"
    file.createVariable("time", "i4", ("time",)).units = "minutes since 2016-09-28"
    rain[0], file["time"][0] = 1, 0
    with pytest.raises(TooLarge, match="declares chunks of 268435456 bytes for a variable of 4 bytes"):
        read(bytes(file.close()))


def test_a_chunk_that_unpacks_to_more_than_it_declares_is_refused() -> None:
    rain = np.random.default_rng(0).random((1, 100, 100), np.float32)
    data = cf(rain, (0,))
    packed = zlib.compress(b"\0" * 2**24, 9)
    at = data.index(b"\x78\x5e", 4000)
    assert len(packed) < 2**15
    with pytest.raises(BadFrames, match="unpacks to more than it declares"):
        read(data[:at] + packed + data[at + len(packed) :])


def test_inflating_stops_where_it_should() -> None:
    packed = zlib.compress(b"\0" * 100)
    assert inflate(packed, 4, 100) == b"\0" * 100
    with pytest.raises(BadFrames, match="more than it declares"):
        inflate(packed, 4, 90)
    with pytest.raises(BadFrames, match="truncated"):
        inflate(packed[:-3], 4, 100)


def test_a_budget_is_spent_by_reading() -> None:
    file = Budget(b"x" * 100)
    file.left = 200
    assert file.read() == b"x" * 100
    file.seek(0)
    with pytest.raises(BadFrames, match="points at itself"):
        file.read()


@pytest.mark.parametrize(
    "storage",
    [
        {"contiguous": True},
        {"zlib": True, "chunksizes": (2, 3, 4)},
        {"zlib": True, "shuffle": False},
        {"zlib": True, "fletcher32": True},
        {"fletcher32": True, "chunksizes": (3, 7, 13)},
        {"datatype": ">f4", "endian": "big", "zlib": True},
    ],
)
def test_every_honest_storage_is_read(storage: dict[str, Any]) -> None:
    data = stored_as(storage)
    np.testing.assert_array_equal(read(data).rain, as_strangers_read(data).rain_rate.values)
    np.testing.assert_array_equal(read(data, Hints(last=2)).rain, RAIN[1:])


def stored_as(storage: dict[str, Any]) -> bytes:
    """A storm in a file of some storage layout."""
    file = netCDF4.Dataset("x.nc", "w", memory=1024)
    for name, size in zip(("time", "y", "x"), RAIN.shape, strict=True):
        file.createDimension(name, size)
    kind = {"datatype": "f4", "dimensions": ("time", "y", "x"), "fill_value": np.nan}
    rain = file.createVariable("rain_rate", **{**kind, **storage})
    rain.units = "mm h-1"
    rain[:] = RAIN
    time = file.createVariable("time", "i4", ("time",))
    time.units = "minutes since 2016-09-28"
    time[:] = [0, 5, 10]
    return bytes(file.close())


@pytest.mark.parametrize("compression", ["zstd", "bzip2", "szip"])
def test_unknown_filters_are_refused(compression: str) -> None:
    try:
        data = stored_as({"compression": compression})
    except (RuntimeError, ValueError):
        pytest.skip(f"this NetCDF library cannot write {compression}")
    with pytest.raises(BadFrames, match="compressed in a way we do not read"):
        read(data)


def test_a_zip_of_another_compression_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as packed:
        packed.writestr("rain.npy", npy(RAIN))
    with pytest.raises(BadFrames, match="compressed in a way we do not read"):
        read(file.getvalue())


def test_a_zip_of_many_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for at in range(100):
            packed.writestr(f"{at}.npy", b"")
    with pytest.raises(TooLarge, match="more than 64 arrays"):
        read(file.getvalue())
