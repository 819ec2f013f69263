"""What was said, and what came: a CF NetCDF file for each nowcast and each frame of a region, by day, for some days."""

import os
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from jobs.errors import NotArchived
from jobs.settings import Settings
from radar.formats import netcdf
from radar.frames import Frames, Rain, stamp
from radar.grid import Grid
from radar.nowcast import Nowcast

STAMP = "%Y%m%dT%H%M%SZ"
FRAME = "frame"
NOWCAST = "nowcast"
"""The words behind the time in the name of a file; what a nowcast was asked of follows."""


class Archive:
    """Files `REGION/YYYY/MM/DD/TIME-frame.nc` and `TIME-nowcast-METHOD.nc`; each appears whole or not at all.

    TIME is that of the frame, and of a nowcast that of the last frame it rests on; METHOD is what was asked for.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of(cls, settings: Settings) -> "Archive":
        """The one below the data folder."""
        return cls(settings.data / "archive")

    def put(self, region_id: str, nowcast: Nowcast) -> Path:
        """Keep a nowcast; one that was asked of the same method at the same time before is replaced."""
        name = f"{NOWCAST}-{quote(nowcast.asked_for, safe='+')}"
        return self._write(self._path(region_id, nowcast.reference_time, name), netcdf.write_nowcast(nowcast))

    def put_frame(self, region_id: str, time: datetime, rain: Rain, grid: Grid) -> Path:
        """Keep a frame as it was verified against; one of the same time before is replaced."""
        return self._write(self._path(region_id, time, FRAME), netcdf.write(Frames(rain[None], (time,), grid)))

    def nowcasts(self, region_id: str, reference_time: datetime) -> list[Path]:
        """The files of every nowcast that begins after this frame, by what was asked."""
        return sorted(self._day(region_id, reference_time.date()).glob(f"{reference_time:{STAMP}}-{NOWCAST}-*.nc"))

    def frames(self, region_id: str, day: date) -> dict[datetime, Path]:
        """The files of a day's frames, oldest first."""
        found = sorted(self._day(region_id, day).glob(f"*-{FRAME}.nc"))
        return {time_of(path): path for path in found}

    def at(self, region_id: str, time: datetime, method: str) -> Nowcast:
        """What was said last before or at this time, when this method was asked; NotArchived."""
        for day in (time.date(), time.date() - timedelta(days=1)):
            found = self._day(region_id, day).glob(f"*-{NOWCAST}-{quote(method, safe='+')}.nc")
            for path in sorted(found, reverse=True):
                if time_of(path) <= time:
                    return netcdf.read_nowcast(path.read_bytes())
        raise NotArchived(f"No nowcast of region {region_id} by {method} is kept from the day before {stamp(time)}.")

    def days(self, region_id: str) -> list[date]:
        """The days of which anything is kept, oldest first."""
        found = (self.folder / region_id).glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]")
        return sorted(date(*map(int, path.parts[-3:])) for path in found)

    def prune(self, region_id: str, before: date) -> None:
        """Let go of the days before this one."""
        for day in self.days(region_id):
            if day < before:
                shutil.rmtree(self._day(region_id, day), ignore_errors=True)

    def _day(self, region_id: str, day: date) -> Path:
        return self.folder / region_id / f"{day:%Y/%m/%d}"

    def _path(self, region_id: str, time: datetime, name: str) -> Path:
        return self._day(region_id, time.date()) / f"{time:{STAMP}}-{name}.nc"

    def _write(self, path: Path, data: bytes) -> Path:
        """Write beside it and rename: whoever reads sees all of it or none."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.write_bytes(data)
        beside.replace(path)
        return path


def time_of(path: Path) -> datetime:
    """The time in the name of a file."""
    return datetime.strptime(path.name.partition("-")[0], STAMP).replace(tzinfo=UTC)
