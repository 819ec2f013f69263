"""A region of a real gateway, by the blocking client and by the asynchronous one."""

from typing import Any

import httpx
import numpy as np
import pytest
import xarray as xr

from jobs.archive import Archive
from jobs.settings import Settings
from nowcast.errors import NotFound, Overtaken, Refused
from tests.nowcast.conftest import Tell, blocking, dataset
from tests.radar import samples
from tests.regions import PLACE, STEP, frames, now

PLAN = {"cadence_minutes": 5, "horizon": 3, "grid": PLACE.model_dump(mode="json")}
HERE = {"lon": 10.0, "lat": 52.0}


def test_a_region_is_made_sent_frames_and_asked(client: httpx.Client, tell: Tell) -> None:
    sent = dataset(frames(2, 1, 0))

    def story(client: Any) -> Any:
        here = client.region("here")
        yield here.put(PLAN)
        arrived = yield here.push(sent)
        yield client.job(arrived["job"]).nowcast(wait=30)
        nowcast = yield here.nowcast()
        return arrived, nowcast, (yield nowcast.dataset()), (yield nowcast.point(**HERE)), (yield here.frames(last=2))

    arrived, nowcast, rain, said, kept = tell(client.base_url, story)
    assert [frame["outcome"] for frame in arrived["frames"]] == ["added"] * 3
    assert nowcast.reference_time == now()
    assert rain.sizes["time"] == 3
    np.testing.assert_array_equal(rain.rain_rate[0], sent.rain_rate[-1])
    assert (said["region"], len(said["points"])) == ("here", 1)
    assert kept.equals(sent.isel(time=[1, 2]))


def test_several_places_are_asked_at_once(client: httpx.Client) -> None:
    def story(client: Any) -> Any:
        here = client.region("here")
        yield here.put(PLAN)
        arrived = yield here.push(dataset(frames(1, 0)))
        yield client.job(arrived["job"]).nowcast(wait=30)
        return (yield here.point([10.0, 11.0], [52.0, 51.0], time=now()))

    said = blocking(client.base_url, story)
    assert [point["lon"] for point in said["points"]] == [10.0, 11.0]


def test_regions_are_listed_described_and_forgotten(idle: httpx.Client, tell: Tell) -> None:
    def story(client: Any) -> Any:
        here = client.region("here")
        yield here.put(PLAN)
        listed, about = (yield client.regions()), (yield here.about())
        yield here.delete()
        return [one["id"] for one in listed], about["region"]["horizon"], (yield client.regions())

    assert tell(idle.base_url, story) == (["here"], 3, [])


def test_skill_comes_with_its_counts(idle: httpx.Client, tell: Tell) -> None:
    def story(client: Any) -> Any:
        here = client.region("here")
        yield here.put(PLAN)
        return (yield here.skill(since=now(), lead=5))

    said = tell(idle.base_url, story)
    assert (said["region"], said["methods"]) == ("here", [])


@pytest.mark.parametrize("zone", [True, False])
def test_what_was_said_at_a_time(idle: httpx.Client, settings: Settings, zone: bool) -> None:
    said = samples.nowcast(frames(3, 2, 1))
    Archive.of(settings).put("here", said)
    time = now() if zone else np.datetime64(now().replace(tzinfo=None))

    def story(client: Any) -> Any:
        here = client.region("here")
        yield here.put(PLAN)
        return (yield here.at(time, method=said.asked_for))

    found = blocking(idle.base_url, story)
    assert found.forecast_reference_time.values == np.datetime64((now() - STEP).replace(tzinfo=None))
    np.testing.assert_array_equal(found.rain_rate, said.frames.rain)


def test_a_region_that_is_not_there(idle: httpx.Client, tell: Tell) -> None:
    def story(client: Any) -> Any:
        yield client.region("nowhere").frames()

    with pytest.raises(NotFound, match="no region 'nowhere'") as caught:
        tell(idle.base_url, story)
    assert caught.value.kind == "unknown-region"


def test_an_id_stays_one_part_of_the_path(idle: httpx.Client) -> None:
    def story(client: Any) -> Any:
        yield client.region("../methods?x=").about()

    with pytest.raises((NotFound, Refused)):
        blocking(idle.base_url, story)


def test_frames_nobody_can_take_are_refused(idle: httpx.Client) -> None:
    def story(client: Any) -> Any:
        here = client.region("here")
        yield here.put(PLAN)
        yield here.push(dataset(frames(1, 0, last=now() + 100 * STEP)))

    with pytest.raises(Refused, match="of a time that has not come"):
        blocking(idle.base_url, story)


def test_a_nowcast_in_hand_is_not_mixed_with_a_newer_one(client: httpx.Client) -> None:
    def story(client: Any) -> Any:
        here = client.region("here")
        yield here.put(PLAN)
        first = yield here.push(dataset(frames(2, 1)))
        yield client.job(first["job"]).nowcast(wait=30)
        old = yield here.nowcast()
        second = yield here.push(dataset(frames(1, 0)))
        yield client.job(second["job"]).nowcast(wait=30)
        yield here.nowcast()
        yield old.dataset()

    with pytest.raises(Overtaken, match="ask for it again"):
        blocking(client.base_url, story)


def test_a_region_may_be_pushed_what_another_keeps(idle: httpx.Client) -> None:
    def story(client: Any) -> Any:
        here, there = client.region("here"), client.region("there")
        yield here.put(PLAN)
        yield there.put(PLAN)
        yield here.push(dataset(frames(1, 0)))
        kept: xr.Dataset = yield here.frames()
        return (yield there.push(kept))

    assert len(blocking(idle.base_url, story)["frames"]) == 2
