"""Listening to jobs."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from jobs.job import Status
from jobs.queue import Queue
from jobs.store import Store
from service import events
from tests.service.bodies import NETCDF, file, tiny
from tests.service.gateway import Gateway, ended, working
from tests.service.problem import problem
from tests.waiting import until

ASYNC = {"Prefer": "respond-async"}
Event = tuple[str, str, dict[str, Any]]


def heard(client: httpx.Client, path: str, **headers: str) -> Iterator[Event]:
    """The events of a job: kind, id and what they say."""
    with client.stream(
        "GET", f"{path}/events", headers={key.replace("_", "-"): at for key, at in headers.items()}
    ) as said:
        assert said.status_code == 200
        assert said.headers["content-type"].startswith("text/event-stream")
        fields: dict[str, str] = {}
        for line in said.iter_lines():
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "data" in fields:
                yield fields["event"], fields["id"], json.loads(fields["data"])
                fields = {}


@pytest.fixture
def queued(idle: httpx.Client) -> str:
    """The path of a job that waits."""
    path: str = idle.post("/nowcast?horizon=3", content=file(), headers={**NETCDF, **ASYNC}).headers["location"]
    return path


def test_every_state_and_every_lead_is_told(gateway: Gateway, queued: str) -> None:
    listening = heard(gateway.client, queued)
    assert next(listening)[:2] == ("status", "queued")
    with working(gateway.app.state.settings):
        rest = list(listening)
    names = [(kind, name) for kind, name, _ in rest if name != "running"]
    assert names == [("status", "done"), *(("lead", f"lead-{at}") for at in (5, 10, 15)), ("end", "end")]
    lead = rest[-2][2]
    assert lead["lead_minutes"] == 15
    assert gateway.client.get(lead["frame"]).headers["content-type"] == "image/png"


def test_who_comes_again_hears_what_it_missed(gateway: Gateway, queued: str) -> None:
    with working(gateway.app.state.settings):
        until(lambda: gateway.client.get(queued).json()["status"] == "done")
    said = [name for _, name, _ in heard(gateway.client, queued, Last_Event_ID="lead-10")]
    assert said == ["done", "lead-15", "end"]
    after = gateway.client.get(f"{queued}/events", headers={"Last-Event-ID": "end"})
    assert (after.status_code, after.content) == (204, b"")


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_a_bad_end_is_told_with_its_reason(
    gateway: Gateway, queued: str, store: Store, queue: Queue, status: Status
) -> None:
    listening = heard(gateway.client, queued)
    next(listening)
    ended(store, queue, status, "It was too much.")
    last = list(listening)
    assert [name for _, name, _ in last] == [status, "end"]
    assert last[-1][2]["reason"] == "It was too much."


def test_silence_is_broken(gateway: Gateway, queued: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "QUIET_SECONDS", 0.1)
    with gateway.client.stream("GET", f"{queued}/events") as said:
        assert ": still there" in (line for line in said.iter_lines())


def test_who_hangs_up_leaves_its_seat(gateway: Gateway, queued: str) -> None:
    audience = gateway.app.state.audience
    with gateway.client.stream("GET", f"{queued}/events") as said:
        lines = said.iter_lines()
        next(lines)
        assert audience.count == 1
    until(lambda: audience.count == 0)
    until(lambda: not gateway.app.state.waiting.events)


def test_no_more_listen_than_there_is_room_for(gateway: Gateway, queued: str) -> None:
    gateway.app.state.audience.most = 0
    response = gateway.client.get(f"{queued}/events")
    problem(response, 503, "too-many-listeners")
    assert response.headers["retry-after"] == "5"


def test_a_job_that_is_removed_ends_its_events(gateway: Gateway, queued: str, store: Store) -> None:
    listening = heard(gateway.client, queued)
    next(listening)
    store.redis.flushdb()
    assert list(listening) == []


def test_a_gateway_that_ends_lets_its_listeners_go(gateway: Gateway, queued: str) -> None:
    listening = heard(gateway.client, queued)
    next(listening)
    gateway.app.state.waiting.close()
    assert list(listening) == []


def test_an_unknown_job_has_no_events(idle: httpx.Client) -> None:
    problem(idle.get(f"/nowcasts/{'0' * 32}/events"), 404, "unknown-job")
    assert idle.post("/nowcast", json=tiny(), headers=ASYNC).status_code == 202
