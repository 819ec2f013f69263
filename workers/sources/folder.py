"""A watched folder, which is how met services hand files on: what lies there whole is read, nothing is touched.

Whoever writes there should write elsewhere and rename, or use a name that begins with a dot or ends in .part or .tmp
until the file is whole; a file that has just been written to is left for the next pull.
"""

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from jobs.source import SourceSpec
from radar.errors import BadInput, TooLarge
from workers.sources.contract import Copy, Entry, Memory, Validators
from workers.sources.errors import NotThere, SourceFailed
from workers.sources.naming import Naming, folders
from workers.sources.options import number
from workers.sources.web import Means

UNFINISHED = (".part", ".tmp", ".temp", ".filepart", ".partial", ".crdownload", ".swp", "~")
REMEMBERED = 3600
"""Seconds for which the look of a file that is being written is kept."""


@dataclass(frozen=True)
class Folder:
    """A shelf on disk; settle: seconds without a change after which a file counts as whole."""

    spec: SourceSpec
    naming: Naming
    memory: Memory
    settle: float

    @classmethod
    def of(cls, spec: SourceSpec, means: Means) -> Self:
        """BadInput for a path that depends on where a process was started, or an option that there is not."""
        if not Path(path_of(spec.location)).is_absolute():
            raise BadInput(f"A watched folder is named by its whole path, which {spec.location} is not.")
        return cls(spec, Naming(spec.name), means.memory, number(spec, settle_seconds=5.0)["settle_seconds"])

    def entries(self, start: datetime, until: datetime) -> list[Entry]:
        """The settled files, of one folder or of one per day when the location has the day in it."""
        places = [Path(path_of(place)) for place in folders(self.spec.location, start, until)]
        there = [place for place in places if place.is_dir()]
        if not there:
            raise SourceFailed(f"There is no folder {places[0]}.")
        found = (entry for place in there for entry in self._present(place.resolve(), start, until))
        return [entry for entry in found if self._whole(entry)]

    def read(self, entry: Entry, known: Validators) -> Copy | None:
        """The bytes, unless the file changes under our hands."""
        try:
            with open(entry.where, "rb", opener=plainly) as file:
                before = look(os.fstat(file.fileno()))
                data = file.read(self.spec.max_bytes + 1)
                after = look(os.fstat(file.fileno()))
        except OSError as error:
            raise NotThere(f"{entry.name} cannot be read: {error.strerror}.") from error
        if len(data) > self.spec.max_bytes:
            raise TooLarge(f"{entry.name} is larger than the {self.spec.max_bytes} bytes that its source may have.")
        if not before == after == entry.mark:
            raise NotThere(f"{entry.name} is still being written.")
        return Copy(data)

    def close(self) -> None:
        """Nothing is kept open."""

    def _present(self, folder: Path, start: datetime, until: datetime) -> Iterator[Entry]:
        """The files of a folder that tell a time between these, or were written at one."""
        try:
            names = os.listdir(folder)
        except OSError as error:
            raise SourceFailed(f"The folder {folder} cannot be read: {error.strerror}.") from error
        for name in names:
            time = self.naming.time(name)
            hidden = name.startswith(".") or name.lower().endswith(UNFINISHED)
            if not hidden and (start < time <= until if time else self.spec.name is None):
                yield from self._plain(folder, name, time)

    def _plain(self, folder: Path, name: str, time: datetime | None) -> Iterator[Entry]:
        """The entry of a plain file in the folder; a link out of it leads to none of ours."""
        try:
            path = (folder / name).resolve(strict=True)
            status = path.stat()
        except (OSError, RuntimeError):  # gone meanwhile, or links in a circle
            return
        if stat.S_ISREG(status.st_mode) and path.is_relative_to(folder):
            written = datetime.fromtimestamp(status.st_mtime, UTC)
            yield Entry(name, str(path), time or written, look(status), dated=time is not None)

    def _whole(self, entry: Entry) -> bool:
        """True for a file that has not changed for a while, by its own time or, should its clock be off, by ours."""
        changed = int((entry.mark or "0").partition(" ")[0]) / 1e9
        if time.time() - changed >= self.settle:
            return True
        key = f"seen:{entry.where}"
        seen = self.memory.get(key)
        self.memory.set(key, entry.mark or "", REMEMBERED)
        return seen == entry.mark


def path_of(location: str) -> str:
    """A path as it is, or out of a file:// URL."""
    parts = urlsplit(location)
    return unquote(parts.path) if parts.scheme == "file" else location


def look(status: os.stat_result) -> str:
    """What changes when a file is written to."""
    return f"{status.st_mtime_ns} {status.st_size}"


def plainly(path: str, flags: int) -> int:
    """Open without following a link that came since, and without waiting at a pipe."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
