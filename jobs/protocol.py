"""How a region's nowcasts are verified, and the id of everything that changes their scores."""

from dataclasses import dataclass
from datetime import timedelta

from jobs.place import described
from jobs.region import Region
from radar.chances import THRESHOLDS
from radar.grid import Grid
from radar.scores import protocol_id
from radar.tally import RULES

PIXELS = "where the frame observed anything; a forecast of NaN says no rain"
EVENT = "rain >= threshold"
FRAMES = "to 0.01 mm/h on the region's grid; one that is issued again replaces its own counts"
NOWCASTS = "every one a region ordered, by the method that made it; the last one ordered of a reference time"


@dataclass(frozen=True)
class Protocol:
    """What is compared with what: all of a region that its scores depend on.

    leads: how many cadences ahead. thresholds: mm/h.
    """

    region: str
    grid: Grid
    regrid: str
    cadence: timedelta
    offset: timedelta
    leads: int
    thresholds: tuple[float, ...]

    @classmethod
    def of(cls, region: Region, grid: Grid) -> "Protocol":
        """That of a region whose history lies on this grid."""
        thresholds = tuple(map(float, region.thresholds or THRESHOLDS))
        return cls(region.id, grid, region.regrid, region.cadence, region.offset, region.horizon, thresholds)

    @property
    def id(self) -> str:
        """The short hash that two scores must share to be compared."""
        return protocol_id(
            region=self.region,
            grid=described(self.grid),
            regrid=self.regrid,
            cadence_seconds=self.cadence.total_seconds(),
            offset_seconds=self.offset.total_seconds(),
            leads=self.leads,
            thresholds=self.thresholds,
            pixels=PIXELS,
            event=EVENT,
            frames=FRAMES,
            nowcasts=NOWCASTS,
            aggregation="counts pooled over frames",
            rules=RULES,
        )

    def minutes(self, lead: int) -> float:
        """A lead, counted in cadences from 1, in minutes."""
        return lead * (self.cadence / timedelta(minutes=1))

    @property
    def shape(self) -> tuple[int, int]:
        """(leads, thresholds) of its tallies."""
        return self.leads, len(self.thresholds)
