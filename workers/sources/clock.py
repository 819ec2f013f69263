"""HTTP, the name known from the clock: a frame's URL follows from its time, and is asked for until it is there."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from jobs.source import SourceSpec
from workers.sources.contract import Entry
from workers.sources.naming import Naming
from workers.sources.options import options
from workers.sources.web import Means, Web

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_TIMES = 288
"""Times back from now that are ever asked for: a day of five minutes."""


@dataclass(frozen=True)
class Clock(Web):
    """Frames at every multiple of the cadence, `offset` later than midnight."""

    cadence: timedelta = timedelta(minutes=5)
    offset: timedelta = timedelta(0)

    @classmethod
    def of(cls, spec: SourceSpec, means: Means) -> Self:
        """BadInput unless a URL can be made of a time and nothing else."""
        naming = Naming(f"{spec.location.rstrip('/')}/{spec.name}" if spec.name else spec.location)
        naming.at(EPOCH)
        options(spec)
        return cls(spec, means.fetcher(), naming, means.cadence, means.offset)

    def entries(self, start: datetime, until: datetime) -> list[Entry]:
        """All that should be there by now."""
        newest = until - (until - EPOCH - self.offset) % self.cadence
        times = (newest - n * self.cadence for n in range(MOST_TIMES))
        urls = [(time, self.naming.at(time)) for time in times if time > start]
        return [Entry(url.partition("?")[0].rpartition("/")[2], url, time) for time, url in urls]
