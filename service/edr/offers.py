"""Which nowcasts EDR's clients can ask: the latest of each region, and those that were served and are kept."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from jobs.archive import STAMP
from jobs.errors import NotArchived
from jobs.region import Region
from jobs.regional import Regional
from jobs.timeline import Timelines
from radar.errors import BadFrames
from radar.formats.netcdf_lead import read_heading
from radar.frames import utc
from radar.grid import Grid
from radar.nowcast import Nowcast
from service.errors import UnknownFrame
from service.past import Asked, archive, archived, whose
from service.tiles.placing import Box, extent, meet, rolled, unrolled


@dataclass(frozen=True)
class Offer:
    """What can be asked of a region: of a nowcast of it, which begins after the frame of `run`.

    box: in degrees. times: of its frames; thresholds (mm/h) are those it has chances of.
    """

    region: Region
    box: Box
    run: datetime | None = None
    times: tuple[datetime, ...] = ()
    thresholds: tuple[float, ...] = ()

    @property
    def instance(self) -> str:
        """The name of the nowcast."""
        return f"{self.run:{STAMP}}" if self.run else ""

    def meets(self, box: Box | None, times: tuple[datetime, datetime]) -> bool:
        """True where it reaches into a box of degrees and an interval of time; what has no times yet is in any."""
        here = box is None or meet(unrolled(self.box), unrolled(box))
        return here and (not self.times or (self.times[0] <= times[1] and self.times[-1] >= times[0]))


def latest(regional: Regional, region: Region) -> Offer:
    """The latest nowcast of a region, or none yet; UnknownFrame where the region lies nowhere on the Earth."""
    box = boxed(regional.history.grid(region.id) or (region.grid.grid() if region.grid else None))
    if box is None:
        raise UnknownFrame(f"Region {region.id} has no place on the Earth yet.")
    about, frames = Timelines(regional).to_come(region)
    if about is None:
        return Offer(region, box, thresholds=region.thresholds)
    return Offer(region, box, about.reference_time, tuple(frame.time for frame in frames), about.thresholds)


def boxed(grid: Grid | None) -> Box | None:
    """West, south, east, north as GeoJSON has it."""
    box = extent(grid) if grid and grid.crs else None
    return box and rolled(box)


def offers(regional: Regional, regions: Sequence[Region]) -> Iterator[Offer]:
    """The latest nowcasts of all regions that lie somewhere."""
    for region in regions:
        with suppress(UnknownFrame):
            yield latest(regional, region)


def runs(regional: Regional, region: Region, most: int) -> list[Offer]:
    """The nowcasts that can be had, the latest and those that are kept, newest first."""
    newest = latest(regional, region)
    found = {newest.run: newest} if newest.run else {}
    for time, name in kept(regional, region):
        if len(found) >= most:
            break
        with suppress(BadFrames, NotArchived):  # damaged, or let go meanwhile
            found[time] = found.get(time) or headed(regional, newest, name)
    return [found[time] for time in sorted(found, reverse=True)]


def kept(regional: Regional, region: Region) -> Iterator[tuple[datetime, str]]:
    """The last frame and the name of every nowcast that was served and is kept, newest first."""
    files = archive(regional)
    for day in reversed(files.days(region.id)):
        yield from reversed(files.served(region.id, day, whose(regional, region, Asked())).items())


def headed(regional: Regional, newest: Offer, name: str) -> Offer:
    """What can be asked of a nowcast that is kept; NotArchived, BadFrames."""
    with archive(regional).opened(name) as file:
        heading = read_heading(file, name)
    return replace(newest, run=heading.reference_time, times=heading.times, thresholds=heading.thresholds)


def run(regional: Regional, region: Region, instance: str) -> Offer:
    """The nowcast of this name; NotArchived."""
    newest, time = latest(regional, region), moment(region, instance)
    if newest.run == time:
        return newest
    names = archive(regional).served(region.id, time.date(), whose(regional, region, Asked()))
    if time not in names:
        raise gone(region, instance)
    return headed(regional, newest, names[time])


def nowcast(regional: Regional, region: Region, instance: str) -> Nowcast:
    """All that the nowcast of this name says; NotArchived."""
    time = moment(region, instance)
    if regional.latest.reference_time(region.id) == time:
        found = regional.latest.get(region)[1]
    else:
        found = archived(regional, region, Asked(at=time))
    if found.reference_time != time:
        raise gone(region, instance)
    return found


def moment(region: Region, instance: str) -> datetime:
    """The time in the name of a nowcast; NotArchived where it is none."""
    try:
        return utc(datetime.strptime(instance, STAMP).replace(tzinfo=UTC))
    except (ValueError, BadFrames) as error:
        raise gone(region, instance) from error


def gone(region: Region, instance: str) -> NotArchived:
    """What is said of a nowcast that cannot be had."""
    where = f"/edr/collections/{region.id}/instances"
    return NotArchived(f"Region {region.id} has no nowcast {instance[:40]!r}; {where} lists those there are.")
