"""Sources to test with, and what they remember."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from jobs.source import Kind, SourceSpec
from workers.sources.addresses import resolve
from workers.sources.contract import Source
from workers.sources.fetch import Fetcher
from workers.sources.table import open_source

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
FIVE = timedelta(minutes=5)
HERE = ("127.0.0.1",)


@dataclass
class Dict:
    """A memory that lasts for a test; `lives` says how long each value is to be kept."""

    values: dict[str, str] = field(default_factory=dict)
    lives: dict[str, int] = field(default_factory=dict)

    def get(self, key: str) -> str | None:
        return self.values.get(key)

    def set(self, key: str, value: str, seconds: int) -> None:
        self.values[key], self.lives[key] = value, seconds


def spec(kind: Kind, location: str, name: str | None = None, **more: Any) -> SourceSpec:
    """A spec."""
    return SourceSpec.model_validate({"kind": kind, "location": location, "name": name, **more})


def opened(of: SourceSpec, memory: Dict | None = None, cadence: timedelta = FIVE) -> Source:
    """The source of a spec, allowed to reach this machine."""
    return open_source(of, cadence, memory if memory is not None else Dict(), hosts=HERE)


def pulled(source: Source, after: datetime | None, until: datetime) -> list[tuple[str, bytes]]:
    """Names and bytes of what one pull brings, all of it taken."""
    fetched = source.new_since(after, until)
    for one in fetched:
        source.taken(one)
    return [(one.name, one.data) for one in fetched]


def fetcher(location: str, hosts: tuple[str, ...] = HERE, naps: list[float] | None = None, **more: Any) -> Fetcher:
    """A client that notes its waits instead of waiting."""
    said = naps if naps is not None else []
    return Fetcher(spec("clock", location, **more), hosts, more.pop("resolver", resolve), said.append)
