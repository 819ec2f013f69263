"""From state to state: when an event begins and ends, and how the radar that comes judges it. Nothing is stored."""

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jobs.alert_state import Event, Kind, Outcome, State, Verdict
from workers.alerts.looking import Look, Sight


@dataclass(frozen=True)
class Step:
    """A state, what was counted on the way to it, and what is to be told of which event."""

    state: State
    counts: Counter[str] = field(default_factory=Counter)
    kind: Kind | None = None
    event: Event | None = None


def told(state: State, found: Look, job: str, reference_time: datetime, now: datetime) -> Step:
    """After a look at a nowcast; one of an older frame than the last one changes nothing.

    An event has one onset and one all-clear, and what is not known neither begins nor ends one.
    """
    if state.reference_time is not None and reference_time < state.reference_time:
        return Step(state.model_copy(update={"job": job}))
    noted = {"job": job, "reference_time": reference_time, "evaluated": now}
    state = state.model_copy(update={**noted, "verdict": found.verdict, "detail": found.detail})
    if found.verdict is Verdict.REACHED and found.starts is not None and found.peak is not None:
        said = {"starts": found.starts, "peak": found.peak}
        if state.open:
            return Step(state, Counter(), Kind.UPDATE, state.open.model_copy(update=said))
        return begun(state, Event(id=f"evt_{secrets.token_hex(16)}", began=reference_time, issued=now, **said))
    if found.verdict is Verdict.BELOW and state.open:
        ended = state.open.model_copy(update={"ended": reference_time})
        return Step(state.with_events(*state.events[:-1], ended), Counter(["all_clears"]), Kind.ALL_CLEAR, ended)
    return Step(state)


def begun(state: State, event: Event) -> Step:
    """An event begins; it comes too late when the radar saw the threshold reached before."""
    counts = Counter(["onsets"])
    if state.wet:
        event = event.model_copy(update={"outcome": Outcome.LATE})
        counts[str(Outcome.LATE)] += 1
    return Step(state.with_events(*state.events, event), counts, Kind.ONSET, event)


def seen(state: State, sights: Sequence[Sight], within: timedelta, cadence: timedelta) -> Step:
    """After frames that came, in order of time; those that come late, behind later ones, are left out.

    The threshold seen to be reached makes a hit of every event that speaks of the time, and is a miss where none does.
    An event whose time is over and that saw none is a false alarm, or unseen where the radar did not see all of it.
    """
    counts: Counter[str] = Counter()
    for sight in sights:
        if state.observed_until is None or sight.time > state.observed_until:
            state, more = compared(state, sight, within, cadence)
            counts += more
    return Step(state, counts)


def compared(state: State, sight: Sight, within: timedelta, cadence: timedelta) -> tuple[State, Counter[str]]:
    """One frame against every event."""
    gap = state.observed_until is not None and sight.time - state.observed_until > cadence
    starts = bool(sight.wet) and not state.wet
    spoken_of = [event for event in state.events if event.speaks_of(sight.time, within)]
    events = [judged(event, sight, within, starts=starts, gap=gap) for event in state.events]
    pairs = zip(state.events, events, strict=True)
    counts = Counter(str(after.outcome) for before, after in pairs if after.outcome is not before.outcome)
    if starts and state.wet is False and not spoken_of:
        counts["miss"] += 1
    wet = state.wet if sight.wet is None else sight.wet
    after = state.model_copy(update={"observed_until": sight.time, "wet": wet})
    leads = [round(event.lead_minutes * 60) for event in events if event.seen == sight.time and event.lead_minutes]
    counts["lead_seconds"] = max(0, sum(leads))
    return after.with_events(*events), +counts


def judged(event: Event, sight: Sight, within: timedelta, *, starts: bool, gap: bool) -> Event:
    """An event after one more frame."""
    until = event.until(within)
    if event.outcome is not None or sight.time <= event.began:
        return event
    if starts and event.speaks_of(sight.time, within):
        lead = (sight.time - event.issued) / timedelta(minutes=1)
        return event.model_copy(update={"outcome": Outcome.HIT, "seen": sight.time, "lead_minutes": round(lead, 1)})
    unknown = gap or (not sight.whole and not sight.wet and event.speaks_of(sight.time, within))
    event = event.model_copy(update={"blind": event.blind or unknown})
    if until is None or sight.time < until:
        return event
    return event.model_copy(update={"outcome": Outcome.UNSEEN if event.blind else Outcome.FALSE_ALARM})
