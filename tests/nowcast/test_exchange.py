"""What a client says and when it says it again, step by step, with no socket."""

import json
import time
from typing import Any

import numpy as np
import pytest
import xarray as xr

from nowcast import exchange, orders
from nowcast.errors import BadAnswer, NotFound, NotInTime, Refused, ServiceError, ServiceFailed, TryLater, Unreachable
from nowcast.exchange import Answer, Limits, Pause, Request, Resource, Work, asked

AWAY = Unreachable("The service does not answer.")
JOB = "/nowcasts/" + "0" * 32


def answer(status: int, said: Any = None, **headers: str) -> Answer:
    """An answer; underscores in the names of headers are hyphens."""
    return Answer(status, {name.replace("_", "-"): text for name, text in headers.items()}, json.dumps(said).encode())


def outcome(flow: exchange.Flow[Any], *came: Any) -> tuple[list[Any], Any]:
    """The steps of a flow of which this came, and its result."""
    steps = [flow.send(None)]
    try:
        for each in came:
            steps.append(flow.send(each))
    except StopIteration as end:
        return steps, end.value
    return steps, None


def soon() -> float:
    return time.monotonic() + 60


def test_a_request_is_sent_again_after_growing_pauses() -> None:
    there = answer(200)
    steps, result = outcome(asked(Request("GET", "/methods"), soon()), AWAY, None, AWAY, None, there)
    assert [step.seconds for step in steps if isinstance(step, Pause)] == [0.25, 0.5]
    assert result is there


def test_what_a_lost_try_has_deleted_is_deleted() -> None:
    gone = Request("DELETE", "/regions/alps")
    _, said = outcome(asked(gone, soon()), AWAY, None, answer(404))
    assert said.status == 404
    with pytest.raises(NotFound):
        outcome(asked(gone, soon()), answer(404))


def test_it_gives_up_in_the_end() -> None:
    with pytest.raises(Unreachable):
        outcome(asked(Request("GET", "/methods"), soon()), *[AWAY, None] * (exchange.TRIES - 1), AWAY)


@pytest.mark.parametrize("status", [429, 502, 503])
def test_it_comes_back_when_the_service_says(status: int) -> None:
    steps, _ = outcome(asked(Request("GET", "/methods"), soon()), answer(status, retry_after="7"), None)
    assert steps[1] == Pause(7.0)
    assert steps[2].path == "/methods"


def test_it_does_not_wait_beyond_its_deadline() -> None:
    with pytest.raises(TryLater) as caught:
        outcome(asked(Request("GET", "/methods"), soon()), answer(503, retry_after="61"))
    assert caught.value.retry_after == 61


@pytest.mark.parametrize(
    ("status", "kind"), [(302, Refused), (400, Refused), (404, NotFound), (500, ServiceFailed), (599, ServiceFailed)]
)
def test_what_will_not_pass_is_raised_at_once(status: int, kind: type[ServiceError]) -> None:
    with pytest.raises(kind, match=str(status)):
        outcome(asked(Request("GET", "/methods"), soon()), answer(status, "a page of a proxy"))


@pytest.mark.parametrize("said", ["x", ["detail"], {"detail": None}, {"detail": {}, "errors": 5}, {"type": 7}])
def test_any_body_of_an_error_gives_an_error(said: Any) -> None:
    with pytest.raises(Refused):
        outcome(asked(Request("GET", "/methods"), soon()), answer(422, said))


def posted(wait: float = 60) -> exchange.Flow[Any]:
    """The flow of a nowcast, as its request is about to be sent."""
    flow = orders.nowcast(Resource(None, Limits()), xr.Dataset(), wait=wait)
    work = flow.send(None)
    assert isinstance(work, Work)
    return flow


def test_an_order_that_is_sent_again_is_the_same_order() -> None:
    first, _, second = outcome_of(posted(), AWAY, None)
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    other, *_ = outcome_of(posted())
    assert other.headers["Idempotency-Key"] != first.headers["Idempotency-Key"]


def outcome_of(flow: exchange.Flow[Any], *came: Any) -> list[Any]:
    """The steps of a flow after the work it begins with."""
    return [flow.send(exchange.Body(b"frames")), *(flow.send(each) for each in came)]


@pytest.mark.parametrize("below", ["", "/v1", "/rain/v1"])
def test_it_follows_to_the_job_and_comes_back_when_told(below: str) -> None:
    _, pause, request = outcome_of(posted(), answer(202, location=below + JOB, retry_after="3"), None)
    assert pause == Pause(3.0)
    assert (request.method, request.path) == ("GET", JOB)


@pytest.mark.parametrize("location", ["", "//elsewhere.example" + JOB, "https://elsewhere.example" + JOB, JOB + "/.."])
def test_it_follows_to_nothing_but_a_job(location: str) -> None:
    with pytest.raises(BadAnswer, match="leads to no job"):
        outcome_of(posted(), answer(202, location=location))


def test_the_job_is_called_off_once_and_the_deadline_raised_whatever_comes_of_it() -> None:
    flow = posted(wait=2)
    _, cancel = outcome_of(flow, answer(202, location=JOB, retry_after="3"))
    assert (cancel.method, cancel.path) == ("DELETE", JOB)
    with pytest.raises(NotInTime):
        flow.send(answer(404))


@pytest.mark.parametrize("said", ["x", {}, {"status": 5}])
def test_a_job_that_is_none_is_no_nowcast(said: Any) -> None:
    flow = posted()
    outcome_of(flow, answer(202, location=JOB), None)
    with pytest.raises(BadAnswer):
        flow.send(answer(200, said))


@pytest.mark.parametrize(
    ("said", "text"),
    [(5, "5"), (0.5, "0.5"), ([1, 2.5], "1.0,2.5"), (True, "true"), ("2,3", "2,3"), (np.array([[10.0]]), "10.0")],
)
def test_parameters_are_written_as_the_service_reads_them(said: object, text: str) -> None:
    assert exchange.query(one=said, other=None) == {"one": text}
