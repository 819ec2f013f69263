"""Runs methods on the windows of an event and gathers the sums: all on the same windows, none dropped in silence."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from model.evaluate import OBSERVED, Case, Forecast, Protocol, as_outlook
from model.verification.foreseen import foreseen
from model.verification.results import Key, Results, Sheets, Window
from radar.chances import Outlook
from radar.errors import NowcastError
from radar.frames import Frames, Rain, stamp
from radar.scoresheet import scoresheet
from radar.windows import wetness


@dataclass(frozen=True)
class Plan:
    """What is run and how it is counted.

    methods: what forecasts, by name. versions: of each of them. protocols: each counts the same forecasts its own way.
    networks: those of the methods whose predictions of known frames are scored too (see foreseen).
    trained: the events among those of the protocols that a method was trained on.
    """

    methods: Mapping[str, Forecast]
    versions: dict[str, str]
    protocols: Sequence[Protocol]
    networks: frozenset[str] = frozenset()
    trained: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def nothing(self) -> list[Results]:
        """The results of no window, for each protocol."""
        return [
            Results(protocol, self.versions, {}, {}, self.networks, dict(self.trained)) for protocol in self.protocols
        ]


class Silent(NowcastError):
    """A method gave no forecast for a window."""


def common(protocol: Protocol, methods: Sequence[str]) -> Protocol:
    """The protocol that only counts pixels where every method says something, as extrapolation does not everywhere."""
    return replace(protocol, pixels=f"where observed and said something of by {', '.join(sorted(methods))}")


def verify(cases: Iterable[Case], plan: Plan, step: Callable[[], None] = lambda: None) -> list[Results]:
    """The results of some windows for each protocol of the plan; `step` is called after each.

    A window for which a method fails counts for none, and is named in the results.
    """
    results = plan.nothing()
    for case in cases:
        results = [one + two for one, two in zip(results, verify_case(case, plan), strict=True)]
        step()
    return results


def verify_case(case: Case, plan: Plan) -> list[Results]:
    """The results of one window for each protocol of the plan."""
    now = stamp(case.past.times[-1])
    try:
        leads = plan.protocols[0].leads
        said = {name: heard(name, partial(ahead, plan.methods[name], leads), case.past) for name in plan.methods}
        known = {name: heard(name, partial(foreseen, plan.methods[name]), case.past) for name in sorted(plan.networks)}
    except NowcastError as error:
        sentence = f"{case.event} {now}: {error}"
        return [replace(nothing, failed=(sentence,)) for nothing in plan.nothing()]
    window = Window(wetness(case.past.rain[-1]), case.event, now)
    return [
        replace(
            nothing,
            sheets=sheets_of(case, said, where_compared(nothing.protocol, said, case.observed), nothing.protocol),
            known=sheets_of(case, known, case.known[1:], nothing.protocol),
            wettest=window,
        )
        for nothing in plan.nothing()
    ]


def ahead(forecast: Forecast, leads: int, past: Frames) -> Outlook:
    """What a method says of the next `leads` frames."""
    return as_outlook(forecast(past, leads))


def heard(name: str, say: Callable[[Frames], Outlook], past: Frames) -> Outlook:
    """What a method says of a past; Silent, naming the method, when it fails."""
    try:
        return say(past)
    except NowcastError as error:
        raise Silent(f"{name} failed: {error}") from error


def where_compared(protocol: Protocol, said: Mapping[str, Outlook], observed: Rain) -> Rain:
    """What came (T, Y, X), NaN also where the protocol does not count."""
    if protocol.pixels == OBSERVED:
        return observed
    silent = np.any([np.isnan(outlook.frames.rain) for outlook in said.values()], axis=0)
    return np.where(silent, np.float32(np.nan), observed)


def sheets_of(case: Case, said: Mapping[str, Outlook], observed: Rain, protocol: Protocol) -> Sheets:
    """A sheet for each method: one window in its block."""
    return {
        Key(case.data, name, case.block): scoresheet(outlook, observed, protocol.thresholds, case.pixel_km)
        for name, outlook in said.items()
    }
