"""Results as Markdown: what was compared, and a table for each family of scores."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from model.verification.differences import Difference
from model.verification.hko7 import ARCHIVED
from model.verification.results import Results
from radar.fractions import SCALES
from radar.reliability import BINS
from radar.scoresheet import KINDS, Scoresheet
from radar.sums import Floats

Cells = Callable[[str, slice], list[float]]
"""The numbers of a method over some leads."""
SMALLEST_BIN = 100
"""Pixels below which a bin of a reliability table is left out."""


def markdown(results: Results, found: Sequence[Difference]) -> str:
    """The whole report."""
    parts = [heading(results), *(part for data in results.data for part in chapter(results, data, found))]
    return "\n\n".join([*parts, footer(results)]) + "\n"


def heading(results: Results) -> str:
    """What was compared, and how."""
    protocol = results.protocol
    facts = {
        "events": ", ".join(protocol.events),
        "windows": f"{protocol.past} frames in, {protocol.leads} out, {protocol.cadence_minutes:g} min apart; "
        f"one every {protocol.every}"
        + (f" where at least {protocol.wet_share:.0%} of the last known frame is wet" if protocol.wet_share else ""),
        "frames": protocol.frames,
        "pixels": protocol.pixels,
        "event": protocol.event,
        "aggregation": protocol.aggregation,
        "methods": ", ".join(f"{name} ({version})" for name, version in results.versions.items()),
        "trained on": "; ".join(f"{name} on {', '.join(seen)}" for name, seen in results.trained.items())
        or "none of these events",
        "protocol id": ", ".join(f"{family} `{name}`" for family, name in results.ids.items()),
    }
    lines = [f"| {name} | {fact} |" for name, fact in facts.items()]
    return "\n".join(["# Verification report", "", "| | |", "| --- | --- |", *lines])


def chapter(results: Results, data: str, found: Sequence[Difference]) -> Iterator[str]:
    """All tables of one kind of data."""
    first = results.total(data, next(iter(results.versions)))
    blocks = len(results.blocks(data, next(iter(results.versions))))
    yield f"## {data}: {first.windows} windows in {blocks} blocks"
    yield by_threshold(results, data, "csi")
    yield from difference_tables([one for one in found if one.data == data])
    for name in ("bias", "pod", "far", "hss"):
        yield by_threshold(results, data, name)
    yield from fss_tables(results, data)
    yield plain(results, data)
    if results.protocol.frames == ARCHIVED:
        yield benchmark(results, data)
    for name in ("brier", "bss", "roc area"):
        yield by_threshold(results, data, name)
    yield reliability_table(results, data)
    if results.networks:
        yield rollout_table(results, data)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float | None, form: str = ".3f") -> str:
    """A number, or a dash where there is none."""
    return "-" if value is None or not np.isfinite(value) else format(value, form)


def scored(results: Results, data: str, method: str, name: str, leads: slice) -> Floats:
    """A score over some leads, pooled: an array ([thresholds[, scales]])."""
    family, score = KINDS[name]
    return np.asarray(score(results.total(data, method).family(family).pooled(leads))[0])


def by_threshold(results: Results, data: str, name: str) -> str:
    """One score of every method for each threshold, pooled over all leads and at the last; with its counts."""
    spans = results.protocol.lead_minutes
    head = [
        f"{name.upper()}",
        *(f"{level:g} mm/h, {lead} min" for lead in spans for level in results.protocol.thresholds),
    ]
    rows = [
        [method, *(number(value) for leads in spans.values() for value in scored(results, data, method, name, leads))]
        for method in results.versions
    ]
    counts = results.total(data, next(iter(results.versions))).counts
    events = [counts.pooled(leads).hits[0] + counts.pooled(leads).misses[0] for leads in spans.values()]
    return table(head, [*rows, ["pixels with the event", *(f"{count:,}" for part in events for count in part)]])


def fss_tables(results: Results, data: str) -> Iterator[str]:
    """FSS by scale for each threshold, pooled over all leads."""
    for at, threshold in enumerate(results.protocol.thresholds):
        rows = [
            [method, *map(number, scored(results, data, method, "fss", slice(None))[at])] for method in results.versions
        ]
        yield table([f"FSS at {threshold:g} mm/h", *(f"{scale:g} km" for scale in SCALES)], rows)


def plain(results: Results, data: str) -> str:
    """The scores that know no threshold, pooled over all leads."""
    names = ("mse", "mae", "b-mse", "b-mae", "ssim", "psnr", "crps")
    rows = [
        [method, *(number(float(scored(results, data, method, name, slice(None))), ".4g") for name in names)]
        for method in results.versions
    ]
    units = {"mse": " (mm/h)²", "mae": " mm/h", "psnr": " dB", "crps": " mm/h"}
    return table(["all leads", *(name.upper() + units.get(name, "") for name in names)], rows)


def benchmark(results: Results, data: str) -> str:
    """The averages that HKO-7's benchmark gives: of the scores of all leads; B-MSE and B-MAE summed over a frame."""
    levels = results.protocol.thresholds
    names = [f"{name.upper()} {level:g} mm/h" for name in ("csi", "hss") for level in levels]
    rows = []
    for method in results.versions:
        sheet = results.total(data, method)
        means = [*sheet.counts.csi.mean(0), *sheet.counts.hss.mean(0)]
        sums = [
            part.mean() / sheet.windows
            for part in (sheet.deviations.balanced_squared, sheet.deviations.balanced_absolute)
        ]
        rows.append([method, *map(number, means), *(number(float(one), ".5g") for one in sums)])
    return table(["mean over leads, as the benchmark has it", *names, "B-MSE a frame", "B-MAE a frame"], rows)


def reliability_table(results: Results, data: str) -> str:
    """What was said, what came and how often, of every method that says more than yes and no; pooled over all leads."""
    rows = [row for method in results.versions for row in reliability_rows(results, data, method)]
    return table(["reliability", "mm/h", "said", "came", "pixels"], rows)


def reliability_rows(results: Results, data: str, method: str) -> Iterator[list[str]]:
    """The bins of a method that hold enough."""
    sums = results.total(data, method).reliability.pooled()
    if not graded(results.total(data, method)):
        return
    said, came = sums.curve
    for at, threshold in enumerate(results.protocol.thresholds):
        for place in range(BINS):
            if sums.pixels[0, at, place] >= SMALLEST_BIN:
                values = number(said[0, at, place]), number(came[0, at, place]), f"{sums.pixels[0, at, place]:,}"
                yield [method, f"{threshold:g}", *values]


def graded(sheet: Scoresheet) -> bool:
    """True for a method that says more than yes and no."""
    return bool(sheet.reliability.pixels[..., 1:-1].any())


def difference_tables(found: Sequence[Difference]) -> Iterator[str]:
    """Paired differences with their intervals, a table a score."""
    for kind in dict.fromkeys(one.score for one in found):
        some = [one for one in found if one.score == kind]
        columns = list(dict.fromkeys((one.lead, one.threshold) for one in some))
        values = {(one.method, one.baseline, one.lead, one.threshold): bounded(one) for one in some}
        pairs = dict.fromkeys((one.method, one.baseline) for one in some)
        rows = [
            [f"{pair[0]} - {pair[1]}", *(values.get((*pair, *column), "-") for column in columns)] for pair in pairs
        ]
        head = [f"{lead} min" if level is None else f"{level:g} mm/h, {lead} min" for lead, level in columns]
        yield table([f"difference in {kind.upper()} [95 %]", *head], rows)


def bounded(one: Difference) -> str:
    """A difference and its interval."""
    value = number(one.value, "+.3f")
    return value if one.low is None else f"{value} [{number(one.low, '+.3f')}, {number(one.high, '+.3f')}]"


def rollout_table(results: Results, data: str) -> str:
    """Both averages of a rollout: of the forecast alone, and the reference's over all in + out - 1 steps."""
    rows = []
    for method in results.versions:
        known, sheet = results.known_total(data, method), results.total(data, method)
        for name in ("csi", "mse", "mae", "ssim"):
            family, score = KINDS[name]
            ahead = sheet.family(family).pooled()
            values = [score(ahead)[0]]
            if known is not None:
                values.append(score(ahead + known.family(family).pooled())[0])
            shown = [" / ".join(number(part) for part in np.atleast_1d(value)) for value in values]
            rows.append([method, name.upper(), *shown, *["does not apply"] * (2 - len(shown))])
    return table(["rollout", "score", "forecast frames", "all in + out - 1 steps"], rows)


def footer(results: Results) -> str:
    """What was left out."""
    if not results.failed:
        return "No window was left out: every method answered all of them."
    lines = [f"- {sentence}" for sentence in results.failed]
    return "\n".join([f"{len(results.failed)} windows were left out for all methods:", "", *lines])
