"""The report of scores on a data set that is no rain: report.json with all sums, report.md with both averages."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from model.checkpoint import put
from model.data.table import kind_of
from model.verification.pictures import PictureResults
from model.verification.report import JSON, MARKDOWN, listed
from model.verification.tables import number, table
from radar.bootstrap import drawn, interval, resampled
from radar.pictures import PICTURES, Pictures
from radar.sums import Floats

UNITS = {"psnr": " dB"}


class Value(NamedTuple):
    """A score, and what bounds 95 % of its resamples; None for a single block."""

    value: float | None
    low: float | None
    high: float | None


def write(results: PictureResults, folder: Path, baselines: Sequence[str]) -> None:
    """Write results, with the differences of the methods from baselines."""
    folder.mkdir(parents=True, exist_ok=True)
    put(folder / JSON, json.dumps(as_json(results, baselines), allow_nan=False).encode())
    put(folder / MARKDOWN, markdown(results, baselines).encode())


def as_json(results: PictureResults, baselines: Sequence[str]) -> dict[str, Any]:
    """All of it in plain lists and names."""
    return {
        "protocol": asdict(results.protocol),
        "id": results.protocol.id,
        "versions": results.versions,
        "blocks": len(results.protocol.events),
        "scores": {method: scores(results, method) for method in results.versions},
        "differences": [
            {"method": method, "baseline": baseline, "average": part, "score": name, **found._asdict()}
            for method, baseline in pairs(results, baselines)
            for part in results.parts
            for name in PICTURES
            for found in [difference(results, method, baseline, name, results.parts[part])]
        ],
        "sums": {
            method: {event: sums.as_json() for event, sums in found.items()} for method, found in results.sums.items()
        },
    }


def scores(results: PictureResults, method: str) -> dict[str, Any]:
    """By name: of each step, the known frames first, and both averages with their intervals."""
    total = results.total(method)
    return {
        name: {"steps": listed(score(total))}
        | {part: average(results, method, name, steps)._asdict() for part, steps in results.parts.items()}
        for name, score in PICTURES.items()
    }


def average(results: PictureResults, method: str, name: str, steps: slice) -> Value:
    """A score over some steps, pooled, with its interval."""
    whole = PICTURES[name](results.total(method).pooled(steps))
    return bounded(whole, draws(results, method, name, steps))


def difference(results: PictureResults, method: str, baseline: str, name: str, steps: slice) -> Value:
    """How much more a method scores than another; both are resampled by the same draws."""
    one, two = (PICTURES[name](results.total(each).pooled(steps)) for each in (method, baseline))
    first, second = (draws(results, each, name, steps) for each in (method, baseline))
    return bounded(one - two, None if first is None or second is None else first - second)


def draws(results: PictureResults, method: str, name: str, steps: slice) -> Floats | None:
    """A score of each resample of the events, (draws, 1); None for a single one, which has no spread."""
    blocks = results.blocks(method, steps)
    score: Callable[[Pictures], Floats] = PICTURES[name]
    return resampled(blocks, drawn(len(blocks)), score) if len(blocks) > 1 else None


def bounded(value: Floats, sampled: Floats | None) -> Value:
    """A score (1,) and the ends of its interval; what is no number is None."""
    ends = [] if sampled is None else [float(end[0]) for end in interval(sampled)]
    found = [one if np.isfinite(one) else None for one in (float(value[0]), *ends)]
    return Value(*found, *[None] * (3 - len(found)))


def pairs(results: PictureResults, baselines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Every method with every baseline."""
    for method in results.versions:
        yield from ((method, baseline) for baseline in baselines if method not in baselines)


def markdown(results: PictureResults, baselines: Sequence[str]) -> str:
    """The whole report."""
    tables = [averages(results), *differences(results, baselines), by_step(results)]
    return "\n\n".join([heading(results), *tables]) + "\n"


def heading(results: PictureResults) -> str:
    """What was compared, and how."""
    protocol = results.protocol
    facts = {
        "data": f"{protocol.data}, its {protocol.split} split: {protocol.windows} windows "
        f"in {len(protocol.events)} blocks, each of an event",
        "windows": f"{protocol.past} frames in, {protocol.leads} out",
        **{name: str(rule) for name, rule in protocol.rules.items()},
        "methods": ", ".join(f"{name} ({version})" for name, version in results.versions.items()),
        "protocol id": f"`{protocol.id}`",
    }
    lines = [f"| {name} | {fact} |" for name, fact in facts.items()]
    return "\n".join(["# Verification report", "", "| | |", "| --- | --- |", *lines])


def averages(results: PictureResults) -> str:
    """Both averages of a rollout, with their intervals and the frames they rest on."""
    unit, reach = kind_of(results.protocol.data).unit, results.protocol.reach
    own = [f"RMSE, {unit}", f"MAE, {unit}"] if unit else []
    rows = []
    for method in results.versions:
        for part, steps in results.parts.items():
            sums = results.total(method).pooled(steps)
            values = [shown(average(results, method, name, steps)) for name in PICTURES]
            mse, mae = (float(PICTURES[f"{name} a pixel"](sums)[0]) for name in ("mse", "mae"))
            natural = [number(reach * np.sqrt(mse), ".4g"), number(reach * mae, ".4g")] if unit else []
            rows.append([method, part, f"{sums.frames[0]:,}", *values, *natural])
    head = ["score [95 %]", "average over", "frames", *(name.upper() + UNITS.get(name, "") for name in PICTURES)]
    return table([*head, *own], rows)


def differences(results: PictureResults, baselines: Sequence[str]) -> Iterator[str]:
    """Every method against every baseline in the forecast frames, if there are any."""
    rows = [
        [
            f"{method} - {baseline}",
            *(shown(difference(results, method, baseline, name, steps), "+.4g") for name in PICTURES),
        ]
        for method, baseline in pairs(results, baselines)
        for steps in [results.parts["forecast frames"]]
    ]
    if rows:
        yield table(["difference [95 %], forecast frames", *(name.upper() for name in PICTURES)], rows)


def by_step(results: PictureResults) -> str:
    """MSE of a frame and SSIM at each frame ahead."""
    leads = results.protocol.leads
    rows = [
        [method, name.upper(), *(number(value, ".4g") for value in PICTURES[name](results.total(method))[-leads:])]
        for method in results.versions
        for name in ("mse", "ssim")
    ]
    return table(["by frame ahead", "score", *(str(lead + 1) for lead in range(leads))], rows)


def shown(found: Value, form: str = ".4g") -> str:
    """A score and its interval."""
    value = number(found.value, form)
    return value if found.low is None else f"{value} [{number(found.low, form)}, {number(found.high, form)}]"
