"""A region's skill as its JSON shows it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import numpy as np

from jobs.awaited import Awaited
from jobs.comparison import Comparison, Difference
from jobs.cycle import YARDSTICKS
from jobs.history import History
from jobs.protocol import Protocol
from jobs.record import Record
from jobs.region import Region
from jobs.skill import Series, Skill
from jobs.store import Store
from jobs.trial import against, promotions
from radar.deviations import DEVIATIONS
from radar.errors import UnknownMethod
from radar.fractions import SCALES
from radar.frames import in_utc
from radar.reliability import RELIABILITY
from radar.scores import SCORES
from radar.sums import Floats
from radar.tally import Tally
from service.errors import UnknownLead
from service.skill_schemas import (
    ComparisonView,
    DifferenceView,
    FssView,
    LeadSkillView,
    MethodSkillView,
    ReliabilityView,
    SkillView,
    ThresholdView,
)

Found = dict[Series, Record]
MOST_PROMOTIONS = 10


def view(store: Store, region: Region, since: datetime | None, method: str | None, lead: float | None) -> SkillView:
    """What was counted since then, of one method beside the yardsticks, or of all; at one lead (minutes), or at all."""
    skill, grid = Skill(store.redis), History(store.redis).grid(region.id)
    protocol = Protocol.of(region, grid) if grid else None
    since = since and in_utc(since)
    found = wanted(records(skill, protocol, since), region, method) if protocol else {}
    return SkillView(
        region=region.id,
        protocol=protocol and protocol.id,
        since=since,
        closed=skill.closed(region.id),
        to_verify=len(Awaited(store.redis).times(region.id)),
        methods=[method_view(series, found, protocol, lead) for series in found] if protocol else [],
        on_trial=on_trial(store, region, protocol, since) if protocol else [],
        promotions=promotions(store.redis, region.id, MOST_PROMOTIONS),
    )


def on_trial(store: Store, region: Region, protocol: Protocol, since: datetime | None) -> list[ComparisonView]:
    """Canary and shadow against the method that is served."""
    names = dict.fromkeys((region.canary.method if region.canary else None, region.shadow))
    found = (against(store, region, protocol, name, since) for name in names if name)
    return [comparison_view(one) for one in found if one]


def comparison_view(found: Comparison) -> ComparisonView:
    """A method against the one that is served."""
    return ComparisonView(
        method=found.method.method,
        version=found.method.version,
        served=found.other.method,
        served_version=found.other.version,
        frames=found.frames,
        blocks=found.blocks,
        together=difference_view(found.together),
        thresholds=[difference_view(one) for one in found.thresholds],
        favours=found.favours,
    )


def difference_view(one: Difference) -> DifferenceView:
    """A threshold of them."""
    figures = asdict(one)
    return DifferenceView(served_csi=figures.pop("other_csi"), **figures)


def records(skill: Skill, protocol: Protocol, since: datetime | None) -> Found:
    """All there is under a protocol, by method and version."""
    known = skill.series(protocol.region, protocol.id)
    found = {series: skill.total(protocol.region, series, since) for series in known}
    return {series: record for series, record in found.items() if record is not None}


def wanted(found: Found, region: Region, method: str | None) -> Found:
    """That of a method and of the yardsticks; UnknownMethod when it was never verified here."""
    known = {series.method for series in found}
    if method is not None and method not in known:
        there = f"there are {', '.join(sorted(known))}" if known else "nothing was yet"
        raise UnknownMethod(f"No nowcast of region {region.id} by {method!r} was verified; {there}.")
    return {series: record for series, record in found.items() if method in (None, series.method) or yardstick(series)}


def yardstick(series: Series) -> bool:
    """True for what is run each time to compare with."""
    return series.method in YARDSTICKS


def method_view(series: Series, found: Found, protocol: Protocol, lead: float | None) -> MethodSkillView:
    """One version of a method."""
    record = found[series]
    return MethodSkillView(
        method=series.method,
        version=series.version,
        yardstick=yardstick(series),
        same_sample=all(same_sample(record.tally, other.tally) for other in found.values()),
        first=record.first,
        last=record.last,
        pooled=lead_view(record.tally.pooled(), None, protocol),
        leads=[lead_view(record.tally.at(at), protocol.minutes(at), protocol) for at in chosen(protocol, lead)],
    )


def same_sample(one: Tally, two: Tally) -> bool:
    """True when both rest on equally many frames, pixels and events at each lead."""
    pairs = [
        (one.frames, two.frames),
        (one.counts.count, two.counts.count),
        (one.counts.hits + one.counts.misses, two.counts.hits + two.counts.misses),
    ]
    return all(np.array_equal(*pair) for pair in pairs)


def chosen(protocol: Protocol, lead: float | None) -> Sequence[int]:
    """The leads to show, counted from 1; UnknownLead for minutes at which there is none."""
    leads = range(1, protocol.leads + 1)
    found = [at for at in leads if lead in (None, protocol.minutes(at))]
    if not found:
        shown = ", ".join(f"{protocol.minutes(at):g}" for at in leads)
        raise UnknownLead(f"There is no lead of {lead:g} minutes; there are {shown}.")
    return found


def lead_view(tally: Tally, minutes: float | None, protocol: Protocol) -> LeadSkillView:
    """A tally of a single lead, or one that was pooled."""
    scores = {name: number(DEVIATIONS[name](tally.deviations)[0]) for name in ("mse", "mae")}
    return LeadSkillView(
        lead_minutes=minutes,
        frames=int(tally.frames[0]),
        pixels=int(tally.deviations.pixels[0]),
        crps=number(tally.reliability.crps[0]),
        thresholds=[threshold_view(tally, at, threshold) for at, threshold in enumerate(protocol.thresholds)],
        **scores,
    )


def threshold_view(tally: Tally, at: int, threshold: float) -> ThresholdView:
    """One threshold of a tally of a single lead."""
    counts = {name: int(getattr(tally.counts, name)[0, at]) for name in tally.counts.parts()}
    scores = {name: number(score(tally.counts)[0, at]) for name, score in SCORES.items()}
    chances = {name: number(RELIABILITY[name](tally.reliability)[0, at]) for name in ("brier", "bss", "roc area")}
    fss, squares = tally.fractions.fss[0, at], tally.fractions.squares[0, at]
    scales = zip(SCALES, fss.tolist(), squares.tolist(), strict=True)
    bins = {name: getattr(tally.reliability, name)[0, at].tolist() for name in ("pixels", "said", "came")}
    return ThresholdView(
        threshold=threshold,
        **counts,
        **scores,
        brier=chances["brier"],
        bss=chances["bss"],
        roc_area=chances["roc area"],
        fss=[FssView(scale_km=scale, fss=number(value), squares=many) for scale, value, many in scales],
        reliability=ReliabilityView(**bins),
    )


def number(value: Floats | float) -> float | None:
    """A score, None where there is none."""
    return float(value) if np.isfinite(value) else None
