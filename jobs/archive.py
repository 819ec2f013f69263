"""What was said, and what came: a CF NetCDF file for each nowcast and each frame of a region, by day, for some days."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

from jobs.errors import NotArchived
from jobs.fallback import CHAIN
from jobs.files import Files
from jobs.settings import Settings
from radar.formats import netcdf
from radar.frames import Frames, Rain, stamp
from radar.grid import Grid
from radar.nowcast import Nowcast

STAMP = "%Y%m%dT%H%M%SZ"
FRAME = "frame"
NOWCAST = "nowcast"
"""The words behind the time in the name of a file; what a nowcast was asked of follows."""
SHADOW = "!shadow"
"""And this behind that, when it was not served: no method is quoted so, so nobody who asks for one gets it."""
NEVER = datetime.max.replace(tzinfo=UTC)

Runs = Callable[[str, date, str], dict[datetime, str]]
"""The names of nowcasts of a region, a day and a method, by the last frame they rest on."""


class Archive:
    """Files `REGION/YYYY/MM/DD/TIME-frame.nc` and `TIME-nowcast-METHOD.nc`; each appears whole or not at all.

    TIME is that of the frame, and of a nowcast that of the last frame it rests on; METHOD is what was asked for.
    """

    def __init__(self, place: str | Path) -> None:
        self.files = Files(place)

    @classmethod
    def of(cls, settings: Settings) -> "Archive":
        """The one that is set, or else the one below the data folder; BadInput for a place that cannot be opened."""
        return cls(settings.archive or settings.data / "archive")

    def put(self, region_id: str, nowcast: Nowcast, shadow: bool = False) -> str:
        """Keep a nowcast; one that was asked of the same method at the same time before is replaced.

        shadow: it was not served, and stands beside what was.
        """
        name = f"{NOWCAST}-{quoted(nowcast.asked_for)}{SHADOW if shadow else ''}"
        return self._write(region_id, nowcast.reference_time, name, netcdf.write_nowcast(nowcast))

    def put_frame(self, region_id: str, time: datetime, rain: Rain, grid: Grid) -> str:
        """Keep a frame as it was verified against; one of the same time before is replaced."""
        return self._write(region_id, time, FRAME, netcdf.write(Frames(rain[None], (time,), grid)))

    def nowcasts(self, region_id: str, reference_time: datetime) -> list[str]:
        """The names of every nowcast that begins after this frame, by what was asked."""
        return self.files.names(day_of(region_id, reference_time.date()), f"{reference_time:{STAMP}}-{NOWCAST}-")

    def methods(self, region_id: str, reference_time: datetime) -> list[str]:
        """What was asked for a nowcast that begins after this frame; not what was only measured."""
        return [asked for name in self.nowcasts(region_id, reference_time) if (asked := asked_of(name))]

    def runs(self, region_id: str, day: date, method: str) -> dict[datetime, str]:
        """The names of a day's nowcasts that a method was asked for, by the last frame they rest on, oldest first."""
        found = self.files.names(day_of(region_id, day))
        return {time_of(name): name for name in found if name.endswith(f"-{NOWCAST}-{quoted(method)}.nc")}

    def served(self, region_id: str, day: date, method: str) -> dict[datetime, str]:
        """Likewise, of those that were served, whatever method the region had; method: that of today.

        What was asked of no yardstick, nor for a shadow, was served. Before the first of these it was a yardstick.
        """
        found: dict[str, dict[datetime, str]] = defaultdict(dict)
        for name in self.files.names(day_of(region_id, day)):
            if asked := asked_of(name):
                found[asked][time_of(name)] = name
        own = [one for one in found if one == method or one not in CHAIN]
        own.sort(key=lambda one: (one not in CHAIN, one == method))  # of two at one time the last one counts
        runs = {time: name for one in own for time, name in found[one].items()}
        first = min(runs, default=NEVER)
        before = next((found[one] for one in CHAIN if one in found), {})
        return dict(sorted({**{time: name for time, name in before.items() if time < first}, **runs}.items()))

    def frames(self, region_id: str, day: date) -> dict[datetime, str]:
        """The names of a day's frames, oldest first."""
        found = self.files.names(day_of(region_id, day))
        return {time_of(name): name for name in found if name.endswith(f"-{FRAME}.nc")}

    def read(self, name: str) -> bytes:
        """A file of either kind; NotArchived when it has gone."""
        try:
            return self.files.read(name)
        except FileNotFoundError as error:
            raise NotArchived(f"{name} is no longer in the archive.") from error

    @contextmanager
    def opened(self, name: str) -> Iterator[BinaryIO]:
        """Likewise, to read parts of."""
        try:
            with self.files.opened(name) as file:
                yield file
        except FileNotFoundError as error:
            raise NotArchived(f"{name} is no longer in the archive.") from error

    def at(self, region_id: str, time: datetime, method: str) -> Nowcast:
        """What was said last before or at this time, when this method was asked; NotArchived."""
        return self._last(region_id, time, method, self.runs)

    def served_at(self, region_id: str, time: datetime, method: str) -> Nowcast:
        """What was served last before or at this time, whatever method the region had; method: that of today."""
        return self._last(region_id, time, method, self.served)

    def _last(self, region_id: str, time: datetime, method: str, runs: Runs) -> Nowcast:
        for day in (time.date(), time.date() - timedelta(days=1)):
            for reference_time, name in reversed(runs(region_id, day, method).items()):
                if reference_time <= time:
                    return netcdf.read_nowcast(self.read(name))
        raise NotArchived(f"No nowcast of region {region_id} by {method} is kept from the day before {stamp(time)}.")

    def days(self, region_id: str) -> list[date]:
        """The days of which anything is kept, oldest first."""
        return self.files.days(region_id)

    def prune(self, region_id: str, before: date) -> None:
        """Let go of the days before this one."""
        for day in self.days(region_id):
            if day < before:
                self.files.remove(day_of(region_id, day))

    def drop(self, region_id: str) -> None:
        """Let go of all of a region."""
        self.files.remove(region_id)

    def _write(self, region_id: str, time: datetime, what: str, data: bytes) -> str:
        name = f"{day_of(region_id, time.date())}/{time:{STAMP}}-{what}.nc"
        self.files.write(name, data)
        return name


def day_of(region_id: str, day: date) -> str:
    """The folder of a region's day."""
    return f"{region_id}/{day:%Y/%m/%d}"


def quoted(method: str) -> str:
    """A method as the name of a file has it."""
    return quote(method, safe="+")


def asked_of(name: str) -> str | None:
    """Which method the nowcast of a file was asked of; None for a shadow, and for what is no nowcast."""
    asked = name.rpartition("/")[2].partition(f"-{NOWCAST}-")[2].removesuffix(".nc")
    return unquote(asked) if asked and not asked.endswith(SHADOW) else None


def time_of(name: str) -> datetime:
    """The time in the name of a file."""
    return datetime.strptime(name.rpartition("/")[2].partition("-")[0], STAMP).replace(tzinfo=UTC)
