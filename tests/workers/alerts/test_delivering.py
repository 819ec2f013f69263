"""From the store to a real receiver that fails and recovers: at least once, in order, and an end to all tries."""

import time
from collections.abc import Iterator

import pytest
from redis import Redis

from jobs import keys
from jobs.alert_message import Message, Payload
from jobs.alert_state import Event, Kind, State
from jobs.alerts import Alerts
from jobs.outbox import Outbox
from jobs.regions import Regions
from jobs.settings import Settings
from tests.alerts import alert, plan
from tests.hooks import Receiver, receiving
from tests.regions import now, region
from workers.alerts.delivering import LONGEST_PAUSE, Delivering, pause


class Way:
    """Messages of an alert, on their way to a receiver."""

    def __init__(self, redis: Redis, settings: Settings, receiver: Receiver) -> None:
        self.redis, self.receiver = redis, receiver
        said = {"webhook_hosts": "127.0.0.1", "webhook_http": True, "webhook_tries": 3, "webhook_seconds": 60}
        self.delivering, self.outbox = Delivering(redis, settings.model_copy(update=said)), Outbox(redis)
        self.alerts = Alerts(redis)
        Regions(redis).put(region())
        self.alerts.put("here", "flood", plan(url=receiver.url))

    def send(self, *kinds: Kind) -> list[Message]:
        """Messages that wait from now on."""
        event = Event(id="evt_1", began=now(), issued=now(), starts=now(), peak=7)
        known, sent = self.alerts.get("here", "flood"), [Payload.of(kind, alert(), event).message() for kind in kinds]
        for message in sent:
            before = self.alerts.state(known)
            assert self.alerts.step(known, before, State(job=message.id), message, {})
        return sent

    def run(self, times: int = 1) -> None:
        """Deliver what waits, whether it is due or not."""
        for _ in range(times):
            self.redis.zadd(keys.ALERTS_DUE, {"here flood": 0}, xx=True)
            self.delivering.run()

    @property
    def waiting(self) -> list[tuple[str, int, str | None]]:
        return [(one.id, one.tries, one.error) for one in self.outbox.waiting("here", "flood")]


@pytest.fixture
def way(redis: Redis, settings: Settings) -> Iterator[Way]:
    with receiving() as receiver:
        yield Way(redis, settings, receiver)


def test_a_damaged_message_is_given_up_and_holds_up_none(way: Way, caplog: pytest.LogCaptureFixture) -> None:
    _, second = way.send(Kind.ONSET, Kind.ALL_CLEAR)
    way.redis.lset(keys.alert("here", "flood")[0], 0, "damaged")
    way.run(2)
    assert [hook.id for hook in way.receiver.hooks] == [second.id]
    assert way.alerts.counts("here")["flood", "dead"] == 1
    assert (way.waiting, way.outbox.dead("here", "flood")) == ([], [])
    assert caplog.messages == ["alert flood of region here: A message in the store is damaged. It is given up."]


def test_what_waits_is_delivered_in_order(way: Way) -> None:
    sent = way.send(Kind.ONSET, Kind.UPDATE, Kind.ALL_CLEAR)
    way.run()
    assert [hook.id for hook in way.receiver.taken] == [one.id for one in sent]
    assert way.receiver.kinds == ["alert.onset", "alert.update", "alert.all_clear"]
    assert (way.waiting, way.alerts.counts("here")) == ([], {("flood", "delivered"): 3})


def test_a_receiver_that_recovers_gets_everything_with_the_same_id_and_body(way: Way) -> None:
    (one,) = way.send(Kind.ONSET)
    way.receiver.statuses = [500, 503]
    way.run(3)
    assert [(hook.id, hook.status) for hook in way.receiver.hooks] == [(one.id, 500), (one.id, 503), (one.id, 200)]
    assert len({hook.body for hook in way.receiver.hooks}) == 1
    assert way.waiting == []


def test_until_then_it_waits_and_so_do_those_behind_it(way: Way) -> None:
    first, second = way.send(Kind.ONSET, Kind.ALL_CLEAR)
    way.receiver.statuses = [500]
    way.run()
    assert way.waiting == [(first.id, 1, f"{way.alerts.get('here', 'flood').host} answered 500."), (second.id, 0, None)]
    way.delivering.run()
    assert len(way.receiver.hooks) == 1


def test_after_so_many_tries_it_is_a_dead_letter(way: Way, caplog: pytest.LogCaptureFixture) -> None:
    first, second = way.send(Kind.ONSET, Kind.ALL_CLEAR)
    way.receiver.statuses = [500] * 3
    way.run(3)
    assert [(one.id, one.tries) for one in way.outbox.dead("here", "flood")] == [(first.id, 3)]
    assert [hook.id for hook in way.receiver.taken] == [second.id]
    assert way.alerts.counts("here") == {("flood", "dead"): 1, ("flood", "delivered"): 1}
    assert "t0k3n" not in caplog.text
    assert "whsec" not in caplog.text


def test_what_its_deliverer_died_with_comes_again_with_the_same_id(way: Way) -> None:
    """It was taken, but nobody could say so any more."""
    (one,) = way.send(Kind.ONSET)
    assert way.outbox.claim(60)
    way.receiver.hooks.clear()
    way.run()
    assert [hook.id for hook in way.receiver.taken] == [one.id]


def test_a_corrected_address_gets_what_waits(way: Way) -> None:
    (one,) = way.send(Kind.ONSET)
    way.receiver.statuses = [404]
    way.run()
    with receiving() as other:
        way.alerts.put("here", "flood", plan(url=other.url, secret=None))
        way.run()
        assert [hook.id for hook in other.taken] == [one.id]


def test_the_messages_of_an_alert_that_is_gone_go_with_it(way: Way) -> None:
    way.send(Kind.ONSET)
    way.alerts.delete("here", "flood")
    way.run()
    assert way.receiver.hooks == []


def test_pauses_double_up_to_an_hour() -> None:
    settings = Settings(webhook_seconds=5)
    for tries, longest in ((1, 5), (2, 10), (5, 80), (60, LONGEST_PAUSE)):
        found = [pause(settings, tries) for _ in range(50)]
        assert longest / 2 <= min(found) < max(found) <= longest


def test_a_receiver_is_not_asked_before_it_wants_to_be(way: Way) -> None:
    way.send(Kind.ONSET)
    way.receiver.statuses, way.receiver.headers = [429], {"Retry-After": "1000"}
    way.run()
    due = way.redis.zscore(keys.ALERTS_DUE, "here flood")
    assert isinstance(due, float)
    assert due - time.time() > 900
