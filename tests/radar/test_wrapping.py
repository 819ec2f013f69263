"""Files in files: unpacked wherever they lie, within one budget."""

import bz2
import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.errors import BadFrames, BadInput, TooLarge, UnknownFormat
from radar.formats import netcdf, npz, png
from radar.formats.table import read, read_all
from radar.formats.wrapping import ENTRY, Unpacking, listing, unwrapped
from radar.frames import Frames
from tests.radar.foreign_archives import tarred, zipped
from tests.radar.samples import frames, same, times

STORM = netcdf.write(frames())
STEPS = {
    f"{at}.nc": netcdf.write(Frames(frames().rain[at : at + 1], frames().times[at : at + 1], frames().grid))
    for at in range(4)
}
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "tar": lambda data: tarred({"storm.nc": data}),
    "zip": lambda data: zipped({"storm.nc": data}),
}


@given(st.lists(st.sampled_from(list(PACKERS)), max_size=3))
def test_any_mix_of_three_is_unpacked(names: list[str]) -> None:
    data = STORM
    for name in names:
        data = PACKERS[name](data)
    same(read(data), frames())


def test_a_fourth_is_refused() -> None:
    data = STORM
    for _ in range(4):
        data = gzip.compress(data)
    with pytest.raises(BadFrames, match="more than 3 archives"):
        read(data)


@pytest.mark.parametrize("archive", [tarred(STEPS), zipped(STEPS), tarred(STEPS, "w:gz"), tarred(STEPS, "w:bz2")])
def test_files_of_an_archive_are_joined(archive: bytes) -> None:
    same(read(archive), frames())
    same(read_all([("a.tar", archive)]), frames())


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress])
def test_one_piece_behind_the_other(compress: Callable[[bytes], bytes]) -> None:
    same(read(compress(STORM[:5000]) + compress(STORM[5000:])), frames())


def test_names_inside_tell_the_time() -> None:
    pictures = {f"a/RAD16092814{minute}00.png": png.write(frames().rain[0]) for minute in (45, 50)}
    assert read(tarred(pictures)).times == times(2)
    assert read_all([("201609281445.png.gz", gzip.compress(png.write(frames().rain[0])))]).times == times(1)


def test_what_a_desktop_adds_is_left_out() -> None:
    same(read(zipped({"storm.nc": STORM, "__MACOSX/._storm.nc": b"x", ".DS_Store": b"y"})), frames())


def test_the_file_in_the_file_is_named() -> None:
    with pytest.raises(UnknownFormat, match=r"^readme\.txt: "):
        read(zipped({"storm.nc": STORM, "readme.txt": b"hello"}))
    with pytest.raises(BadFrames, match=r"^a\.gz: The packed file is truncated"):
        read_all([("a.gz", gzip.compress(STORM)[:-9])])


def test_npz_stays_what_it_is() -> None:
    same(read(npz.write(frames())), frames())


def test_an_empty_archive() -> None:
    with pytest.raises(BadFrames, match="no file to read"):
        read(tarred({"folder/.hidden": b""}))


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_bombs(pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radar.formats.wrapping.MAX_UNPACKED", 2**20)
    with pytest.raises(TooLarge, match="unpack to more than 1048576 bytes"):
        read(pack(b"\0" * (2**20 + 1)))


def test_the_budget_is_one_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radar.formats.wrapping.MAX_UNPACKED", 3 * len(STEPS["0.nc"]))
    parts = [(name, gzip.compress(data)) for name, data in STEPS.items()]
    assert len(read_all(parts[:3])) == 3
    with pytest.raises(TooLarge):
        read_all(parts)


@pytest.mark.parametrize("pack", [tarred, zipped])
def test_too_many_files(pack: Callable[[dict[str, bytes]], bytes]) -> None:
    with pytest.raises(TooLarge, match=r"too many files|more than 1024 files"):
        read(pack({str(at): b"" for at in range(1025)}))


def test_too_many_pieces() -> None:
    with pytest.raises(TooLarge, match="more than 128 one after another"):
        read(gzip.compress(b"") * 129)


def test_a_sparse_file_and_a_link_are_left_out() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        link = tarfile.TarInfo("link.nc")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        sparse = tarfile.TarInfo("sparse.nc")
        sparse.type = tarfile.GNUTYPE_SPARSE
        archive.addfile(sparse)
        plain = tarfile.TarInfo("storm.nc")
        plain.size = len(STORM)
        archive.addfile(plain, io.BytesIO(STORM))
    same(read(file.getvalue()), frames())


def test_a_tar_that_ends_too_soon() -> None:
    with pytest.raises(BadInput, match="truncated"):
        read(tarred({"storm.nc": STORM})[: len(STORM) - 99])


def test_other_compressions_are_refused() -> None:
    with pytest.raises(BadFrames, match="we read stored and deflated"):
        read(zipped({"storm.nc": STORM}, zipfile.ZIP_LZMA))


def test_encrypted_is_refused() -> None:
    data = bytearray(zipped({"storm.nc": STORM}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(BadFrames, match="encrypted in a way"):
        read(bytes(data))


def test_a_known_format_is_not_unpacked() -> None:
    data = gzip.compress(STORM)
    assert list(unwrapped(("a", data), lambda _: True, Unpacking())) == [("a", data)]


@pytest.mark.parametrize("comment", [b"", b"said by its maker", b"\0" * 2**16])
def test_the_list_of_a_zip_is_found_behind_any_comment(comment: bytes) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.comment = comment[: 2**16 - 1]
        for name in STEPS:
            archive.writestr(name, ENTRY * 3)
    assert listing(file.getvalue()).count(ENTRY) == len(STEPS)


def test_bytes_without_a_list_are_all_looked_at() -> None:
    for data in (b"", b"PK\x03\x04" + ENTRY * 9, b"PK\x05\x06" + b"\xff" * 18):
        assert listing(data) == data
