"""Alerts, replays, amounts and events of a real gateway, by the blocking client and by the asynchronous one."""

from typing import Any

import httpx
import pytest
import xarray as xr

from nowcast.client import AsyncClient, Client
from nowcast.errors import NotFound
from tests import loops
from tests.alerts import plan
from tests.hooks import SECRET
from tests.nowcast.conftest import Tell, blocking, dataset
from tests.nowcast.test_regions import HERE, PLAN
from tests.regions import frames, now

ALERT = {**plan().model_dump(mode="json", exclude_none=True), "secret": SECRET}


def test_what_was_seen_and_how_much_will_fall(client: httpx.Client, tell: Tell) -> None:
    def story(client: Any) -> Any:
        here = client.region("here")
        yield here.put(PLAN)
        arrived = yield here.push(dataset(frames(1, 0)))
        made = yield client.job(arrived["job"]).nowcast(wait=30)
        amounts = (yield made.accumulation()), (yield here.accumulation(minutes=10))
        return amounts, (yield here.observed(**HERE, hours=1, at=now()))

    (whole, soon), seen = tell(client.base_url, story)
    assert (whole["minutes"], soon["minutes"]) == (15, 10)
    assert len(seen["times"]) == len(seen["rain"]) == 2


def test_alerts_are_put_listed_and_forgotten(idle: httpx.Client, tell: Tell) -> None:
    def story(client: Any) -> Any:
        here = client.region("here")
        yield here.put(PLAN)
        yield here.put_alert("flood", ALERT)
        listed, one = (yield here.alerts()), (yield here.alert("flood"))
        yield here.delete_alert("flood")
        return listed, one, (yield here.alerts())

    listed, one, left = tell(idle.base_url, story)
    assert (listed, left, one["name"]) == ([one], [], "flood")


def test_replays_are_begun_followed_and_ended(idle: httpx.Client, tell: Tell) -> None:
    storm = dataset(frames(3, 2, 1, 0))

    def story(client: Any) -> Any:
        here = client.region("here")
        yield here.put(PLAN)
        begun = yield here.replay(storm, speed=100)
        listed, report = (yield here.replays()), (yield here.replayed(begun["id"]))
        yield here.end_replay(begun["id"])
        return begun, listed, report, (yield here.replays())

    begun, listed, report, left = tell(idle.base_url, story)
    assert [one["id"] for one in listed] == [begun["id"]] == [report["id"]]
    assert (begun["speed"], begun["frames"], report["methods"], left) == (100, 4, [], [])


def test_a_job_is_heard_until_its_end(client: httpx.Client, past: xr.Dataset) -> None:
    address = str(client.base_url)

    def story(client: Any) -> Any:
        return (yield client.order(past, horizon=2)).id

    async def heard(job: str) -> list[Any]:
        async with AsyncClient(address) as other:
            return [event async for event in other.job(job).events()]

    job = blocking(address, story)
    with Client(address) as one:
        events = list(one.job(job).events())
        assert [event.kind for event in events][-3:] == ["lead", "lead", "end"]
        assert events[-1].said["status"] == "done"
        with pytest.raises(NotFound):
            list(one.job("0" * 32).events())
    assert loops.run(heard(job))[-3:] == events[-3:]
