"""Feeds past storms to their regions, each frame when its time has come on the replay's clock."""

import logging
import time
from datetime import UTC, datetime

from jobs import keys
from jobs.arrivals import arrive
from jobs.cycle import YARDSTICKS
from jobs.errors import DamagedBlob
from jobs.place import grid_of
from jobs.region import Region
from jobs.regional import Regional
from jobs.regions import Regions
from jobs.replay import MOST_WAITING, Replay, rain_of, time_of
from jobs.replays import Replays
from radar.frames import Frames
from workers.exclusive import exclusive

SLICE_SECONDS = 5.0
"""How long one call feeds at most: others wait for this process."""

log = logging.getLogger(__name__)


class Replaying:
    """A frame is taken off the list once it is in the history and its nowcast is ordered, so no death loses one."""

    def __init__(self, regional: Regional) -> None:
        redis = regional.store.redis
        self.regional, self.redis = regional, redis
        self.regions, self.replays = Regions(redis), Replays(redis)

    def knows(self, region_id: str) -> bool:
        """True for the region of a replay."""
        return self.replays.kept(region_id)

    def feed(self, region_id: str) -> int:
        """Every frame that is due now, and how many these were; UnknownReplay, RegionBusy when another is at it."""
        lease = self.regional.store.settings.lease_seconds
        with exclusive(self.redis, keys.pulling(region_id), lease, f"Somebody else is feeding region {region_id}."):
            replay, region = self.replays.get(region_id), self.regions.get(region_id)
            until, fed = time.monotonic() + SLICE_SECONDS, 0
            while time.monotonic() < until and self._ready(region) and self._next(replay, region):
                fed += 1
            return fed

    def _ready(self, region: Region) -> bool:
        """False while more jobs wait than may: a slow machine makes the storm wait, and no nowcast is left out.

        Half of each queue is left to those who wait for rain that is to come.
        """
        store, queue = self.regional.store, self.regional.queue
        methods = (region.method or store.settings.method, *YARDSTICKS)
        free = all(queue.backlog(method) < store.settings.queue_limit / 2 for method in methods)
        return free and len(self.regional.awaited.ordered(region.id)) <= MOST_WAITING

    def _next(self, replay: Replay, region: Region) -> bool:
        """Feed the next frame if it is due; False when it is not, or could not be nowcast for a reason that passes."""
        blob = self.replays.next(region.id)
        if blob is None or replay.due(time_of(blob)) > datetime.now(UTC):
            return False
        try:
            frame = Frames(rain_of(blob)[None], (time_of(blob),), grid_of(replay.grid.encode()))
        except DamagedBlob as error:
            log.error("replay %s: a frame is left out: %s", replay.id, error)
        else:
            arrive(self.regional.history, region, frame)
            self.regional.order(region)
            if self.regional.latest.passing(region.id):
                return False
        self.replays.fed(region.id, blob)
        return True
