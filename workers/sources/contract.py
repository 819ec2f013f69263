"""What all sources agree on: what is on offer, what was fetched, and what is remembered between two pulls."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class Memory(Protocol):
    """What outlives a pull. The caller keeps it apart per region; losing it costs the late files of that moment."""

    def get(self, key: str) -> str | None:
        """What was set, until its time is up."""

    def set(self, key: str, value: str, seconds: int) -> None:
        """Keep the value for so long."""


@dataclass(frozen=True)
class Entry:
    """A file that a source has on offer.

    time: of the frame in it, or of the file when `dated` is false; where: a URL or a path; mark: changes when the
    bytes do, as far as the listing tells (size, date, checksum); None when it tells nothing.
    """

    name: str
    where: str
    time: datetime
    mark: str | None = None
    dated: bool = True


@dataclass(frozen=True)
class Validators:
    """What a server said of the copy we have, to ask it whether there is another: ETag and Last-Modified."""

    etag: str | None = None
    modified: str | None = None

    def __bool__(self) -> bool:
        return bool(self.etag or self.modified)


@dataclass(frozen=True)
class Copy:
    """The bytes of an entry, and what the server said of them."""

    data: bytes = field(repr=False)
    validators: Validators = Validators()


@dataclass(frozen=True)
class Fetched:
    """A file that is new, or other than it was.

    time: of its frame, when that was told beside the file; key, mark: where and what the memory keeps once it is taken.
    """

    name: str
    data: bytes = field(repr=False)
    time: datetime | None
    key: str = field(default="", repr=False)
    mark: str = field(default="", repr=False)


class Shelf(Protocol):
    """One kind of source: what it has on offer, and how to get it."""

    def entries(self, start: datetime, until: datetime) -> list[Entry]:
        """What is on offer for times after `start` up to `until`; may be more, need not be in order."""

    def read(self, entry: Entry, known: Validators) -> Copy | None:
        """The bytes; None when they are the known ones; NotThere when there are none yet."""

    def close(self) -> None:
        """Let go of connections; they come back when needed."""


class Source(Protocol):
    """Where a region's frames come from."""

    def new_since(self, after: datetime | None, until: datetime) -> list[Fetched]:
        """What has been published for times after `after` up to `until`, late and re-issued files too, oldest first.

        Raises SourceFailed or TooLarge when nothing could be fetched for a reason.
        """

    def taken(self, fetched: Fetched) -> None:
        """Remember that this file is safely in the history; until then it is offered again."""
