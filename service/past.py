"""What a region was told by any method and at any time, out of the archive."""

from dataclasses import dataclass
from datetime import UTC, datetime

from jobs.archive import Archive
from jobs.errors import ArchiveAway
from jobs.region import Region
from jobs.regional import Regional
from radar.errors import BadInput
from radar.nowcast import Nowcast


@dataclass(frozen=True)
class Asked:
    """Whose nowcast is wanted, and of when; the region's own method and the latest when it is not said."""

    method: str | None = None
    at: datetime | None = None

    @property
    def own(self) -> bool:
        """True for what a region serves now."""
        return self.method is None and self.at is None


def archive(regional: Regional) -> Archive:
    """The archive of the service; ArchiveAway where its place cannot be opened, of which callers know nothing."""
    try:
        return Archive.of(regional.store.settings)
    except BadInput as error:
        raise ArchiveAway("The archive cannot be opened; the operator has to look at NOWCAST_ARCHIVE.") from error


def archived(regional: Regional, region: Region, asked: Asked) -> Nowcast:
    """The last nowcast at or before a time, of a method or as it was served, its chances as the region calibrates them.

    NotArchived.
    """
    files = archive(regional)
    find = files.at if asked.method else files.served_at
    found = find(region.id, asked.at or datetime.now(UTC), whose(regional, region, asked))
    return regional.latest.calibrations.said(region.id, found)


def whose(regional: Regional, region: Region, asked: Asked) -> str:
    """The method that is asked for by name, or that of the region."""
    return asked.method or region.method or regional.store.settings.method
