"""Two methods of a region on the very same frames: whose CSI is higher, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from itertools import groupby
from operator import add, attrgetter

import numpy as np

from jobs.protocol import Protocol
from jobs.region import EPOCH, Region
from jobs.skill import Series, Skill
from radar.bootstrap import drawn, interval, resampled
from radar.scores import Counts
from radar.sums import Floats

BLOCK = timedelta(hours=3)
"""Frames that are resampled together: of one storm they are alike."""
LEAST_BLOCKS = 8
"""Of fewer blocks with rain, resamples say too little of how sure a difference is."""
csi = attrgetter("csi")


@dataclass(frozen=True, eq=False)
class Pair:
    """What was counted of two methods at one time or over some, at the leads at which both were verified."""

    time: datetime
    one: Counts
    two: Counts

    def __add__(self, other: "Pair") -> "Pair":
        return Pair(self.time, self.one + other.one, self.two + other.two)

    @property
    def wet(self) -> bool:
        """True when there is anything in it that a CSI rests on."""
        return any(np.any(counts.count > counts.correct_negatives) for counts in (self.one, self.two))


@dataclass(frozen=True)
class Difference:
    """CSI over all leads at a threshold, None for all thresholds together; low to high holds 95 % of the resamples."""

    threshold: float | None
    csi: float | None
    other_csi: float | None
    difference: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Comparison:
    """A method against another one; frames: times with a pair, blocks: of three hours, those with rain."""

    method: Series
    other: Series
    frames: int
    blocks: int
    together: Difference
    thresholds: tuple[Difference, ...]

    @property
    def favours(self) -> bool:
        """True when it is sure that the method is better than the other."""
        return self.blocks >= LEAST_BLOCKS and self.together.low is not None and self.together.low > 0

    def __str__(self) -> str:
        rests = (
            f"{many(self.frames, 'frame')} in {many(self.blocks, 'block')} of {BLOCK // timedelta(hours=1)} h with rain"
        )
        one, two, both = self.method.method, self.other.method, self.together
        if both.difference is None:
            return f"{one} and {two} cannot be compared on {rests}"
        bounds = "" if both.low is None else f", 95 % of the resamples from {both.low:+.3f} to {both.high:+.3f}"
        said = f"{one} has a CSI of {both.csi:.3f} and {two} of {both.other_csi:.3f} on {rests}"
        return f"{said}: {both.difference:+.3f}{bounds}"


def many(count: int, word: str) -> str:
    """So many of something."""
    return f"{count} {word}{'' if count == 1 else 's'}"


def pairs(skill: Skill, region_id: str, one: Series, two: Series, since: datetime | None = None) -> list[Pair]:
    """The frames that both were verified against, oldest first."""
    ours, theirs = skill.compared(region_id, one, since), skill.compared(region_id, two, since)
    found = []
    for time in sorted(ours.keys() & theirs.keys()):
        leads = ours[time].frames * theirs[time].frames
        if leads.any():
            found.append(Pair(time, ours[time].at(leads), theirs[time].at(leads)))
    return found


def compare(skill: Skill, protocol: Protocol, one: Series, two: Series, since: datetime | None = None) -> Comparison:
    """A method against another one, by a bootstrap over the blocks, the same ones for both."""
    found = pairs(skill, protocol.region, one, two, since)
    blocks = [reduce(add, group) for _, group in groupby(map(pooled, found), lambda pair: (pair.time - EPOCH) // BLOCK)]
    wet = [block for block in blocks if block.wet]
    *single, together = differences(wet, (*protocol.thresholds, None))
    return Comparison(one, two, len(found), len(wet), together, tuple(single))


def pooled(pair: Pair) -> Pair:
    """All leads together, and as one more column all thresholds together."""
    return Pair(pair.time, widened(pair.one), widened(pair.two))


def widened(counts: Counts) -> Counts:
    """As (1, thresholds + 1), the last column the sum of the others."""
    tables = (table.sum(axis=0, keepdims=True) for table in counts.arrays)
    return Counts(*(np.concatenate([table, table.sum(axis=1, keepdims=True)], axis=1) for table in tables))


def differences(blocks: Sequence[Pair], thresholds: Sequence[float | None]) -> list[Difference]:
    """One for each column; without blocks, of nothing."""
    if not blocks:
        return [Difference(threshold, None, None, None, None, None) for threshold in thresholds]
    whole = reduce(add, blocks)
    rows = drawn(len(blocks))
    draws = [resampled([getattr(block, side) for block in blocks], rows, csi) for side in ("one", "two")]
    low, high = interval(draws[0] - draws[1]) if len(blocks) > 1 else (np.full_like(whole.one.csi, np.nan),) * 2
    columns = (whole.one.csi, whole.two.csi, whole.one.csi - whole.two.csi, low, high)
    return [Difference(threshold, *figures(columns, at)) for at, threshold in enumerate(thresholds)]


def figures(columns: Sequence[Floats], at: int) -> list[float | None]:
    """The numbers of a column, None where there is none."""
    values = (float(column[0, at]) for column in columns)
    return [value if np.isfinite(value) else None for value in values]


def below(skill: Skill, region: Region, one: Series, two: Series, newest: datetime) -> bool:
    """True when the first was worse than the second over the hours, and on the frames, that the region's rule asks for.

    Worse is a lower CSI, of the counts of all leads and thresholds together.
    """
    rule = region.low_skill
    if rule is None:
        return False
    found = pairs(skill, region.id, one, two, newest - timedelta(hours=rule.hours))
    if len(found) < rule.min_frames:
        return False
    whole = pooled(reduce(add, found))
    return bool(whole.one.csi[0, -1] < whole.two.csi[0, -1])
