"""Live verification with real processes that are killed: what is counted is what the archive and the radar say."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from redis import Redis

from jobs import keys, quantised
from jobs.counted import KINDS
from jobs.skill import Skill
from radar.baselines import BASELINES
from radar.formats import netcdf
from radar.frames import Frames
from radar.scores import Counts, count
from radar.synthetic import storm
from tests.processes import Served, environment, served
from tests.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc: run these on Linux"),
]

LEVELS = (0.5, 2.0)
LEADS, FRAMES, SIDE = 3, 12, 32
PLAN = {"cadence_minutes": 5, "method": "extrapolation", "horizon": LEADS, "thresholds": LEVELS}
CDF = {"Content-Type": "application/x-netcdf"}
KILLED = ("workers.verifier", "workers.drainer", "valkey-server", "workers.verifier", "service.app")


def rounded(frames: Frames) -> Frames:
    """To 0.01 mm/h, as a history keeps them."""
    rain = np.stack([quantised.unpack(quantised.pack(frame)) for frame in frames.rain])
    return Frames(rain, frames.times, frames.grid)


STORM = rounded(storm((SIDE, SIDE), FRAMES, seed=5))


class Place:
    """A region of a service, and what is asked of it."""

    def __init__(self, service: Served, data: Path) -> None:
        self.service, self.data = service, data
        self.url = f"{service.url}/regions/here"

    def send(self, at: int) -> None:
        """Push one frame, however often it takes while the service recovers."""
        one = Frames(STORM.rain[at : at + 1], STORM.times[at : at + 1], STORM.grid)
        until(lambda: self._sent(netcdf.write(one)))

    def _sent(self, body: bytes) -> bool:
        try:
            return httpx.post(f"{self.url}/frames", content=body, headers=CDF, timeout=60).status_code == 200
        except httpx.HTTPError:
            return False

    def skill(self, query: str = "") -> dict[str, Any]:
        """What it says; nothing while the service recovers."""
        try:
            answer = httpx.get(f"{self.url}/skill{query}", timeout=60)
        except httpx.HTTPError:
            return {}
        said: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
        return said

    def compared(self) -> dict[str, list[int]]:
        """Frames that were compared, by method and lead; nothing while any is to be."""
        said = self.skill()
        if not said or said["to_verify"]:
            return {}
        return {one["method"]: [lead["frames"] for lead in one["leads"]] for one in said["methods"]}

    def answered(self, at: int) -> bool:
        """True when the nowcast that follows this frame is there."""
        try:
            answer = httpx.get(f"{self.url}/nowcast", timeout=60)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200 and answer.json()["reference_time"] == f"{STORM.times[at]:%Y-%m-%dT%H:%M:%SZ}"

    def recounted(self, *more: str) -> "subprocess.CompletedProcess[str]":
        """`nowcast verify` in another process."""
        command = [sys.executable, "-m", "cli", "verify", "here", "--data", str(self.data), *more]
        return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)

    @contextmanager
    def redis(self) -> Iterator[Redis]:
        (gateway,) = self.service.children("service.app")
        with Redis.from_url(environment(gateway)["NOWCAST_REDIS_URL"]) as redis:
            yield redis


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    data = tmp_path_factory.mktemp("verified")
    with served(data, lease_seconds=2, threads=1) as service:
        place = Place(service, data)
        httpx.put(place.url, json=PLAN, timeout=60).raise_for_status()
        everybody_dies(place)
        yield place


def everybody_dies(place: Place) -> None:
    """The storm goes over while one after the other is killed; return when all of it is verified."""
    chance, victims = random.Random(7), iter(KILLED)
    for at in range(FRAMES):
        place.send(at)
        if at % 2 == 0 and (victim := next(victims, None)):
            time.sleep(chance.uniform(0, 1.5))
            place.service.kill(victim)
        if at > 0:
            until(partial(place.answered, at))
    frames = [FRAMES - 1 - lead for lead in range(1, LEADS + 1)]
    until(lambda: place.compared() == {"extrapolation": frames, "persistence": frames})


def test_no_count_is_lost_or_doubled_though_everybody_dies(place: Place) -> None:
    for method, found in counts(place).items():
        np.testing.assert_array_equal(found, by_hand(method), method)


def counts(place: Place) -> dict[str, list[list[list[int]]]]:
    """By method, (leads, thresholds, kinds)."""
    return {
        one["method"]: [[[cell[kind] for kind in KINDS] for cell in lead["thresholds"]] for lead in one["leads"]]
        for one in place.skill()["methods"]
    }


def by_hand(method: str) -> list[list[list[int]]]:
    """The same, of forecasts made here of the frames themselves."""
    total = Counts.zero(LEADS, len(LEVELS))
    for at in range(1, FRAMES - 1):
        leads = min(LEADS, FRAMES - 1 - at)
        past = Frames(STORM.rain[: at + 1], STORM.times[: at + 1], STORM.grid)
        card = BASELINES[method].card
        said = BASELINES[method].forecast(past.last(card.max_frames), LEADS).rain[:leads]
        one = count(said, STORM.rain[at + 1 : at + 1 + leads], LEVELS)
        for sums, more in zip(total.arrays, one.arrays, strict=True):
            sums[:leads] += more
    return np.stack(total.arrays, axis=-1).tolist()  # type: ignore[no-any-return]


def test_the_archive_gives_the_same_numbers(place: Place) -> None:
    answer = place.recounted("--json")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    said = json.loads(answer.stdout)
    assert (said["difference"], said["times"], said["tallies"]) == (None, FRAMES - 2, 2 * (FRAMES - 2))


def test_skill_comes_with_its_counts_and_both_yardsticks(place: Place) -> None:
    said = place.skill("?method=extrapolation&lead=10")
    assert [one["method"] for one in said["methods"]] == ["extrapolation", "persistence"]
    for one in said["methods"]:
        (lead,) = one["leads"]
        assert (lead["lead_minutes"], lead["frames"], one["same_sample"]) == (10, FRAMES - 3, True)
        assert lead["pixels"] == (FRAMES - 3) * SIDE * SIDE
        for cell in lead["thresholds"]:
            assert sum(cell[kind] for kind in KINDS) == lead["pixels"]
            assert cell["csi"] == cell["hits"] / (cell["hits"] + cell["misses"] + cell["false_alarms"])
    since = place.skill(f"?since={STORM.times[-1]:%Y-%m-%dT%H:%M:%SZ}")
    assert [one["pooled"]["frames"] for one in since["methods"]] == [LEADS, LEADS]
    assert len(said["protocol"]) == 12


def test_what_is_not_there_is_said(place: Place) -> None:
    for query in ("?method=magic", "?lead=7"):
        assert httpx.get(f"{place.url}/skill{query}", timeout=60).status_code == 404
    assert httpx.get(f"{place.url}/at?time=2001-01-01T00:00:00Z", timeout=60).status_code == 404
    assert place.recounted("--since", "2100-01-01").returncode == 0


def test_prometheus_is_told_the_same(place: Place) -> None:
    text = httpx.get(f"{place.service.url}/metrics", timeout=60).text
    for method, found in counts(place).items():
        hits = f'nowcast_verification_hits_total{{lead="5",method="{method}",region="here",threshold="0.5"}}'
        assert f"{hits} {float(found[0][0][0])}" in text


def test_what_was_said_then_is_kept(place: Place) -> None:
    """Between two frames it is the nowcast of the earlier one that was there."""
    moment = STORM.times[6] + timedelta(minutes=3)
    for method in ("extrapolation", "persistence"):
        query = f"?time={moment:%Y-%m-%dT%H:%M:%SZ}&method={method}"
        said = netcdf.read_nowcast(httpx.get(f"{place.url}/at{query}", timeout=60).content)
        assert (said.reference_time, said.method) == (STORM.times[6], method)
    np.testing.assert_array_equal(said.frames.rain[0], STORM.rain[6])


def test_a_count_that_is_wrong_is_found(place: Place) -> None:
    with place.redis() as redis:
        *_, series = Skill(redis).series("here")
        tallies, time = keys.skill("here", series.name)[0], str(round(STORM.times[5].timestamp()))
        tally = redis.hget(tallies, time)
        redis.hdel(tallies, time)
        try:
            answer = place.recounted()
        finally:
            redis.hset(tallies, time, tally)
    assert answer.returncode == 1
    assert (
        f"DIFFERENT. persistence 1, of {STORM.times[5]:%Y-%m-%dT%H:%M:%SZ}: frames at lead 1 is 0 and 1"
        in answer.stdout
    )
