"""Whole files below a folder or any fsspec URL: each appears at once or not at all, and is read up to a bound."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import fsspec
from fsspec.spec import AbstractFileSystem

from jobs.errors import ArchiveAway
from radar.errors import BadFrames, BadInput

WHOLE = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "oss", "memory"}
"""Stores of objects, whose put is seen when it is complete. In others a file is written beside its place and moved."""
MOST_BYTES = 2**30
"""The largest file that is read: a nowcast is far smaller."""

BLOCK_BYTES = 2**16


class Files:
    """What stands below a place; a name is the path there. ArchiveAway when the place does not answer."""

    def __init__(self, place: str | Path) -> None:
        self.fs, self.root = opened(str(place))

    def path(self, name: str) -> str:
        """Where a file stands in its file system."""
        return f"{self.root}/{name}" if self.root else name

    def write(self, name: str, data: bytes) -> None:
        """Put a file, or replace it; whoever reads sees all of it or none."""
        path = self.path(name)
        folder, _, last = path.rpartition("/")
        with answering():
            if WHOLE & protocols(self.fs):
                self.fs.pipe_file(path, data)
                return
            beside = f"{folder}/.{last}.{os.getpid()}"
            self.fs.makedirs(folder, exist_ok=True)
            self.fs.pipe_file(beside, data)
            self.fs.mv(beside, path)

    def read(self, name: str) -> bytes:
        """A file; FileNotFoundError, or BadFrames for one that is too large to be ours."""
        with answering():
            data: bytes = self.fs.cat_file(self.path(name), start=0, end=MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise BadFrames(f"{name} has more than {MOST_BYTES} bytes.")
        return data

    @contextmanager
    def opened(self, name: str) -> Iterator[BinaryIO]:
        """A file to read parts of, in blocks; FileNotFoundError."""
        with answering():
            file = self.fs.open(self.path(name), "rb", block_size=BLOCK_BYTES, cache_type="blockcache")
        with file:
            yield file

    def names(self, folder: str, prefix: str = "") -> list[str]:
        """The files of a folder whose last part begins so, sorted; none where there is no such folder."""
        found: list[str] = []
        with answering(), suppress(FileNotFoundError):
            if WHOLE & protocols(self.fs):
                found = self.fs.find(self.path(folder), **({"prefix": prefix} if prefix else {}))
            else:  # find passes over what cannot be read
                found = self.fs.ls(self.path(folder), detail=False)
        lasts = (path.rpartition("/")[2] for path in found)
        return sorted(f"{folder}/{last}" for last in lasts if last.startswith(prefix) and not last.startswith("."))

    def days(self, folder: str) -> list[date]:
        """The days of the folders YYYY/MM/DD below one, oldest first."""
        months = [f"{year}/{month}" for year in self.numbers(folder) for month in self.numbers(f"{folder}/{year}")]
        found = [f"{month}/{day}" for month in months for day in self.numbers(f"{folder}/{month}")]
        return sorted(date(*map(int, day.split("/"))) for day in found)

    def numbers(self, folder: str) -> list[str]:
        """What stands in a folder under a number; nothing where there is none."""
        with answering(), suppress(FileNotFoundError):
            found = self.fs.ls(self.path(folder), detail=False)
            return [last for path in found if (last := path.rstrip("/").rpartition("/")[2]).isdecimal()]
        return []

    def remove(self, folder: str) -> None:
        """Let go of a folder and all below it; nothing where there is none."""
        with answering(), suppress(FileNotFoundError):
            self.fs.rm(self.path(folder), recursive=True)


def opened(place: str) -> tuple[AbstractFileSystem, str]:
    """The file system of a folder or URL, and the path there; BadInput for one that nothing here can open."""
    try:
        fs, root = fsspec.url_to_fs(place, use_listings_cache=False)
    except (ImportError, ValueError, OSError) as error:
        scheme = place.partition("://")[0]
        raise BadInput(f"NOWCAST_ARCHIVE begins with {scheme[:40]!r}, which cannot be opened: {error}.") from error
    return fs, str(root).rstrip("/")


def protocols(fs: AbstractFileSystem) -> set[str]:
    """What a file system is called, and the one that it is a folder of."""
    own: Any = getattr(fs, "fs", fs).protocol
    return {own} if isinstance(own, str) else set(own)


@contextmanager
def answering() -> Iterator[None]:
    """ArchiveAway for whatever a file system fails with, but that there is no such file."""
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as error:  # each kind of file system has exceptions of its own
        raise ArchiveAway(f"The archive does not answer ({type(error).__name__}); try again later.") from error
