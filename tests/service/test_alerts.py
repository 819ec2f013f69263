"""Alerts over HTTP: what is shown, what never is, and what is refused."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from jobs.alert_message import Payload
from jobs.alert_state import Event, Kind, State, Verdict
from jobs.alerts import Alerts
from jobs.outbox import Outbox
from jobs.store import Store
from tests.alerts import alert, plan, point
from tests.hooks import SECRET
from tests.regions import now
from tests.service.region_client import URL, put

BODY: dict[str, Any] = {**plan().model_dump(mode="json", exclude_none=True), "secret": SECRET}


@pytest.fixture
def client(idle: httpx.Client) -> httpx.Client:
    """A client of a gateway with a region."""
    put(idle)
    return idle


def ask(client: httpx.Client, method: str = "PUT", name: str = "flood", **other: Any) -> httpx.Response:
    return client.request(method, f"{URL}/alerts/{name}", json={**BODY, **other} if method == "PUT" else None)


def test_an_alert_is_made_changed_listed_and_deleted(client: httpx.Client) -> None:
    assert ask(client).status_code == 201
    assert ask(client, threshold=9).status_code == 200
    said = ask(client, "GET").json()
    assert (said["name"], said["watch"]["threshold"], said["standing"]["verdict"]) == ("flood", 9, None)
    assert client.get(f"{URL}/alerts").json() == {"region": "here", "alerts": [said]}
    assert ask(client, "DELETE").status_code == 204
    assert [ask(client, method).status_code for method in ("GET", "DELETE")] == [404, 404]
    assert client.get(f"{URL}/alerts").json()["alerts"] == []


def test_neither_secret_nor_token_is_ever_shown(client: httpx.Client) -> None:
    answers = [ask(client), ask(client, "GET"), client.get(f"{URL}/alerts"), ask(client, secret="whsec_dDBrM24=")]
    answers += [ask(client, url="https://u:t0k3n@example.org/"), ask(client, threshold="t0k3n")]
    for answer in answers:
        assert SECRET not in answer.text
        assert "dDBrM24" not in answer.text
        assert "t0k3n" not in answer.text
    assert answers[1].json()["host"] == "https://example.org"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "http://example.org/"}, "NOWCAST_WEBHOOK_HTTP"),
        ({"geometry": point(20, 3)}, "outside"),
        ({"within_minutes": 20}, "15 minutes"),
        ({"off_threshold": 6}, "above"),
        ({"secret": "whsec_x"}, "openssl"),
    ],
)
def test_an_alert_that_could_not_be_told_is_refused(client: httpx.Client, wrong: dict[str, Any], said: str) -> None:
    answer = ask(client, **wrong)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert said in answer.json()["detail"]


def test_a_new_alert_needs_a_secret(client: httpx.Client) -> None:
    assert ask(client, secret=None).status_code == 422
    assert ask(client).status_code == 201
    assert ask(client, secret=None, threshold=8).status_code == 200


@pytest.mark.parametrize("name", ["Flood", "a b", "-x", "x" * 64])
def test_a_name_is_a_short_word(client: httpx.Client, name: str) -> None:
    assert ask(client, name=name).status_code == 422


def test_no_region_has_no_alerts(idle: httpx.Client) -> None:
    assert idle.put("/regions/none/alerts/flood", json=BODY).status_code == 404
    assert idle.get("/regions/none/alerts").status_code == 404


@pytest.fixture
def told(client: httpx.Client, store: Store) -> httpx.Client:
    """A client of a gateway with an alert that has an event, a message that waits and one that is dead."""
    ask(client)
    alerts, outbox = Alerts(store.redis), Outbox(store.redis)
    event = Event(id="evt_1", began=now(), issued=now(), starts=now(), peak=7)
    state = State(job="1", verdict=Verdict.REACHED, detail="Soon.", events=(event,))
    counts = {"onsets": 1, "hit": 3, "miss": 1, "false_alarm": 1, "lead_seconds": 1800}
    assert alerts.step(alert(), State(), state, Payload.of(Kind.ONSET, alert(), event).message(), counts)
    one = outbox.claim(60)
    assert one
    assert outbox.bury(one, "It is gone.")
    after = state.model_copy(update={"job": "2"})
    assert alerts.step(alert(), state, after, Payload.of(Kind.UPDATE, alert(), event).message(), {})
    return client


def test_an_alert_says_how_it_stands_and_how_good_it_was(told: httpx.Client) -> None:
    said = ask(told, "GET").json()
    assert (said["standing"]["verdict"], said["standing"]["event"]["id"]) == ("reached", "evt_1")
    assert (said["counts"]["pod"], said["counts"]["far"], said["counts"]["lead_minutes"]) == (0.75, 0.25, 10)
    assert [one["id"] for one in said["events"]] == ["evt_1"]
    assert [one["kind"] for one in said["waiting"]] == ["update"]
    assert [(one["kind"], one["tries"], one["error"]) for one in said["dead"]] == [("onset", 1, "It is gone.")]
    assert "body" not in said["dead"][0]


def test_what_an_old_nowcast_said_is_no_all_clear(client: httpx.Client, store: Store) -> None:
    ask(client)
    state = State(job="1", verdict=Verdict.BELOW, detail="Nothing is coming.", reference_time=now())
    assert Alerts(store.redis).step(alert(), State(), state, None, {})
    assert ask(client, "GET").json()["standing"]["verdict"] == "below"
    since = now() - timedelta(hours=1)
    assert Alerts(store.redis).step(alert(), state, state.model_copy(update={"reference_time": since}), None, {})
    for said in (ask(client, "GET").json(), client.get(f"{URL}/alerts").json()["alerts"][0]):
        assert said["standing"]["verdict"] == "unknown"
        assert said["standing"]["detail"].endswith("which is too old.")


def test_prometheus_reads_the_counts(told: httpx.Client) -> None:
    text = told.get("/metrics").text
    for kind, count in (("hit", 3), ("miss", 1), ("dead", 1), ("lead_seconds", 1800)):
        assert f'nowcast_alert_{kind}_total{{alert="flood",region="here"}} {float(count)}' in text
