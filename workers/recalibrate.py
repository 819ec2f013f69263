"""Fits the chances of a region's methods to what came: isotonic, from the counts of the chances before any curve."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from redis import Redis
from scipy.optimize import isotonic_regression

from jobs.calibration import GROUPS, OFF, Calibrated, Calibration, Calibrations, Curve, group, version
from jobs.closing import close
from jobs.protocol import Protocol
from jobs.record import Record
from jobs.region import Region
from jobs.skill import Series, Skill
from radar.sums import Floats
from radar.tally import Tally

MEMORY = timedelta(days=30)
"""Older counts are left out: radars and seasons change."""
EVERY = timedelta(hours=6)
"""Of the time of frames, from one fit to the next."""
FEW_FRAMES = 144
"""Verified frames below which nothing is fitted: half a day of 5-minute frames. Pixels of one storm are one storm."""
FEW_EVENTS, FEW_PIXELS = 1000, 100
"""Pixels with the event, and without it, that a curve takes; pixels that a point of it takes."""

log = logging.getLogger(__name__)


class Recalibration:
    """The counts it needs are kept as skill is, exactly once each, beside it: of chances before any curve."""

    def __init__(self, redis: Redis) -> None:
        self.skill, self.calibrations = Skill(redis), Calibrations(redis)

    def write(self, protocol: Protocol, maker: tuple[str, str], time: datetime, tally: Tally) -> None:
        """Keep the tally of a time whose chances are those the method gave."""
        self.skill.write(raw(protocol), Series(protocol.id, *maker), time, tally, exported=False)

    def attend(self, region: Region, protocol: Protocol, newest: datetime) -> None:
        """Close the counts that are final; fit what is due, or leave chances as they are where that is wanted."""
        close(self.skill, raw(protocol).region, newest - region.retention)
        for series in self.skill.series(raw(protocol).region, protocol.id):
            what = Calibrated.of(region.id, protocol.grid, series.method, series.version)
            last = self.calibrations.last(what)
            if not region.recalibrate:
                if last is not None and last[1].version != OFF:
                    self.calibrations.put(what, None)
            elif last is None or newest - last[0] >= EVERY:
                record = self.skill.total(raw(protocol).region, series, newest - MEMORY)
                self.fit(protocol, what, record, newest)

    def fit(self, protocol: Protocol, what: Calibrated, record: Record | None, newest: datetime) -> None:
        """A new calibration, when there is enough to make one of."""
        found = curves(protocol, record) if record else ()
        if not record or not found:
            return
        made = Calibration(version=version(found, newest), frames=frames(record), curves=found)
        if self.calibrations.put(what, made):
            log.info("region %s: the chances of %s are said by %s", what.region, what.method, made.version)


def raw(protocol: Protocol) -> Protocol:
    """Where the counts of chances before any curve are kept; no region has such a name."""
    return replace(protocol, region=f"{protocol.region}:uncalibrated")


def frames(record: Record) -> int:
    """Verified frames of the lead that has most of them."""
    return int(record.tally.frames.max(initial=0))


def curves(protocol: Protocol, record: Record) -> tuple[Curve, ...]:
    """A curve for each threshold and group of leads of which enough is known."""
    groups = np.array([group(protocol.minutes(lead)) for lead in range(1, protocol.leads + 1)])
    sums, compared = record.tally.reliability, record.tally.frames
    found = []
    for which in range(len(GROUPS) + 1):
        leads = groups == which
        if compared[leads].max(initial=0) < FEW_FRAMES:
            continue
        for at, threshold in enumerate(protocol.thresholds):
            pixels, said, came = (array[leads, at].sum(axis=0) for array in (sums.pixels, sums.said, sums.came))
            if min(came.sum(), (pixels - came).sum()) >= FEW_EVENTS:
                found.append(fitted(threshold, which, pixels, said, came))
    return tuple(found)


def fitted(threshold: float, which: int, pixels: Floats, said: Floats, came: Floats) -> Curve:
    """The rising curve closest to how often it came, each tenth of the chance by its pixels (isotonic regression)."""
    known = pixels >= FEW_PIXELS
    share = isotonic_regression(came[known] / pixels[known], weights=pixels[known]).x
    means = said[known] / pixels[known]
    points = [tuple(np.round(values, 5).tolist()) for values in (means, share)]
    return Curve(threshold=threshold, group=which, said=points[0], came=points[1])
