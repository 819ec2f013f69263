"""From look to look and frame to frame: one onset, one all-clear, one outcome an event."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from jobs.alert_state import Kind, Outcome, State, Verdict
from workers.alerts.looking import Look, Sight
from workers.alerts.steps import Step, seen, told

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
CADENCE = timedelta(minutes=5)
WITHIN = timedelta(minutes=15)


def at(step: float) -> datetime:
    return START + step * CADENCE


def after(state: State, verdict: Verdict, step: int) -> Step:
    """A look at the nowcast of a step, half a cadence later."""
    reached = verdict is Verdict.REACHED
    found = Look(verdict, "", at(step + 2) if reached else None, 7.0 if reached else None)
    return told(state, found, f"job {step}", at(step), at(step + 0.5))


def radar(state: State, *wet: bool | None, first: int = 0, whole: bool = True) -> Step:
    return seen(state, [Sight(at(first + n), one, whole) for n, one in enumerate(wet)], WITHIN, CADENCE)


def looked(*verdicts: Verdict) -> tuple[State, list[Kind | None]]:
    state, kinds = State(), list[Kind | None]()
    for step, verdict in enumerate(verdicts):
        one = after(state, verdict, step)
        state, kinds = one.state, [*kinds, one.kind]
    return state, kinds


R, B, W, U = Verdict.REACHED, Verdict.BELOW, Verdict.BETWEEN, Verdict.UNKNOWN


def test_an_event_goes_from_onset_to_all_clear() -> None:
    state, kinds = looked(B, R, R, W, B, B, R)
    assert kinds == [None, Kind.ONSET, Kind.UPDATE, None, Kind.ALL_CLEAR, None, Kind.ONSET]
    first, second = state.events
    assert (first.began, first.ended) == (at(1), at(4))
    assert state.open == second
    assert first.id != second.id


def test_what_is_not_known_ends_nothing() -> None:
    state, kinds = looked(R, U, U, U)
    assert kinds == [Kind.ONSET, None, None, None]
    assert state.open
    assert state.verdict is Verdict.UNKNOWN


def test_a_nowcast_of_an_older_frame_changes_nothing_but_that_it_was_looked_at() -> None:
    state, _ = looked(B, R)
    step = after(state, B, 0)
    assert (step.kind, step.state.open, step.state.job) == (None, state.open, "job 0")


class Hysteresis(RuleBasedStateMachine):
    """Any looks and frames in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.step = State(), 0
        self.told: list[tuple[Kind, str]] = []
        self.counts: Counter[str] = Counter()

    def take(self, step: Step) -> None:
        self.state = step.state
        self.counts += step.counts
        if step.kind and step.event:
            self.told.append((step.kind, step.event.id))

    @rule(verdict=st.sampled_from(Verdict))
    def look(self, verdict: Verdict) -> None:
        before = self.state.open
        step = after(self.state, verdict, self.step)
        assert step.kind is not Kind.ALL_CLEAR or (before and verdict is B)
        assert step.kind is not Kind.ONSET or (before is None and verdict is R)
        self.take(step)

    @rule(wet=st.sampled_from([True, False, None]), whole=st.booleans(), skipped=st.integers(0, 2))
    def frame(self, wet: bool | None, whole: bool, skipped: int) -> None:
        self.step += 1 + skipped
        self.take(radar(self.state, wet if whole or wet else None, first=self.step, whole=whole))

    @rule()
    def again(self) -> None:
        """What was there comes again."""
        step = radar(self.state, True, first=self.step)
        if self.state.observed_until:
            assert step == Step(self.state)

    @invariant()
    def one_onset_and_at_most_one_all_clear_an_event(self) -> None:
        kinds = {event: [kind for kind, told in self.told if told == event] for _, event in self.told}
        for said in kinds.values():
            assert said[0] is Kind.ONSET
            assert said.count(Kind.ONSET) == 1
            assert said.count(Kind.ALL_CLEAR) == (said[-1] is Kind.ALL_CLEAR)

    @invariant()
    def only_the_last_event_is_open(self) -> None:
        assert all(event.ended for event in self.state.events[:-1])
        assert self.counts["onsets"] - self.counts["all_clears"] == bool(self.state.open)

    @invariant()
    def every_outcome_is_counted_once(self) -> None:
        outcomes = Counter(str(event.outcome) for event in self.state.events if event.outcome)
        if len(self.told) < 40:
            assert {name: self.counts[name] for name in outcomes} == outcomes


TestHysteresis = Hysteresis.TestCase
TestHysteresis.settings = settings(max_examples=60, stateful_step_count=30)


def test_an_event_that_came_true_is_a_hit_with_its_lead() -> None:
    state = radar(State(), False).state
    step = radar(after(state, R, 0).state, False, False, True, True, first=1)
    (event,) = step.state.events
    assert (event.outcome, event.seen, event.lead_minutes) == (Outcome.HIT, at(3), 12.5)
    assert step.counts == {"hit": 1, "lead_seconds": 750}


def test_an_event_that_did_not_is_a_false_alarm_once_its_time_is_over() -> None:
    state = after(radar(State(), False).state, R, 0).state
    state = radar(state, False, first=1).state
    state = radar(after(state, B, 1).state, False, first=2).state
    assert state.events[0].outcome is None
    step = radar(state, False, first=3)
    assert (step.state.events[0].outcome, step.counts) == (Outcome.FALSE_ALARM, {"false_alarm": 1})


def test_while_an_event_lasts_it_speaks_of_every_frame() -> None:
    state = after(radar(State(), False).state, R, 0).state
    step = radar(state, *[False] * 8, True, first=1)
    assert step.counts["hit"] == 1


@pytest.mark.parametrize(("whole", "steps"), [(False, (1, 2, 3)), (True, (1, 3))])
def test_what_was_not_all_seen_is_no_false_alarm(whole: bool, steps: Sequence[int]) -> None:
    state = after(radar(State(), False).state, R, 0).state
    state = after(state, B, 1).state
    for step in steps:
        state = radar(state, False if whole else None, first=step, whole=whole).state
    assert state.events[0].outcome is Outcome.UNSEEN


def test_an_event_after_the_rain_is_late() -> None:
    state = radar(State(), False, True).state
    step = after(state, R, 1)
    assert step.counts == {"onsets": 1, "late": 1}
    later = radar(step.state, False, True, first=2)
    assert later.state.events[0].outcome is Outcome.LATE
    assert later.counts == {}


def test_rain_that_no_event_spoke_of_is_a_miss() -> None:
    step = radar(State(), False, False, True, True, None, True, False, True)
    assert step.counts == {"miss": 2}


def test_rain_in_the_first_frame_of_an_alert_is_nobodys_fault() -> None:
    assert radar(State(), True, True).counts == {}


@given(st.lists(st.sampled_from([True, False]), min_size=1, max_size=30))
def test_without_events_misses_are_the_starts_of_rain(wet: list[bool]) -> None:
    starts = sum(not before and here for before, here in pairwise(wet))
    assert radar(State(), *wet).counts["miss"] == starts
