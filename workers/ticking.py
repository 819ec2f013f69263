"""What the clock does each second: regions as their file has them, pulls that are due, nowcasts that are done."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from jobs import region_file
from jobs.about import about
from jobs.region import Region
from jobs.regional import Regional
from jobs.regions import Regions
from jobs.replays import Replays
from jobs.schedule import Schedule
from radar.errors import NowcastError

log = logging.getLogger(__name__)


class Ticking:
    """One tick after the other. Two clocks do no harm: who comes second finds nothing due."""

    def __init__(self, regional: Regional, file: Path | None, send: Callable[[Region], None]) -> None:
        redis = regional.store.redis
        self.regional, self.regions, self.schedule = regional, Regions(redis), Schedule(redis)
        self.replays = Replays(redis)
        self.file, self.send = file, send
        self.read: tuple[int, int] | None = None

    def tick(self) -> None:
        """Everything once; a region that makes trouble does not hold up the others."""
        self.reread()
        for attend, regions in ((self.attend, self.regions.all()), (self.replay, self.regions.replayed())):
            for region in regions:
                with about(region=region.id):
                    self.try_at(attend, region)

    def try_at(self, attend: Callable[[Region], None], region: Region) -> None:
        """Attend to a region; what is wrong with it is said in the log."""
        try:
            attend(region)
        except NowcastError as error:
            log.error("region %s: %s", region.id, error)

    def reread(self) -> None:
        """Declare the regions of the file when it is another than before; one that is wrong changes nothing."""
        if self.file is None:
            return
        try:
            stat = self.file.stat()
            seen = stat.st_mtime_ns, stat.st_size
            if seen != self.read:
                self.regions.declare(region_file.read(self.file))
        except (NowcastError, OSError) as error:
            log.error("the regions stay as they were: %s", error)
            return
        self.read = seen

    def attend(self, region: Region) -> None:
        """Put its newest nowcast in place, and have it pulled when that is due."""
        self.regional.latest.renew(region)
        self.regional.retry(region)
        if region.source and self.schedule.claim(region, datetime.now(UTC)):
            self.send(region)

    def replay(self, region: Region) -> None:
        """Likewise for a past storm, which is fed for as long as frames are to come, and forgotten after a while."""
        if not self.replays.kept(region.id):
            self.replays.forget(region.id)
            return
        self.regional.latest.renew(region)
        if self.replays.waiting(region.id) and self.schedule.claim(region, datetime.now(UTC)):
            self.send(region)
