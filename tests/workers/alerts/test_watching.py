"""The whole watch on a real server: frames and nowcasts come, events are told of, judged, and never lost or doubled."""

from typing import Any

import numpy as np
import pytest
from redis import Redis

from jobs import keys
from jobs.alert_state import Kind, Outcome, State, Verdict
from jobs.alerts import Alerts
from jobs.history import History
from jobs.job import Job, digest
from jobs.outbox import Outbox
from jobs.queue import Queue
from jobs.regions import Regions
from jobs.store import Store
from radar.frames import Frames
from radar.nowcast import Nowcast
from tests.alerts import GRID, alert, plan
from tests.regions import STEP, now, region, steady_clock
from tests.workers.dying import Dying, ends
from workers.alerts.watching import Watching

__all__ = ["steady_clock"]
NAN = float("nan")
HERE = region(horizon=3, publish_delay_seconds=7200)
"""Its nowcasts are fresh for two hours and ten minutes."""


class Place:
    """A region with an alert, whose radar and nowcasts are made by hand; steps count from the newest frame there is."""

    def __init__(self, store: Store, **other: Any) -> None:
        self.store, self.redis = store, store.redis
        self.watching, self.outbox, self.alerts = Watching(store.redis), Outbox(store.redis), Alerts(store.redis)
        Regions(store.redis).put(HERE)
        self.alerts.put("here", "flood", plan(**other))

    def frame(self, step: int, rate: float) -> None:
        """The radar sees a rate in pixel (3, 4) so many steps ago."""
        rain = np.zeros((8, 8), np.float32)
        rain[3, 4] = rate
        History(self.redis).append(HERE, GRID, [(now() - step * STEP, rain)])

    def nowcast(self, step: int, *rates: float) -> None:
        """What is said from then on, put in place as the cycle does."""
        rain = np.zeros((len(rates), 8, 8), np.float32)
        rain[:, 3, 4] = rates
        reference = now() - step * STEP
        times = tuple(reference + lead * STEP for lead in range(1, len(rates) + 1))
        job = Job.new("persistence", 3, digest(rain.tobytes(), "persistence", str(reference), 3), 60)
        said = Nowcast(Frames(rain, times, GRID), "persistence", "1", "persistence", (reference,))
        self.store.add(job, b"")
        self.store.start(job.id)
        self.store.finish(job, said)
        self.watching.latest.ordered(HERE, job, int(reference.timestamp()))

    def cycle(self, step: int, seen: float, *said: float) -> None:
        """A frame, its nowcast, and a look at both."""
        self.frame(step, seen)
        self.nowcast(step, *said)
        self.watching.run()

    @property
    def state(self) -> State:
        return self.alerts.state(alert())

    @property
    def told(self) -> list[tuple[Kind, str]]:
        """The messages that wait."""
        return [(one.kind, one.event) for one in self.outbox.waiting("here", "flood")]

    @property
    def counts(self) -> dict[str, int]:
        return {kind: count for (_, kind), count in self.alerts.counts("here").items()}


@pytest.fixture
def place(store: Store) -> Place:
    return Place(store)


def test_an_event_is_told_of_once_and_judged(place: Place) -> None:
    place.cycle(5, 0, 0, 0, 0)
    place.cycle(4, 0, 0, 6, 0)
    place.cycle(3, 0, 7, 6, 3)
    place.cycle(2, 6, 3, 3, 3)
    assert [kind for kind, _ in place.told] == [Kind.ONSET]
    place.cycle(1, 1, 0, 0, 0)
    (_, began), (kind, ended) = place.told
    assert (kind, began) == (Kind.ALL_CLEAR, ended)
    (event,) = place.state.events
    assert (event.outcome, event.seen) == (Outcome.HIT, now() - 2 * STEP)
    assert (place.counts["onsets"], place.counts["all_clears"], place.counts["hit"]) == (1, 1, 1)


def test_a_false_alarm_and_a_miss_are_counted(place: Place) -> None:
    place.cycle(7, 0, 0, 6, 0)
    place.cycle(6, 0, 0, 0, 0)
    for step in (5, 4):
        place.cycle(step, 0, 0, 0, 0)
    place.cycle(3, 9, 0, 0, 0)
    assert place.counts == {"onsets": 2, "all_clears": 1, "false_alarm": 1, "miss": 1, "late": 1}


def test_missing_data_end_no_event(place: Place) -> None:
    """The radar is blind, then silent, then its nowcasts too old, then empty: none of it is an all-clear."""
    place.cycle(9, 0, 0, 6, 0)
    place.cycle(8, NAN, NAN, NAN, NAN)
    place.cycle(7, 0, 0, NAN, 0)
    place.nowcast(6, 0, 0, 0)
    place.watching.run()
    assert place.state.verdict is Verdict.UNKNOWN
    assert [kind for kind, _ in place.told] == [Kind.ONSET]


def test_old_nowcasts_end_no_event_and_begin_none(place: Place) -> None:
    place.cycle(40, 0, 0, 0, 0)
    place.cycle(39, 0, 9, 9, 9)
    assert (place.state.verdict, place.told) == (Verdict.UNKNOWN, [])
    place.cycle(2, 0, 9, 9, 9)
    assert [kind for kind, _ in place.told] == [Kind.ONSET]
    Regions(place.redis).put(HERE)


def test_the_same_nowcast_is_looked_at_once_by_all_who_watch(place: Place) -> None:
    others = [Watching(place.redis) for _ in range(3)]
    place.cycle(1, 0, 9, 9, 9)
    for other in others:
        other.run()
    assert len(place.told) == 1
    assert place.counts == {"onsets": 1}


def test_updates_are_told_of_only_when_they_are_wanted(store: Store) -> None:
    place = Place(store, updates=True)
    for step in (3, 2, 1):
        place.cycle(step, 0, 9, 9, 9)
    assert [kind for kind, _ in place.told] == [Kind.ONSET, Kind.UPDATE, Kind.UPDATE]
    assert len({event for _, event in place.told}) == 1


def test_a_frame_is_compared_also_when_no_nowcast_follows(place: Place) -> None:
    place.cycle(5, 0, 0, 6, 0)
    place.frame(3, 8)
    place.watching.run()
    assert place.state.events[0].outcome is Outcome.HIT


def test_a_grid_that_the_place_is_not_on_is_said(place: Place, redis: Redis) -> None:
    far = {"type": "Point", "coordinates": [100, 10]}
    place.alerts.put("here", "flood", plan(geometry=far))
    place.cycle(1, 0, 9, 9, 9)
    state = place.alerts.state(place.alerts.get("here", "flood"))
    assert (state.verdict, "outside" in state.detail) == (Verdict.UNKNOWN, True)


def test_one_region_that_makes_trouble_does_not_hold_up_the_others(place: Place, redis: Redis) -> None:
    redis.sadd(keys.ALERTED, "gone", "broken")
    Regions(redis).put(region("broken"))
    redis.hset(keys.alerts("broken")[0], "flood", "{")
    place.cycle(1, 0, 9, 9, 9)
    assert [kind for kind, _ in place.told] == [Kind.ONSET]


def test_nothing_is_read_again_while_nothing_is_new(place: Place) -> None:
    place.cycle(1, 0, 9, 9, 9)
    place.watching.run()
    place.redis.delete(*keys.history("here")[1:2])
    place.watching.run()
    assert len(place.told) == 1


def test_whoever_dies_at_whichever_command_an_event_is_told_of_and_counted_once(place: Place, queue: Queue) -> None:
    place.cycle(6, 0, 0, 0, 0)
    place.cycle(5, 0, 0, 9, 0)
    place.cycle(4, 0, 0, 0, 0)
    with Dying.from_url(queue.settings.redis_url) as dying:
        place.frame(3, 9)
        place.nowcast(3, 9, 9, 9)
        before = len(place.told)
        deaths = 0
        while not ends(Watching(dying).run, deaths):
            deaths += 1
    assert deaths > 5
    place.watching.run()
    assert [kind for kind, _ in place.told][before:] == [Kind.ONSET]
    assert place.counts == {"onsets": 2, "all_clears": 1, "hit": 1, "late": 1, **leads(place)}


def leads(place: Place) -> dict[str, int]:
    """Issued now, of a time gone by: the lead of this hit is below zero, and adds nothing."""
    return {kind: count for kind, count in place.counts.items() if kind == "lead_seconds"}
