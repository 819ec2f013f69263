"""Zarr 2 and 3: zipped and in a folder, packings, windows, and chunks that lie."""

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings

from radar.errors import BadFrames, BadInput, TooLarge
from radar.formats import netcdf, zarr_store
from radar.formats.hints import Hints
from radar.formats.table import read
from radar.frames import Frames
from tests.radar.foreign_archives import zarr, zarr_files, zipped
from tests.radar.samples import any_frames, frames, same


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("packing", ["zlib", ""])
@given(source=any_frames())
@settings(max_examples=10)
def test_what_was_stored_is_read(version: int, packing: str, source: Frames) -> None:
    if source.grid.crs is not None and min(source.grid.shape) > 1:  # the step of a lone pixel is not told by CF
        data = zarr(source, version=version, packing=packing, pack=zlib.compress if packing else bytes)
        same(read(data), source)
        same(read(data, Hints(last=1)), source.last(1))


@pytest.mark.parametrize("version", [2, 3])
def test_a_folder(version: int, tmp_path: Path) -> None:
    unpacked(tmp_path, zarr_files(frames(), version=version))
    same(zarr_store.read_folder(tmp_path), frames())
    same(zarr_store.read_folder(tmp_path, Hints(last=2)), frames().last(2))


def test_a_folder_in_the_zip() -> None:
    files = {f"storm.zarr/{name}": content for name, content in zarr_files(frames()).items()}
    same(read(zipped(files)), frames())


def test_chunks_that_are_not_wanted_are_not_opened(tmp_path: Path) -> None:
    files = zarr_files(frames())
    unpacked(tmp_path, {**files, "rain_rate/0.0.0": b"damaged"})
    same(zarr_store.read_folder(tmp_path, Hints(last=3)), frames().last(3))
    with pytest.raises(BadFrames, match="Zarr file is truncated or damaged"):
        zarr_store.read_folder(tmp_path)


def test_a_chunk_that_was_never_written_is_the_fill_value() -> None:
    files = zarr_files(frames(), version=3)
    del files["rain_rate/c/0/0/0"]
    rain = read(zipped(files)).rain
    assert not rain[0, :, :7].any()
    np.testing.assert_array_equal(rain[0, :, 7:], frames().rain[0, :, 7:])


def test_long_metadata_in_a_folder(tmp_path: Path) -> None:
    unpacked(tmp_path, {**zarr_files(frames()), ".zattrs": b" " * 2**20 + b"{}"})
    with pytest.raises(TooLarge, match="metadata of the Zarr store are too long"):
        zarr_store.read_folder(tmp_path)


def test_a_chunk_has_one_name() -> None:
    files = zarr_files(frames())
    same(read(zipped({**files, "rain_rate/00.0.0": b"never opened", "rain_rate/0.0": b"nor this"})), frames())


def unpacked(folder: Path, files: dict[str, bytes]) -> None:
    """Files on the disk."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(
    "encoding", [{}, {"chunks": (2, 4, 8)}, {"dtype": "i2", "scale_factor": 0.01, "_FillValue": -1}]
)
@pytest.mark.filterwarnings("ignore:.*consolidated.*", "ignore:.*does not have a Zarr V3 specification.*")
def test_stores_of_the_zarr_library(version: int, encoding: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("zarr", reason="pip install nowcast[oracle]")
    pytest.importorskip("numcodecs", reason="pip install nowcast[zarr]")
    (tmp_path / "storm.nc").write_bytes(netcdf.write(frames()))
    with xr.open_dataset(tmp_path / "storm.nc") as storm:
        loaded = storm.load().drop_encoding()
    loaded.to_zarr(tmp_path / "storm.zarr", zarr_format=version, encoding={"rain_rate": encoding}, consolidated=False)
    stored = zarr_store.read_folder(tmp_path / "storm.zarr")
    np.testing.assert_allclose(stored.rain, frames().rain, atol=0.0051 if encoding.get("dtype") else 0)
    assert (stored.times, stored.grid) == (frames().times, frames().grid)
    same(zarr_store.read_folder(tmp_path / "storm.zarr", Hints(last=3)), stored.last(3))


def changed(name: str, version: int = 2, **said: Any) -> bytes:
    """A store with metadata that say something else."""
    files = zarr_files(frames(), version=version)
    files[name] = json.dumps({**json.loads(files[name]), **said}).encode()
    return zipped(files)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (changed("rain_rate/.zarray", filters=[{"id": "delta"}]), "filtered in a way"),
        (changed("rain_rate/.zarray", compressor={"id": "lzma"}), "packed by 'lzma'"),
        (changed("rain_rate/.zarray", shape=[4, 0, 13]), "an array of no size"),
        (changed("rain_rate/.zarray", chunks=[1, 7, 9]), "truncated or unpacks|not as long as it declares"),
        (changed("rain_rate/.zarray", chunks=[1, 7, 2]), "truncated or unpacks to more"),
        (changed("rain_rate/zarr.json", 3, chunk_grid={"name": "rectangular"}), "laid out in a way"),
        (changed("rain_rate/zarr.json", 3, codecs=[{"name": "sharding_indexed"}]), "coded by 'sharding_indexed'"),
        (zipped({"x/zarr.json": b"[]"}), "cannot be understood"),
        (zipped({"rain_rate/.zarray": b"{}"}), "no group at its root"),
    ],
)
def test_what_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(BadFrames, match=sentence):
        read(data)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (changed("rain_rate/.zarray", shape=[2**20, 4000, 4000]), "chunks of|send fewer frames"),
        (changed("rain_rate/.zarray", chunks=[1, 2**15, 2**15]), "chunks of 4294967296 bytes for an array of"),
        (changed("rain_rate/.zarray", shape=[1, 5000, 5000], chunks=[1, 5000, 5000]), "largest served"),
        (
            zipped({".zgroup": b" " * (2**20 + 1) + b"{}", ".zattrs": b" " * 2**20 + b"{}"}),
            "A file in the zip is larger than 1048576 bytes",
        ),
        (
            zipped({".zgroup": b"{}", **{f"a{at}/.zarray": zarr_files(frames())["x/.zarray"] for at in range(257)}}),
            "256 arrays",
        ),
    ],
)
def test_too_large_is_refused_by_what_is_declared(data: bytes, sentence: str) -> None:
    with pytest.raises(TooLarge, match=sentence):
        read(data)


@pytest.mark.parametrize("name", ["zstd", "blosc"])
def test_chunks_of_other_codecs(name: str) -> None:
    codec = pytest.importorskip(f"numcodecs.{name}", reason="pip install nowcast[zarr]")
    pack = codec.compress if name == "zstd" else lambda plain: codec.compress(plain, b"lz4", 5)
    same(read(zarr(version=3, packing=name, pack=lambda plain: bytes(pack(plain)))), frames())


@pytest.mark.parametrize("name", ["zstd", "blosc"])
def test_a_chunk_that_unpacks_to_more_than_it_declares_is_refused(name: str) -> None:
    codec = pytest.importorskip(f"numcodecs.{name}", reason="pip install nowcast[zarr]")
    bomb = codec.compress(b"\0" * 2**20, 1) if name == "zstd" else codec.compress(b"\0" * 2**20, b"lz4", 5)
    with pytest.raises(BadFrames, match="unpacks to more than it declares"):
        read(zarr(packing=name, pack=lambda _: bytes(bomb)))


def test_a_bomb_of_zlib_is_refused() -> None:
    with pytest.raises(BadFrames, match="unpacks to more than it declares"):
        read(zarr(pack=lambda _: zlib.compress(b"\0" * 2**24, 9)))


@pytest.mark.parametrize("name", ["zstd", "blosc"])
def test_without_numcodecs_the_sentence_says_what_to_install(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("numcodecs", "numcodecs.zstd", "numcodecs.blosc"):
        monkeypatch.setitem(__import__("sys").modules, module, None)
    head = b"\x28\xb5\x2f\xfd\x20\x08" if name == "zstd" else bytes(4) + (8).to_bytes(4, "little") + bytes(8)
    with pytest.raises(BadInput, match=rf"packed by {name}; to read them, pip install nowcast\[zarr\]"):
        read(zarr(packing=name, pack=lambda _: head))
