"""Scores of methods on whole events held apart, each with its counts and the id of its protocol."""

import typing
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from model.events import WET, clock, opened, whole_runs
from radar.card import Score
from radar.errors import BadInput
from radar.frames import Frames, Rain
from radar.grid import Grid
from radar.scores import SCORES, Counts, count, protocol_id

Forecast = Callable[[Frames, int], Frames]


class Batched(typing.Protocol):
    """What forecasts several pasts at once: an engine, or any method of a worker."""

    def forecast(self, past: Sequence[Frames], horizon: int) -> list[Frames]:
        """The next `horizon` frames after each past."""


def one_by_one(method: Batched) -> Forecast:
    """A method as what `evaluate` calls."""
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
    pixels: str = "where observed; a forecast of NaN says no rain"
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
    """One window: frames up to now and the rain (T, Y, X) that came after."""

    data: str
    past: Frames
    observed: Rain


def cases(path: Path, protocol: Protocol) -> Iterator[Case]:
    """Windows of an event every few frames, without a hole, where enough of the last known frame is wet.

    BadInput for an event of another cadence, whose leads are other minutes.
    """
    length = protocol.past + protocol.leads
    with opened(path) as dataset:
        times, cadence = clock(dataset)
        if cadence != timedelta(minutes=protocol.cadence_minutes):
            raise BadInput(f"{path.name} is not a {protocol.cadence_minutes:g}-minute event, as the protocol wants it.")
        data = f"held-out events, {abs(float(np.diff(dataset['x'].values[:2])[0])) / 1000:.3g} km"
        free = 0
        for start in whole_runs(times, cadence, length):
            if start < free:
                continue
            rain = dataset["rain_rate"][start : start + length].values.astype(np.float32)
            if np.mean(rain[protocol.past - 1] >= WET) < protocol.wet_share:
                continue
            free = start + protocol.every
            known = times[start : start + protocol.past]
            past = Frames(rain[: protocol.past], known, Grid.picture(rain.shape[1:]))
            yield Case(data, past, rain[protocol.past :])


def evaluate(methods: Mapping[str, Forecast], paths: Sequence[Path], protocol: Protocol) -> list[Score]:
    """CSI of every method, all on the same windows: pooled over all leads, and at the last."""
    nothing = Counts.zero(protocol.leads, len(protocol.thresholds))
    tables: dict[tuple[str, str], Counts] = defaultdict(lambda: nothing)
    windows: dict[str, int] = defaultdict(int)
    for path in paths:
        for case in cases(path, protocol):
            windows[case.data] += 1
            for name, forecast in methods.items():
                said = forecast(case.past, protocol.leads).rain
                tables[case.data, name] += count(said, case.observed, protocol.thresholds)
    return [
        score
        for (data, name), counts in sorted(tables.items())
        for score in scores(name, data, counts, windows[data], protocol)
    ]


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
