"""Small files that would be large, and names that lead elsewhere: refused at once, in little memory, on no disk."""

import io
import json
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
import pyfive
import pytest
from fastapi.exceptions import RequestValidationError
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from radar.errors import BadInput
from radar.formats import mch_gif, table
from radar.formats.geotiff import GDAL_METADATA
from radar.formats.grib2_values import SIMPLE, Packing, plain
from radar.formats.hdf5 import stored
from radar.formats.hints import Hints
from service.body import Body
from service.intake import json_frames
from tests.hostile.mutation import PNG, mutant
from tests.hostile.seeds import FILES, PICTURE, hints
from workers.sources.errors import SourceFailed
from workers.sources.s3 import parsed

MOST_BYTES = 64 * 2**20
"""Of memory that a refusal may take, some of it for the bomb's own container."""
ONCE_HARMFUL = [("knmi", 10217), ("knmi", 11466), ("rainfields", 10374), ("rainfields", 10864), ("rainfields", 10955)]
"""Mutants that took gigabytes of memory, or seconds, before they were refused."""


def refused(read: Callable[[], object]) -> str:
    """The sentence of a refusal that took little memory."""
    tracemalloc.start()
    try:
        with pytest.raises((BadInput, RequestValidationError, SourceFailed)) as caught:
            read()
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()
    return str(caught.value)


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def crowded(picture: bytes) -> bytes:
    """A PNG with very many chunks that say next to nothing."""
    return picture[:33] + chunk(b"tEXt", b"k\0v") * 20_000 + picture[33:]


def labelled_tiff(metadata: str) -> bytes:
    """A small TIFF with these metadata."""
    file, tags = io.BytesIO(), ImageFileDirectory_v2()
    tags[GDAL_METADATA] = metadata
    tags.tagtype[GDAL_METADATA] = 2
    Image.new("L", (4, 4)).save(file, "TIFF", tiffinfo=tags)
    return file.getvalue()


def hdf5_of(variables: int, shape: tuple[int, ...], chunks: tuple[int, ...]) -> bytes:
    """An HDF5 file of variables in which nothing was ever written."""
    file = io.BytesIO()
    with h5py.File(file, "w") as made:
        for at in range(variables):
            made.create_dataset(f"rain{at}", shape, "u1", chunks=chunks).attrs["units"] = "mm/h"
    return file.getvalue()


def npz_on(crs: str) -> bytes:
    """Two frames on some CRS."""
    file, times = io.BytesIO(), np.array(["2020-01-01T00:00", "2020-01-01T00:05"])
    np.savez_compressed(file, rain=np.zeros((2, 4, 4)), times=times, transform=[1, 0, 0, 0, -1, 0], crs=crs)
    return file.getvalue()


def tar_of(name: str) -> bytes:
    """A picture in a tar under some name."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as made:
        entry = tarfile.TarInfo(name)
        entry.size = len(PICTURE)
        made.addfile(entry, io.BytesIO(PICTURE))
    return file.getvalue()


def shrinking_tar() -> bytes:
    """A tar of a file of fewer bytes than none, after which more could be unpacked than before."""
    data = bytearray(tar_of("202001010000.png"))
    data[124:136] = b"\xff" + (2**88 - 2**32).to_bytes(11)
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


def png_of(width: int, height: int, pixels: bytes) -> bytes:
    """A PNG that declares a size and holds some other number of pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return PNG + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(pixels, 9)) + chunk(b"IEND", b"")


def tiff_of(side: int) -> bytes:
    """A deflated TIFF of nothing, many times as large as its bytes."""
    file = io.BytesIO()
    Image.new("L", (side, side)).save(file, "TIFF", compression="tiff_adobe_deflate")
    return file.getvalue()


BOMBS: dict[str, bytes] = {
    "PNG of 4 billion pixels": png_of(65_535, 65_535, b""),
    "TIFF of 49 million pixels": tiff_of(7000),
    "GIF of 4 billion pixels": FILES["mch_gif"][:6] + b"\xff" * 4 + FILES["mch_gif"][10:],
    "PGM of a trillion pixels": FILES["fmi_pgm"].replace(b"\n3 2\n", b"\n999999 999999\n"),
    "RADOLAN of 81 million pixels": FILES["radolan"][:400].replace(b"GP 900x 900", b"GP9000x9000"),
    "npy of 10^12 values": FILES["npy"].replace(b"(1, 7, 13), }" + b" " * 11, b"(1, 1000000, 1000000), }"),
    "zip in a zip, five deep": FILES["zip"],
    "PNG of 20,000 chunks": crowded(PICTURE),
    "TIFF of a long word": labelled_tiff(f"<Item {'a' * 65_000}>x</Item>"),
    "HDF5 of 3,000 variables": hdf5_of(3000, (1, 1, 1), (1, 1, 1)),
    "npz on a CRS of a million letters": npz_on("+proj=pipeline " + "+step +proj=utm +zone=3 " * 40_000),
    "tar of a negative size": shrinking_tar(),
}
"""What is read in milliseconds where it is refused, and kept a reader busy for minutes where it was not."""
for _ in range(5):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inner.zip", BOMBS["zip in a zip, five deep"])
    BOMBS["zip in a zip, five deep"] = packed.getvalue()


SAID = {
    "npz on a CRS of a million letters": "too long a text",
    "tar of a negative size": "negative size",
}
"""Where nothing but the sentence tells that it is refused for what it is."""


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused(name: str) -> None:
    hints = Hints(times=(table.time_in("202001010000") or ()))
    sentence = refused(lambda: table.read(BOMBS[name], hints))
    assert sentence.endswith(".")
    assert SAID.get(name, "") in sentence


@pytest.mark.timeout(120)
def test_a_comment_without_end_is_looked_through_at_once() -> None:
    refused(lambda: mch_gif.said("PRDT=AQC123456789 " * 1000 + "SCALE=x " * 1000))


def test_a_variable_cut_into_a_million_chunks_is_refused() -> None:
    data = hdf5_of(1, (16, 512, 512), (1, 2, 2))
    assert "cut into 1048576 chunks" in refused(lambda: stored(pyfive.File(io.BytesIO(data))["rain0"], data))


def test_packed_integers_take_no_room_of_their_own() -> None:
    packing, count = Packing(SIMPLE, 0.0, 0, 0, 12), 10**6
    tracemalloc.start()
    assert not plain(packing, bytes(count * 12 // 8), count).any()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * count  # bytes


def test_pixels_beyond_the_declared_size_are_not_kept() -> None:
    data = png_of(13, 7, bytes(2**28))
    tracemalloc.start()
    with suppress(BadInput):
        table.read(data, Hints(times=table.time_in("202001010000")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST_BYTES


@pytest.mark.parametrize(("name", "number"), ONCE_HARMFUL)
def test_what_once_took_much_is_refused_at_once(name: str, number: int) -> None:
    refused(lambda: table.read(mutant(name, number), hints(name)))


@pytest.mark.parametrize("opening", ['{"rain":', '{"times": [], "rain":', '{"files":'])
def test_lists_in_lists_without_end(opening: str) -> None:
    body = Body((("body", (opening + "[" * 500_000).encode()),))
    refused(lambda: json_frames(body, Hints()))


def test_numbers_of_many_digits() -> None:
    said: dict[str, Any] = {"rain": [[["1" * 100_000]]], "times": ["2020-01-01T00:00:00Z"]}
    refused(lambda: json_frames(Body((("body", json.dumps(said).encode()),)), Hints()))


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
XML = {
    "a billion laughs": f'<!DOCTYPE l [<!ENTITY l0 "ha">{LAUGHS}]><l>&l9;</l>',
    "a file of this machine": '<!DOCTYPE l [<!ENTITY f SYSTEM "file:///etc/passwd">]><l>&f;</l>',
    "a quadratic one": f'<!DOCTYPE l [<!ENTITY a "{"a" * 50_000}">]><l>{"&a;" * 50_000}</l>',
}


@pytest.mark.parametrize("name", XML)
def test_xml_that_declares_anything_is_refused(name: str) -> None:
    assert "is no listing" in refused(lambda: parsed("https://bucket.example/", XML[name].encode()))


def zip_of(name: str) -> bytes:
    """A picture in a zip under some name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr(name, PICTURE)
    return file.getvalue()


@pytest.mark.parametrize("pack", [tar_of, zip_of])
@pytest.mark.parametrize("place", ["../../", "/", "a/../../"])
def test_names_that_lead_elsewhere_write_nothing(
    pack: Callable[[str], bytes], place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    read = table.read_all([("frames", pack(f"{place}202001010000.png"))])
    assert len(read) == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
