"""Skill records of a region to test with: how two methods did, frame by frame."""

from collections.abc import Sequence
from datetime import datetime

from jobs.protocol import Protocol
from jobs.skill import Series, Skill
from radar.tally import over_leads, tally
from tests.regions import PLACE, rain, region

HERE = region(method="net", horizon=2, thresholds=(1, 10))
PROTOCOL = Protocol.of(HERE, PLACE.grid())
NET, RIVAL, BETTER = (Series(PROTOCOL.id, name, "1") for name in ("net", "rival", "extrapolation"))


def verified(skill: Skill, series: Series, times: Sequence[datetime], good: Sequence[bool], lead: int = 1) -> None:
    """At each time the method said, at a lead, what came (good), or other rain."""
    for at, (time, right) in enumerate(zip(times, good, strict=True)):
        one = tally(rain(at if right else at + 500), {}, rain(at), PROTOCOL.thresholds, 1.0)
        assert skill.write(PROTOCOL, series, time, over_leads({lead: one}, *PROTOCOL.shape))
