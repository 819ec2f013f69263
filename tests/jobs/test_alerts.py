"""Alerts on a real server: steps that are whole, messages in order, and nothing left behind."""

from datetime import UTC, datetime
from typing import Any

import pytest
from redis import Redis

from jobs import alerts as store
from jobs import keys
from jobs.alert import Alert
from jobs.alert_message import Message, Payload
from jobs.alert_state import Event, Kind, Outcome, State, Verdict
from jobs.alerts import Alerts
from jobs.errors import DamagedBlob, UnknownAlert
from jobs.outbox import MOST_DEAD, MOST_WAITING, Outbox
from jobs.regions import Regions
from radar.errors import BadInput, TooLarge
from tests.alerts import alert, plan
from tests.hooks import SECRET
from tests.regions import region

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
EVENT = Event(id="evt_1", began=NOW, issued=NOW, starts=NOW, peak=7)


def message(kind: Kind = Kind.ONSET) -> Message:
    return Payload.of(kind, alert(), EVENT).message()


@pytest.fixture
def alerts(redis: Redis) -> Alerts:
    """One alert of a region."""
    Regions(redis).put(region())
    found = Alerts(redis)
    assert found.put("here", "flood", plan())
    return found


def begun(alerts: Alerts) -> State:
    """Its state with an event, which was told."""
    state = State(job="1", verdict=Verdict.REACHED, events=(EVENT,))
    assert alerts.step(alert(), State(), state, message(), {"onsets": 1, "miss": 2})
    return state


def test_an_alert_is_kept_as_it_was_put(alerts: Alerts) -> None:
    assert alerts.of("here") == [alert()]
    assert alerts.secret("here", "flood") == SECRET
    assert alerts.regions() == ["here"]
    assert not alerts.put("here", "flood", plan(threshold=6))
    assert alerts.get("here", "flood").threshold == 6


def test_a_new_alert_needs_a_secret_and_keeps_it(alerts: Alerts) -> None:
    with pytest.raises(BadInput, match="needs a secret"):
        alerts.put("here", "other", plan(secret=None))
    alerts.put("here", "flood", plan(secret=None))
    assert alerts.secret("here", "flood") == SECRET


def test_there_is_an_end_to_alerts(alerts: Alerts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST", 1)
    with pytest.raises(TooLarge):
        alerts.put("here", "other", plan())
    alerts.put("here", "flood", plan(threshold=9))


def test_a_step_is_taken_once(alerts: Alerts, redis: Redis) -> None:
    state = begun(alerts)
    assert alerts.state(alert()) == state
    assert not alerts.step(alert(), State(), state, message(), {"onsets": 1})
    assert [one.kind for one in Outbox(redis).waiting("here", "flood")] == [Kind.ONSET]
    assert alerts.counts("here") == {("flood", "onsets"): 1, ("flood", "miss"): 2}


def test_no_step_is_taken_for_an_alert_that_was_changed_or_is_gone(alerts: Alerts) -> None:
    assert not alerts.step(alert(threshold=9), State(), State(job="1"), message(), {})
    alerts.delete("here", "flood")
    assert not alerts.step(alert(), State(), State(job="1"), message(), {})
    assert alerts.state(alert()) == State()


def test_when_something_else_is_looked_for_its_event_is_cancelled(alerts: Alerts, redis: Redis) -> None:
    begun(alerts)
    alerts.put("here", "flood", plan(url="https://example.org/other"))
    assert alerts.state(Alert.of("here", "flood", plan())).open
    alerts.put("here", "flood", plan(threshold=9))
    state = alerts.state(alerts.get("here", "flood"))
    assert (state.open, state.job, state.events[0].outcome) == (None, None, Outcome.CANCELLED)
    kinds = [(one.kind, one.event) for one in Outbox(redis).waiting("here", "flood")]
    assert kinds == [(Kind.ONSET, "evt_1"), (Kind.CANCELLED, "evt_1")]
    last = Payload.model_validate_json(Outbox(redis).waiting("here", "flood")[-1].body).data
    assert last.threshold == plan().threshold


def test_nothing_is_left_of_an_alert_that_is_deleted_with_its_region(alerts: Alerts, redis: Redis) -> None:
    begun(alerts)
    Regions(redis).delete("here")
    assert alerts.regions() == []
    assert [key for key in redis.scan_iter() if b"alert" in key] == []
    with pytest.raises(UnknownAlert):
        alerts.delete("here", "flood")


def test_a_damaged_record_is_said(alerts: Alerts, redis: Redis) -> None:
    redis.hset(keys.alerts("here")[0], "flood", "{")
    with pytest.raises(DamagedBlob, match="alert"):
        alerts.of("here")
    Regions(redis).delete("here")
    assert alerts.of("here") == []


def test_a_damaged_state_begins_anew(alerts: Alerts, redis: Redis) -> None:
    redis.hset(keys.alerts("here")[1], "flood", "{")
    assert alerts.state(alert()) == State()
    begun(alerts)


def wait(alerts: Alerts, count: int) -> list[Message]:
    """So many messages, one after the other."""
    state, sent = State(), []
    for at in range(count):
        after = State(job=str(at))
        sent.append(message())
        assert alerts.step(alert(), state, after, sent[-1], {})
        state = after
    return sent


def test_messages_are_claimed_one_after_the_other(alerts: Alerts, redis: Redis) -> None:
    outbox, (first, second) = Outbox(redis), wait(alerts, 2)
    one = outbox.claim(60)
    assert one is not None
    assert one.message == first
    assert outbox.claim(60) is None
    assert outbox.delivered(one)
    assert not outbox.delivered(one)
    following = outbox.claim(60)
    assert following is not None
    assert following.message == second
    assert outbox.delivered(following)
    assert outbox.claim(60) is None
    assert redis.zcard(keys.ALERTS_DUE) == 0


def test_what_its_deliverer_dies_with_comes_back(alerts: Alerts, redis: Redis) -> None:
    outbox, (first,) = Outbox(redis), wait(alerts, 1)
    assert outbox.claim(-1)
    again = outbox.claim(60)
    assert again is not None
    assert again.message == first


def test_a_message_that_is_put_off_holds_up_those_behind_it(alerts: Alerts, redis: Redis) -> None:
    outbox, _ = Outbox(redis), wait(alerts, 2)
    one = outbox.claim(60)
    assert one is not None
    assert outbox.again(one, "no", 60)
    assert outbox.claim(60) is None
    assert [(two.tries, two.error) for two in outbox.waiting("here", "flood")] == [(1, "no"), (0, None)]


def test_a_message_that_is_given_up_is_kept_and_makes_room(alerts: Alerts, redis: Redis) -> None:
    outbox, (first, second) = Outbox(redis), wait(alerts, 2)
    one = outbox.claim(60)
    assert one is not None
    assert outbox.bury(one, "never")
    assert [(dead.id, dead.tries, dead.error) for dead in outbox.dead("here", "flood")] == [(first.id, 1, "never")]
    assert [left.id for left in outbox.waiting("here", "flood")] == [second.id]
    assert alerts.counts("here") == {("flood", "dead"): 1}


def test_there_is_an_end_to_what_waits(alerts: Alerts, redis: Redis) -> None:
    sent, outbox = wait(alerts, MOST_WAITING + 2), Outbox(redis)
    assert [one.id for one in outbox.waiting("here", "flood")] == [one.id for one in sent[2:]]
    assert [one.id for one in outbox.dead("here", "flood")] == [sent[1].id, sent[0].id]
    assert alerts.counts("here")["flood", "dead"] == 2 <= MOST_DEAD


def test_an_alert_without_messages_is_no_longer_due(alerts: Alerts, redis: Redis) -> None:
    redis.zadd(keys.ALERTS_DUE, {"here flood": 0})
    assert Outbox(redis).claim(60) is None
    assert redis.zcard(keys.ALERTS_DUE) == 0


@pytest.mark.parametrize("kind", Kind)
def test_a_message_says_what_it_is_about(kind: Kind) -> None:
    body: dict[str, Any] = Payload.model_validate_json(message(kind).body).model_dump(mode="json")
    assert body["type"] == f"alert.{kind}"
    assert (body["data"]["event"], body["data"]["alert"], body["data"]["peak"]) == ("evt_1", "flood", 7)
