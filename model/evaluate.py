"""Scores of methods on whole events held apart, each with its counts and the id of its protocol."""

import typing
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from model.data.radar import clock, grid_of, opened, rain_reader
from model.data.runs import whole_runs
from radar.card import Score
from radar.chances import Outlook
from radar.errors import BadInput
from radar.frames import Frames, Rain, minutes
from radar.grid import Grid
from radar.reliability import RELIABILITY, RULES, Reliability, reliability
from radar.resolution import rounded
from radar.scores import SCORES, Counts, count, protocol_id
from radar.windows import WET_SHARE, starts, wetness

S = TypeVar("S", Counts, Reliability)
Forecast = Callable[[Frames, int], Frames | Outlook]
FRAMES = "to 0.01 mm/h"
"""As the history of a region keeps them, so that a replayed storm is scored to the same counts."""
OBSERVED = "where observed; a forecast of NaN says no rain"
"""Which pixels count: the same for every method, so that none gains by keeping silent where it is hard."""
BLOCK_HOURS = 6
"""Windows of an event in the same six hours are one block of the bootstrap, as they see much of the same weather."""


class Batched(typing.Protocol):
    """What forecasts several pasts at once: an engine, or any method of a worker."""

    def forecast(self, past: Sequence[Frames], horizon: int) -> list[Frames]:
        """The next `horizon` frames after each past."""


@typing.runtime_checkable
class WithChances(typing.Protocol):
    """What also says how likely its rain is."""

    def outlook(self, past: Sequence[Frames], horizon: int) -> list[Outlook]:
        """The next `horizon` frames after each past, with chances where it knows them."""


def one_by_one(method: Batched | WithChances) -> Forecast:
    """A method as what `evaluate` calls: with its chances where it has any."""
    if isinstance(method, WithChances):
        return lambda past, horizon: method.outlook([past], horizon)[0]
    return lambda past, horizon: method.forecast([past], horizon)[0]


@dataclass(frozen=True)
class Protocol:
    """Everything that changes a score."""

    events: tuple[str, ...]
    past: int = 8
    leads: int = 12
    cadence_minutes: float = 5
    thresholds: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0)
    every: int = 12
    wet_share: float = WET_SHARE
    frames: str = FRAMES
    pixels: str = OBSERVED
    event: str = "rain >= threshold"
    aggregation: str = "counts pooled over windows and leads"

    @property
    def id(self) -> str:
        """The short hash that two scores must share to be compared."""
        return protocol_id(**asdict(self))

    def id_with(self, rules: Mapping[str, Any]) -> str:
        """The id of scores that rest on rules of their own besides."""
        return protocol_id(**asdict(self), rules=rules) if rules else self.id

    @property
    def lead_minutes(self) -> dict[str, slice]:
        """The leads that are scored, by their minutes: all pooled, and the last."""
        first, last = self.cadence_minutes, self.cadence_minutes * self.leads
        return {f"{first:g}-{last:g}": slice(None), f"{last:g}": slice(self.leads - 1, None)}


@dataclass(frozen=True)
class Case:
    """One window: frames up to now and the rain (T, Y, X) that came after.

    data: the size of its pixels, by which scores are kept apart. block: of windows that see much of the same weather.
    known, observed: the rain of the past and that which came, NaN where a forecast of it is not scored.
    """

    data: str
    event: str
    block: str
    past: Frames
    known: Rain
    observed: Rain
    pixel_km: float


def cases(path: Path, protocol: Protocol) -> Iterator[Case]:
    """Windows of an event every few frames, without a hole, where enough of the last known frame is wet.

    BadInput for an event of another cadence, whose leads are other minutes.
    """
    length = protocol.past + protocol.leads
    with opened(path) as dataset:
        times, cadence = clock(dataset)
        if cadence != timedelta(minutes=protocol.cadence_minutes):
            wanted, own = minutes(timedelta(minutes=protocol.cadence_minutes)), minutes(cadence)
            raise BadInput(f"{path.name} has a frame every {own} minutes, and the protocol wants one every {wanted}.")
        grid, read = grid_of(dataset), rain_reader(dataset)
        side = pixel_km(grid)

        def wet(at: int) -> bool:
            return wetness(rounded(read(slice(at, at + 1)))) >= protocol.wet_share

        for start in starts(whole_runs(times, cadence, length).tolist(), protocol.past, protocol.every, wet):
            rain = rounded(read(slice(start, start + length)))
            past = Frames(rain[: protocol.past], times[start : start + protocol.past], grid)
            hours = (times[start] - times[0]) // timedelta(hours=BLOCK_HOURS) * BLOCK_HOURS
            block = f"{path.stem}+{hours}h"
            yield Case(f"{side:.3g} km", path.stem, block, past, past.rain, rain[protocol.past :], side)


def pixel_km(grid: Grid) -> float:
    """Side of a pixel in km: as the coordinates say, or on the ellipsoid where these are degrees."""
    if grid.projection is not None and grid.projection.is_geographic and grid.pixel_km is not None:
        return grid.pixel_km
    return abs(grid.transform[0]) / 1000


@dataclass(frozen=True)
class Sheet:
    """What the scores of a card are made of: the counts of the rain said, and the chances' where there are any."""

    counts: Counts
    chances: Reliability | None

    @classmethod
    def of(cls, said: Outlook, case: Case, thresholds: Sequence[float]) -> "Sheet":
        """The sums of one window."""
        counts = count(said.frames.rain, case.observed, thresholds)
        if said.chances is None or not {*thresholds} <= {*said.chances.thresholds}:
            return cls(counts, None)
        chances = np.stack([said.chances.of(threshold) for threshold in thresholds])
        return cls(counts, reliability(chances, case.observed, thresholds))

    def __add__(self, other: "Sheet") -> "Sheet":
        one, two = self.chances, other.chances
        return Sheet(self.counts + other.counts, None if one is None or two is None else one + two)


def evaluate(methods: Mapping[str, Forecast], paths: Sequence[Path], protocol: Protocol) -> list[Score]:
    """Scores of every method, all on the same windows: pooled over all leads, and at the last."""
    sheets: dict[tuple[str, str], list[Sheet]] = defaultdict(list)
    for path in paths:
        for case in cases(path, protocol):
            for name, forecast in methods.items():
                said = as_outlook(forecast(case.past, protocol.leads))
                sheets[f"held-out events, {case.data}", name].append(Sheet.of(said, case, protocol.thresholds))
    return [
        score
        for (data, name), found in sorted(sheets.items())
        for score in card_scores(name, data, reduce(add, found), len(found), protocol)
    ]


def card_scores(method: str, data: str, sheet: Sheet, windows: int, protocol: Protocol) -> Iterator[Score]:
    """What a card says of one method on one kind of data."""
    yield from scores(method, data, sheet.counts, windows, protocol)
    if sheet.chances is not None:
        about = {"method": method, "data": data, "windows": windows, "protocol": protocol.id_with(RULES)}
        pixels = sheet.chances.pixels.sum(-1)
        yield from rows(sheet.chances, pixels, {"bss": RELIABILITY["bss"]}, protocol, about)


def as_outlook(said: Frames | Outlook) -> Outlook:
    """What a method said, as frames with or without chances."""
    return said if isinstance(said, Outlook) else Outlook(said)


def scores(method: str, data: str, counts: Counts, windows: int, protocol: Protocol) -> Iterator[Score]:
    """CSI and bias of one method on one kind of data; where nothing ever happened there is no score."""
    about = {"method": method, "data": data, "windows": windows, "protocol": protocol.id}
    return rows(counts, counts.count, {name: SCORES[name] for name in ("csi", "bias")}, protocol, about)


def rows(
    sums: S,
    pixels: NDArray[np.integer],
    told: Mapping[str, Callable[[S], Any]],
    protocol: Protocol,
    about: dict[str, Any],
) -> Iterator[Score]:
    """The scores `told` of sums, over the leads that are scored; pixels (leads, thresholds) are what was compared."""
    for lead, which in protocol.lead_minutes.items():
        pooled, compared = sums.pooled(which), pixels[which].sum(axis=0)
        for at, threshold in enumerate(protocol.thresholds):
            for name, score in told.items():
                value = float(score(pooled)[0, at])
                if np.isfinite(value):
                    found = {"threshold": threshold, "lead": lead, "value": round(value, 4), "count": int(compared[at])}
                    yield Score(score=name, **found, **about)
