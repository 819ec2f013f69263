"""Looks at what is new in every region that has alerts, and takes each alert a step on."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import prod
from typing import cast

from redis import Redis

from jobs import keys
from jobs.alert import Alert
from jobs.alert_message import Origin, Payload
from jobs.alert_state import Kind, State, Verdict
from jobs.alerts import Alerts
from jobs.errors import UnknownRegion
from jobs.history import History
from jobs.job import Job
from jobs.latest import Latest
from jobs.region import Region
from jobs.regions import Regions
from radar.errors import BadInput, NowcastError
from radar.frames import Rain
from radar.grid import Grid
from radar.nowcast import Nowcast
from workers.alerts.looking import look, sight
from workers.alerts.steps import Step, seen, told

MOST_FRAMES, MOST_VALUES = 288, 2**26
"""Frames, and pixels of them all, of those that came since an alert was compared last: the newest."""
Mark = tuple[int, bytes | None, list[Alert]]
"""The revision of a region's history, the job of its nowcast, its alerts: nothing is new while they are the same."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class News:
    """What a region has that an alert may not have looked at."""

    region: Region
    grid: Grid
    latest: tuple[Job, Nowcast] | None
    frames: Mapping[datetime, Rain]


class Watching:
    """Several may be at it: a step that another has taken is not taken again."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.regions, self.alerts = Regions(redis), Alerts(redis)
        self.history, self.latest = History(redis), Latest(redis)
        self.marks: dict[str, Mark] = {}

    def run(self) -> None:
        """Every region; one that makes trouble does not hold up the others."""
        names = self.alerts.regions()
        self.marks = {name: mark for name, mark in self.marks.items() if name in names}
        for region_id in names:
            try:
                self.attend(self.regions.get(region_id))
            except UnknownRegion:
                log.debug("region %s is gone", region_id)
            except NowcastError as error:
                log.error("the alerts of region %s: %s", region_id, error)

    def attend(self, region: Region) -> None:
        """One region, if anything of it is new since we were here last."""
        self.latest.renew(region)
        mark = self.mark(region)
        grid = self.history.grid(region.id)
        if grid is None or mark == self.marks.get(region.id):
            return
        states = {alert.name: self.alerts.state(alert) for alert in mark[2]}
        latest, fresh = self.nowcast(region, mark, states.values()), self.frames(region, grid, states.values())
        news = News(region, grid, latest, fresh)
        if all([self.advance(alert, states[alert.name], news) for alert in mark[2]]):
            self.marks[region.id] = mark

    def mark(self, region: Region) -> Mark:
        """What there is now."""
        job_id = cast("bytes | None", self.redis.hget(keys.latest(region.id)[1], "id"))
        return self.history.extent(region.id).revision, job_id, self.alerts.of(region.id)

    def nowcast(self, region: Region, mark: Mark, states: Iterable[State]) -> tuple[Job, Nowcast] | None:
        """The latest nowcast, unless there is none, or every alert has looked at it."""
        _, job_id, _ = mark
        if job_id is None or all(state.job == job_id.decode() for state in states):
            return None
        return self.latest.get(region)

    def frames(self, region: Region, grid: Grid, states: Iterable[State]) -> dict[datetime, Rain]:
        """The frames that some alert has not been compared with; of a new alert only the newest.

        After a pause the newest alone, as many as fit into memory: what was missed before them stays unjudged.
        """
        times = self.history.times(region.id)
        since = min((state.observed_until or times[-1] - region.cadence for state in states if times), default=None)
        wanted = [time for time in times if since is not None and time > since]
        most = max(1, min(MOST_FRAMES, MOST_VALUES // prod(grid.shape)))
        return self.history.read(region.id, wanted[-most:])

    def advance(self, alert: Alert, before: State, news: News) -> bool:
        """One alert; False when it, or its state, has changed meanwhile."""
        try:
            step = self.compared(alert, before, news)
            if news.latest and news.latest[0].id != step.state.job:
                step = self.looked(alert, step, news, *news.latest)
        except BadInput as error:  # another grid than the alert was made for
            step = Step(before.model_copy(update={"verdict": Verdict.UNKNOWN, "detail": str(error)}))
        wanted = step.kind is not Kind.UPDATE or alert.updates
        message = None
        if step.kind and step.event and wanted:
            message = Payload.of(step.kind, alert, step.event, origin(news)).message()
        if step.state == before:
            return True
        return self.alerts.step(alert, before, step.state, message, step.counts)

    def compared(self, alert: Alert, state: State, news: News) -> Step:
        """The alert after the frames it has not been compared with."""
        since = state.observed_until or max(news.frames, default=None)
        fresh = [time for time in sorted(news.frames) if since is None or time >= since]
        sights = [sight(alert, news.grid, time, news.frames[time]) for time in fresh]
        return seen(state, sights, alert.within, news.region.cadence)

    def looked(self, alert: Alert, step: Step, news: News, job: Job, nowcast: Nowcast) -> Step:
        """The alert after a look at a nowcast."""
        time = nowcast.reference_time
        newest = self.history.read(news.region.id, [time]).get(time)
        now = datetime.now(UTC)
        found = look(alert, news.region, nowcast, newest, now)
        after = told(step.state, found, job.id, time, now)
        return Step(after.state, step.counts + after.counts, after.kind, after.event)


def origin(news: News) -> Origin | None:
    """What a message says of the nowcast it rests on."""
    if news.latest is None:
        return None
    nowcast = news.latest[1]
    return Origin(
        reference_time=nowcast.reference_time,
        method=nowcast.method,
        version=nowcast.version,
        fallback_reason=nowcast.fallback_reason,
        chances_made_by=nowcast.chances and nowcast.chances.made_by,
        calibration=nowcast.chances and nowcast.chances.calibration,
    )
