"""Scores of methods on whole events held apart, each with its counts and the id of its protocol."""

import typing
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import xarray as xr

from model.data.event import WET
from model.data.radar import clock, opened
from model.data.runs import whole_runs
from radar.card import Score
from radar.chances import Outlook
from radar.errors import BadInput
from radar.frames import Frames, Rain
from radar.grid import Grid
from radar.scores import SCORES, Counts, count, protocol_id

Forecast = Callable[[Frames, int], Frames | Outlook]
OBSERVED = "where observed; a forecast of NaN says no rain"
"""Which pixels count: the same for every method, so that none gains by keeping silent where it is hard."""


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
    wet_share: float = 0.05
    pixels: str = OBSERVED
    event: str = "rain >= threshold"
    aggregation: str = "counts pooled over windows and leads"

    @property
    def id(self) -> str:
        """The short hash that two scores must share to be compared."""
        return protocol_id(**asdict(self))

    @property
    def lead_minutes(self) -> dict[str, slice]:
        """The leads that are scored, by their minutes: all pooled, and the last."""
        first, last = self.cadence_minutes, self.cadence_minutes * self.leads
        return {f"{first:g}-{last:g}": slice(None), f"{last:g}": slice(self.leads - 1, None)}


@dataclass(frozen=True)
class Case:
    """One window: frames up to now and the rain (T, Y, X) that came after.

    data: the size of its pixels, by which scores are kept apart. hours: from the first frame of the event to its own.
    """

    data: str
    event: str
    past: Frames
    observed: Rain
    hours: float
    pixel_km: float


def cases(path: Path, protocol: Protocol) -> Iterator[Case]:
    """Windows of an event every few frames, without a hole, where enough of the last known frame is wet.

    BadInput for an event of another cadence, whose leads are other minutes.
    """
    length = protocol.past + protocol.leads
    with opened(path) as dataset:
        times, cadence = clock(dataset)
        if cadence != timedelta(minutes=protocol.cadence_minutes):
            raise BadInput(f"{path.name} is not a {protocol.cadence_minutes:g}-minute event, as the protocol wants it.")
        grid = grid_of(dataset)
        side = pixel_km(grid)
        free = 0
        for start in whole_runs(times, cadence, length):
            if start < free:
                continue
            rain = dataset["rain_rate"][start : start + length].values.astype(np.float32)
            if np.mean(rain[protocol.past - 1] >= WET) < protocol.wet_share:
                continue
            free = start + protocol.every
            past = Frames(rain[: protocol.past], times[start : start + protocol.past], grid)
            hours = (times[start] - times[0]) / timedelta(hours=1)
            yield Case(f"{side:.3g} km", path.stem, past, rain[protocol.past :], hours, side)


def grid_of(dataset: xr.Dataset) -> Grid:
    """The grid of an event, on the Earth where its `crs` says so."""
    x, y = (dataset[name].values for name in ("x", "y"))
    wide, high = (float(np.diff(centres[:2])[0]) for centres in (x, y))
    transform = (wide, 0.0, float(x[0]) - wide / 2, 0.0, high, float(y[0]) - high / 2)
    crs = dataset["crs"].attrs.get("crs_wkt") if "crs" in dataset else None
    return Grid(len(y), len(x), transform) if crs is None else Grid.of((len(y), len(x)), transform, crs)


def pixel_km(grid: Grid) -> float:
    """Side of a pixel in km: as the coordinates say, or on the ellipsoid where these are degrees."""
    if grid.projection is not None and grid.projection.is_geographic and grid.pixel_km is not None:
        return grid.pixel_km
    return abs(grid.transform[0]) / 1000


def evaluate(methods: Mapping[str, Forecast], paths: Sequence[Path], protocol: Protocol) -> list[Score]:
    """CSI of every method, all on the same windows: pooled over all leads, and at the last."""
    nothing = Counts.zero(protocol.leads, len(protocol.thresholds))
    tables: dict[tuple[str, str], Counts] = defaultdict(lambda: nothing)
    windows: dict[str, int] = defaultdict(int)
    for path in paths:
        for case in cases(path, protocol):
            data = f"held-out events, {case.data}"
            windows[data] += 1
            for name, forecast in methods.items():
                said = as_outlook(forecast(case.past, protocol.leads)).frames.rain
                tables[data, name] += count(said, case.observed, protocol.thresholds)
    return [
        score
        for (data, name), counts in sorted(tables.items())
        for score in scores(name, data, counts, windows[data], protocol)
    ]


def as_outlook(said: Frames | Outlook) -> Outlook:
    """What a method said, as frames with or without chances."""
    return said if isinstance(said, Outlook) else Outlook(said)


def scores(method: str, data: str, counts: Counts, windows: int, protocol: Protocol) -> Iterator[Score]:
    """The scores of one method on one kind of data; where nothing ever happened there is no score."""
    for lead, which in protocol.lead_minutes.items():
        pooled = counts.pooled(which)
        for at, threshold in enumerate(protocol.thresholds):
            for name in ("csi", "bias"):
                value = float(SCORES[name](pooled)[0, at])
                if np.isfinite(value):
                    yield Score(
                        method=method,
                        data=data,
                        score=name,
                        threshold=threshold,
                        lead=lead,
                        value=round(value, 4),
                        count=int(pooled.count[0, at]),
                        windows=windows,
                        protocol=protocol.id,
                    )
