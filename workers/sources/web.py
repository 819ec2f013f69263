"""What the sources on the web share: how a file is read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from jobs.source import SourceSpec
from workers.sources.contract import Copy, Entry, Memory, Validators
from workers.sources.errors import SourceFailed
from workers.sources.fetch import GONE, Fetcher, shown
from workers.sources.naming import Naming

PAGES = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(frozen=True)
class Means:
    """What a source works with beside its spec."""

    cadence: timedelta
    offset: timedelta
    memory: Memory
    fetcher: Callable[[], Fetcher]


@dataclass(frozen=True)
class Web:
    """A shelf on the web; what it has on offer, each kind finds out in its own way."""

    spec: SourceSpec
    fetch: Fetcher
    naming: Naming
    gone: ClassVar[frozenset[int]] = GONE

    @classmethod
    def of(cls, spec: SourceSpec, means: Means) -> Self:
        """The shelf of a spec; BadInput when the spec cannot be meant."""
        return cls(spec, means.fetcher(), Naming(spec.name))

    def read(self, entry: Entry, known: Validators) -> Copy | None:
        """The file at the entry's URL."""
        answer = self.fetch.get(entry.where, known, gone=self.gone)
        if answer.media_type in PAGES:
            raise SourceFailed(f"{shown(entry.where)} is a web page, not a radar file.")
        return None if answer.data is None else Copy(answer.data, answer.validators)

    def close(self) -> None:
        """Hang up."""
        self.fetch.close()
