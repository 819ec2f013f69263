"""Files in files: gzip, bzip2, tar and zip are unpacked in memory, all of a caller's together within one budget."""

import bz2
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from radar.errors import BadFrames, TooLarge
from radar.formats.untrusted import untrusted

GZIP = b"\x1f\x8b"
BZIP2 = b"BZh"
ZIP = b"PK\x03\x04"
ENTRY = b"PK\x01\x02"
"""What each entry in the list at the end of a zip begins with."""
END, END_LENGTH, LONGEST_COMMENT = b"PK\x05\x06", 22, 2**16
"""What follows that list: the length of the list is 12 bytes further, a comment may come last."""
LOCATOR, LOCATOR_LENGTH = b"PK\x06\x07", 20
"""What lies before the end of a zip whose list is described elsewhere, as that of a large one."""
USTAR = b"ustar"
USTAR_AT = 257
MAX_UNPACKED = 2**28
"""The most bytes that all files of one call may unpack to."""
MAX_FILES = 1024
MAX_PIECES = 128
"""Compressed files may be several, one after another; parallel compressors write one for each 900 kB."""
MAX_DEPTH = 3
HIDDEN = "."
"""What the names of files begin with that a desktop puts beside the user's."""

Part = tuple[str, bytes]


class Unpacking:
    """How many bytes and files may still be unpacked."""

    def __init__(self, files: int = MAX_FILES) -> None:
        self.left = MAX_UNPACKED
        self.files = files

    def spend(self, size: int) -> None:
        """Take bytes off the budget; TooLarge when there are not as many, BadFrames when they are fewer than none."""
        if size < 0:  # Python's tarfile lets a header say so
            raise BadFrames("An archive holds a file of a negative size.")
        if size > self.left:
            raise TooLarge(f"The files unpack to more than {MAX_UNPACKED} bytes; send fewer.")
        self.left -= size

    def count(self) -> None:
        """Take a file off the budget."""
        self.files -= 1
        if self.files < 0:
            raise TooLarge("There are too many files in the archives; send fewer.")


def unwrapped(part: Part, known: Callable[[bytes], bool], budget: Unpacking, depth: int = 0) -> Iterator[Part]:
    """The files in a (name, bytes) that is wrapped in gzip, bzip2, tar or zip, to any mix of at most three of them.

    Bytes for which `known` is true are a format of their own, even if that is built on one of these.
    """
    name, data = part
    wrapper = next((inner for sniff, inner in WRAPPERS if sniff(data)), None)
    if wrapper is None or known(data):
        yield part
        return
    if depth == MAX_DEPTH:
        raise BadFrames(f"The files are wrapped in more than {MAX_DEPTH} archives.")
    with untrusted("packed"):
        parts = list(wrapper(name, data, budget))
    for inner in parts:
        if not inner[0].startswith(HIDDEN):
            yield from unwrapped(inner, known, budget, depth + 1)


def gunzipped(name: str, data: bytes, budget: Unpacking) -> Iterator[Part]:
    """The one file in gzip."""
    yield name, b"".join(pieces(data, lambda: zlib.decompressobj(wbits=31), GZIP, budget))


def bunzipped(name: str, data: bytes, budget: Unpacking) -> Iterator[Part]:
    """The one file in bzip2."""
    yield name, b"".join(pieces(data, bz2.BZ2Decompressor, BZIP2, budget))


def pieces(
    data: bytes, inflater: Callable[[], "zlib._Decompress | bz2.BZ2Decompressor"], magic: bytes, budget: Unpacking
) -> Iterator[bytes]:
    """Each compressed piece, unpacked no further than the budget."""
    for _ in range(MAX_PIECES):
        unpacking = inflater()
        plain = unpacking.decompress(data, budget.left + 1)
        budget.spend(len(plain))
        if not unpacking.eof:
            raise BadFrames("The packed file is truncated or damaged.")
        yield plain
        data = unpacking.unused_data
        if not data.startswith(magic):
            return
    raise TooLarge(f"The packed file is more than {MAX_PIECES} one after another.")


def untarred(_: str, data: bytes, budget: Unpacking) -> Iterator[Part]:
    """The plain files in a tar."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for member in archive:
            budget.count()
            if member.isreg() and not member.issparse():
                budget.spend(member.size)
                content = data[member.offset_data : member.offset_data + member.size]
                if len(content) < member.size:
                    raise BadFrames("The tar file is truncated.")
                yield PurePosixPath(member.name).name, content


def unzipped(_: str, data: bytes, budget: Unpacking) -> Iterator[Part]:
    """The plain files in a zip."""
    with open_zip(data, MAX_FILES) as archive:
        for info in archive.infolist():
            budget.count()
            if not info.is_dir():
                yield PurePosixPath(info.filename).name, content_of(archive, info, budget.left, budget)


def listing(data: bytes) -> bytes:
    """The list of files in a zip, found in the places where zipfile looks for it; all of the bytes where it is not."""
    end = len(data) - END_LENGTH
    if not (data.startswith(END, max(0, end)) and data.endswith(b"\0\0")):
        end = data.rfind(END, max(0, end - LONGEST_COMMENT))
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if not size <= end or data.startswith(LOCATOR, max(0, end - LOCATOR_LENGTH)):
        return data
    return data[end - size : end]


def open_zip(data: bytes, most: int) -> zipfile.ZipFile:
    """A zip of at most `most` files; TooLarge before its list of files is read."""
    if listing(data).count(ENTRY) > most:
        raise TooLarge(f"The zip file has more than {most} files.")
    return zipfile.ZipFile(io.BytesIO(data))


def content_of(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int, budget: Unpacking | None = None) -> bytes:
    """The bytes of a file in a zip, of which at most `limit` are unpacked whatever it declares."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
        raise BadFrames("The zip file is compressed or encrypted in a way we do not read; we read stored and deflated.")
    with archive.open(info) as file:
        content = file.read(limit + 1)
    if budget is not None:
        budget.spend(len(content))
    elif len(content) > limit:
        raise TooLarge(f"A file in the zip is larger than {limit} bytes.")
    return content


def is_tar(data: bytes) -> bool:
    """True for a tar of this century."""
    return data[USTAR_AT : USTAR_AT + len(USTAR)] == USTAR


WRAPPERS: tuple[tuple[Callable[[bytes], bool], Callable[[str, bytes, Unpacking], Iterator[Part]]], ...] = (
    (lambda data: data.startswith(GZIP), gunzipped),
    (lambda data: data.startswith(BZIP2), bunzipped),
    (lambda data: data.startswith(ZIP), unzipped),
    (is_tar, untarred),
)
