"""A region through a bad day, with real processes: clock, puller, worker, gateway, Valkey, and a feed over HTTP."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from redis import Redis

from jobs import keys
from jobs.history import History
from radar.formats import netcdf
from radar.frames import stamp
from tests.feed import Feed, file, serving
from tests.processes import Served, environment, served
from tests.regions import STEP, frames, now, region
from tests.servers import redis_server, redis_url
from tests.waiting import until

__all__ = ["redis_server", "redis_url"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc: run these on Linux"),
]

NAME = "/radar/%Y%m%d%H%M.nc"
REGION = """
[region.here]
cadence_minutes = 5
method = "persistence"
horizon = 3
pull_seconds = 1
publish_delay_seconds = 7200
grid = {{ height = 8, width = 8, transform = [1000, 0, 4321000, 0, -1000, 3210000], crs = "EPSG:3035" }}

[region.here.source]
kind = "index"
location = "{url}/radar/"
timeout_seconds = 60
retry_minutes = 1440
"""
CDF = {"Content-Type": "application/x-netcdf"}


class Day:
    """A service, what its region's feed publishes, and the last step of the day."""

    def __init__(self, service: Served, feed: Feed) -> None:
        self.service, self.feed, self.end = service, feed, now()
        self.published = 0

    def publish(self, *steps: int, salt: int = 0) -> None:
        for step in steps:
            one = frames(step, last=self.end, salt=salt)
            self.published += 1  # a listing shows whole seconds; no two files were written in the same
            self.feed.publish(one.times[0].strftime(NAME), file(netcdf.write(one), published=1e9 + self.published))

    def times(self, *steps: int) -> list[str]:
        return [stamp(self.end - step * STEP) for step in steps]

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(f"{self.service.url}/regions/here{path}", headers=headers, timeout=60)

    def status(self) -> dict[str, Any]:
        said: dict[str, Any] = self.get("").json()["status"]
        return said

    def has(self, *steps: int) -> bool:
        """True when the history holds these steps and no others; false while the service recovers."""
        try:
            return bool(self.get("/frames?last=100").json().get("times") == self.times(*steps))
        except httpx.HTTPError:
            return False

    def follows(self, step: int) -> bool:
        """True when the latest nowcast begins after this step."""
        answer = self.get("/nowcast")
        return answer.status_code == 200 and [answer.json()["reference_time"]] == self.times(step)

    @contextmanager
    def redis(self) -> Iterator[Redis]:
        (gateway,) = self.service.children("service.app")
        with Redis.from_url(environment(gateway)["NOWCAST_REDIS_URL"]) as redis:
            yield redis


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    now.cache_clear()
    folder = tmp_path_factory.mktemp("regions")
    with serving() as feed:
        feed.directory("/radar/")
        (folder / "regions.toml").write_text(REGION.format(url=feed.url))
        settings = {"regions": folder / "regions.toml", "source_hosts": "127.0.0.1", "lease_seconds": 2, "threads": 1}
        with served(folder / "data", **settings) as service:
            yield Day(service, feed)


@pytest.fixture(scope="module")
def lived(day: Day) -> Day:
    """The day is over, with a gap, a late and a re-issued frame, and three deaths."""
    day.publish(11, 10, 9, 8)
    until(lambda: day.has(11, 10, 9, 8) and day.follows(8))

    day.publish(6, 5)
    until(lambda: day.has(11, 10, 9, 8, 6, 5) and day.follows(5))
    assert day.get("/frames?last=100").json()["missing"] == day.times(7)

    day.publish(7, 4)
    day.service.kill("workers.puller")
    until(lambda: day.has(*range(11, 3, -1)))

    day.publish(5, salt=1)
    day.service.kill("valkey-server")
    day.publish(3)
    until(lambda: day.has(*range(11, 2, -1)))

    day.service.kill("workers.drainer")
    day.publish(2, 1, 0)
    until(lambda: day.has(*range(11, -1, -1)) and day.follows(0))
    return day


def test_a_bad_day_leaves_what_a_good_one_would(lived: Day, redis_url: str) -> None:
    until(lambda: contents_of(lived) == straight(redis_url, lived.end))
    assert not lived.status()["stale"]
    nowcast = netcdf.read_nowcast(lived.get("/nowcast", Accept="application/x-netcdf").content)
    np.testing.assert_array_equal(nowcast.frames.rain, np.repeat(frames(0, last=lived.end).rain, 3, axis=0))


def contents_of(day: Day) -> list[object]:
    with day.redis() as redis:
        return contents(redis)


def contents(redis: Redis) -> list[object]:
    """Every byte of a history but how often it was changed and ordered."""
    times, blobs, about = keys.history("here")
    return [redis.zrange(times, 0, -1, withscores=True), redis.hgetall(blobs), redis.hmget(about, "grid", "bytes")]


def straight(url: str, end: datetime) -> list[object]:
    """What a history holds that got each frame once, in order, from hand to hand."""
    with Redis.from_url(url) as redis:
        history = History(redis)
        history.drop("here")
        for step in range(11, -1, -1):
            one = frames(step, last=end, salt=int(step == 5))
            history.append(region(), one.grid, [(one.times[0], one.rain[0])])
        return contents(redis)


def test_no_frame_was_fetched_twice_without_need(lived: Day) -> None:
    """Each file once, and once more for the frame that was issued again and for every pull that a death cut short."""
    files = [path for path in lived.feed.paths if path.endswith(".nc")]
    assert len(set(files)) == 12
    assert len(files) <= 2 * 12


def test_a_region_made_at_run_time_is_served_too(day: Day) -> None:
    url = f"{day.service.url}/regions/pushed"
    answer = httpx.put(url, json={"cadence_minutes": 5, "method": "persistence"}, timeout=60)
    assert answer.status_code == 201
    httpx.post(f"{url}/frames", content=netcdf.write(frames(1, 0)), headers=CDF, timeout=60)
    until(lambda: httpx.get(f"{url}/nowcast", timeout=60).status_code == 200)


def test_ready_and_metrics_know_the_region(lived: Day) -> None:
    ready = httpx.get(f"{lived.service.url}/health/ready", timeout=60).json()
    assert not ready["regions"]["here"]["stale"]
    text = httpx.get(f"{lived.service.url}/metrics", timeout=60).text
    assert 'nowcast_pulls_total{outcome="fresh",region="here"}' in text
    assert 'nowcast_radar_frame_age_seconds{region="here"}' in text


def test_a_restart_of_everything_loses_nothing(tmp_path: Path) -> None:
    """Region, history, nowcast and job lie in the data folder."""
    now.cache_clear()
    with served(tmp_path, threads=1) as service:
        url = f"{service.url}/regions/kept"
        httpx.put(url, json={"cadence_minutes": 5, "method": "persistence"}, timeout=60).raise_for_status()
        job = httpx.post(f"{url}/frames", content=netcdf.write(frames(2, 1, 0)), headers=CDF, timeout=60).json()["job"]
        until(lambda: httpx.get(f"{url}/nowcast", timeout=60).status_code == 200 and told(service, job)[-1] == "done")
        before = told(service, job)
    with served(tmp_path, threads=1) as service:
        assert told(service, job) == before


def told(service: Served, job: str) -> tuple[bytes, str, Any]:
    """The frames and the nowcast of the region, and where its job stands."""
    url = f"{service.url}/regions/kept"
    history = httpx.get(f"{url}/frames", headers={"Accept": CDF["Content-Type"]}, timeout=60).content
    rain = netcdf.read(history).rain.tobytes()
    etag = httpx.get(f"{url}/nowcast", timeout=60).headers["etag"]
    return rain, etag, httpx.get(f"{service.url}{job}", timeout=60).json()["status"]
