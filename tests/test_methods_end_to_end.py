"""Fallbacks, shadows, canaries and promotion with real processes: tiny networks, gateway, worker, verifier, Valkey."""

import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch

from model import checkpoint
from radar.formats import netcdf
from radar.frames import Frames
from radar.grid import Grid
from radar.synthetic import storm
from tests import renewed
from tests.model.samples import card, lively
from tests.processes import Served, served
from tests.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc: run these on Linux"),
]

SIDE, FRAMES = 32, 8
CDF = {"Content-Type": "application/x-netcdf"}
PLAN = {"cadence_minutes": 5, "method": "tiny", "horizon": 2, "thresholds": [0.5, 2]}
STORM = storm((SIDE, SIDE), FRAMES, seed=5)


def network(folder: Path, name: str, seed: int, broken: bool = False) -> None:
    """A checkpoint of a tiny network, which says nothing but NaN when it is broken."""
    made = lively(seed=seed)
    if broken:
        with torch.no_grad():
            for tensor in made.parameters():
                tensor.fill_(torch.nan)
    allowed = {"min_frames": 2, "cadence_minutes": (5, 5), "pixel_km": (0.5, 6)}
    checkpoint.write(folder / name, made, card(method=name, network={"model": "ms-convlstm", "width": 8}, **allowed))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("methods")
    for seed, name in enumerate(("tiny", "rival", "broken", "doomed", renewed.NAME)):
        network(folder / "checkpoints", name, seed, broken=name == "broken")
    return folder


@pytest.fixture(scope="module")
def service(data: Path) -> Iterator[Served]:
    """Its worker has room for one network at a time, so that each is loaded when it is wanted."""
    settings = {"checkpoints": data / "checkpoints", "method": "tiny", "threads": 1, "weights_bytes": 1}
    with served(data / "data", **settings) as running:
        weights = data / "checkpoints/doomed" / checkpoint.WEIGHTS
        weights.write_bytes(weights.read_bytes()[:100])
        yield running


def spaced(minutes: float) -> Frames:
    """The storm on another cadence."""
    step = (STORM.times[1] - STORM.times[0]) * minutes / 5
    return replace(STORM, times=tuple(STORM.times[0] + at * step for at in range(len(STORM))))


def coarse() -> Frames:
    """The storm on pixels of 20 km."""
    transform = (20_000, 0, 4_000_000, 0, -20_000, 3_000_000)
    return replace(STORM, grid=Grid.of((SIDE, SIDE), transform, "EPSG:3035"))


def first(sent: Frames, count: int) -> Frames:
    """So many frames, the oldest ones."""
    return Frames(sent.rain[:count], sent.times[:count], sent.grid)


OUTSIDE = [
    (spaced(10), "extrapolation", "outside_card_cadence"),
    (coarse(), "extrapolation", "outside_card_pixel_size"),
    (STORM.last(1), "persistence", "outside_card_too_few_frames"),
]


def ordered(service: Served, sent: Frames, query: str = "") -> httpx.Response:
    return service.post(netcdf.write(sent), f"?horizon=2{query}")


def made(answer: httpx.Response) -> tuple[str, str, str | None]:
    """Who made it, who was asked, and why these differ."""
    assert answer.status_code == 200, answer.text
    said = answer.json()
    return said["method"], said["asked_for"], said["fallback_reason"]


@pytest.mark.parametrize(("sent", "method", "reason"), OUTSIDE, ids=[reason for *_, reason in OUTSIDE])
def test_who_names_no_method_gets_the_next_one_where_the_card_ends(
    service: Served, sent: Frames, method: str, reason: str
) -> None:
    answer = ordered(service, sent)
    assert made(answer) == (method, "tiny", reason)
    assert answer.headers["nowcast-fallback-reason"] == reason


@pytest.mark.parametrize(("sent", "method", "reason"), OUTSIDE, ids=[reason for *_, reason in OUTSIDE])
def test_who_names_a_method_is_told_unless_another_may_answer(
    service: Served, sent: Frames, method: str, reason: str
) -> None:
    refused = ordered(service, sent, "&method=tiny")
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/outside-card")
    assert ordered(service, sent, "&fallback=false").status_code == 422
    assert made(ordered(service, sent, "&method=tiny&fallback=true")) == (method, "tiny", reason)


def test_what_is_no_number_is_not_served(service: Served) -> None:
    assert made(ordered(service, STORM, "&method=broken")) == ("extrapolation", "broken", "not_finite")


def test_a_network_that_cannot_be_run_is_not_waited_for(service: Served) -> None:
    assert made(ordered(service, STORM, "&method=doomed")) == ("extrapolation", "doomed", "failed")


def test_a_network_that_is_replaced_answers_under_its_own_version(service: Served, data: Path) -> None:
    old, before = renewed.engine(data), renewed.asked(service, 0)
    with ThreadPoolExecutor(3) as callers:
        early = callers.map(partial(renewed.asked, service), range(1, 7))
        network(data / "checkpoints", renewed.NAME, seed=9)
        late = callers.map(partial(renewed.asked, service), range(7, 10))
    new = renewed.published(service, data)
    again, found = renewed.asked(service, 0), list(late)
    assert all(renewed.whole(one, (old, new)) for one in (before, again, *early, *found))
    assert before.nowcast.version == old.card.version != new.card.version
    assert {one.nowcast.version for one in (again, *found)} == {new.card.version}
    assert again.tag != before.tag


def test_every_fallback_is_counted_by_its_reason(service: Served) -> None:
    for method in ("broken", "doomed"):
        ordered(service, STORM, f"&method={method}")
    for sent, *_ in OUTSIDE:
        ordered(service, sent)
    text = httpx.get(f"{service.url}/metrics", timeout=60).text
    seen = [("broken", "not_finite"), ("doomed", "failed"), *(("tiny", reason) for *_, reason in OUTSIDE)]
    for asked_for, reason in seen:
        assert f'nowcast_fallbacks_total{{asked_for="{asked_for}",reason="{reason}"}}' in text


def large(seed: int) -> Frames:
    return storm((384, 384), 4, seed)


def computed(service: Served, seed: int) -> float:
    """Seconds that the worker needed for a large storm."""
    said = service.post(netcdf.write(large(seed)), "?horizon=12").headers["server-timing"]
    (engine,) = re.findall(r"engine;dur=([\d.]+)", said)
    return float(engine) / 1000


LATE, IN_TIME = ("extrapolation", "tiny", "deadline"), ("tiny", "tiny", None)


def test_extrapolation_answers_what_the_network_would_answer_too_late(
    service: Served, data: Path, tmp_path: Path
) -> None:
    """Which request comes too late for the network but not for extrapolation is luck: volleys until one does.

    How fast this machine is may change between two of them, so the deadline is measured anew.
    """
    found: set[tuple[str, str, str | None]] = set()
    for turn in range(4):
        if not found >= {LATE, IN_TIME}:
            seconds = max(computed(service, 1000 * turn + seed) for seed in range(2))
            found = hurried(data, tmp_path / f"{turn}", 3 * seconds)
    assert found >= {LATE, IN_TIME}


def hurried(data: Path, folder: Path, deadline: float) -> set[tuple[str, str, str | None]]:
    """Who answered volleys of requests to a service with this deadline, until all was seen that there is to see."""
    settings = {"checkpoints": data / "checkpoints", "method": "tiny", "threads": 1, "deadline_seconds": deadline}
    found: set[tuple[str, str, str | None]] = set()
    with served(folder, None, ("gateway", "worker"), **settings) as service, ThreadPoolExecutor(8) as callers:
        for seed in range(3):
            answered(service, seed)
        for volley in range(3, 43, 8):
            if not found >= {LATE, IN_TIME}:
                found |= set(callers.map(partial(answered, service), range(volley, volley + 8)))
    return found


def answered(service: Served, seed: int) -> tuple[str, str, str | None]:
    """What made the nowcast of a large storm, as `made` says it; ("", "", None) where there was none in time."""
    answer = service.post(netcdf.write(large(seed)), "?horizon=12")
    return made(answer) if answer.status_code == 200 else ("", "", None)


class Place:
    """A region, its plan, and what it says."""

    def __init__(self, service: Served, name: str, **plan: Any) -> None:
        self.name, self.url = name, f"{service.url}/regions/{name}"
        httpx.put(self.url, json={**PLAN, **plan}, timeout=60).raise_for_status()

    def send(self, sent: Frames) -> None:
        """Frames come one by one, each nowcast before the next one is there."""
        for at in range(len(sent)):
            one = Frames(sent.rain[at : at + 1], sent.times[at : at + 1], sent.grid)
            httpx.post(f"{self.url}/frames", content=netcdf.write(one), headers=CDF, timeout=60).raise_for_status()
            until(partial(self.follows, one))

    def follows(self, one: Frames) -> bool:
        """True when the latest nowcast begins after this frame, and all that can be verified is."""
        answer = httpx.get(f"{self.url}/nowcast", timeout=60)
        there = answer.status_code == 200 and answer.json()["reference_time"] == f"{one.times[0]:%Y-%m-%dT%H:%M:%SZ}"
        return there and not self.skill()["to_verify"]

    def nowcast(self) -> dict[str, Any]:
        said: dict[str, Any] = httpx.get(f"{self.url}/nowcast", timeout=60).json()
        return said

    def skill(self) -> dict[str, Any]:
        said: dict[str, Any] = httpx.get(f"{self.url}/skill", timeout=60).json()
        return said

    def compared(self) -> dict[str, int]:
        """Frames at the first lead, by method."""
        return {one["method"]: one["leads"][0]["frames"] for one in self.skill()["methods"]}


def test_a_region_is_served_by_the_next_one_where_the_card_ends(service: Served) -> None:
    place = Place(service, "slow", cadence_minutes=10)
    place.send(spaced(10).last(2))
    said = place.nowcast()
    assert (said["method"], said["asked_for"], said["fallback_reason"]) == (
        "extrapolation",
        "tiny",
        "outside_card_cadence",
    )


def test_extrapolation_is_served_while_it_is_better_and_the_network_goes_on_unseen(service: Served) -> None:
    place = Place(service, "judged", low_skill={"hours": 1, "min_frames": 2})
    place.send(first(STORM, FRAMES - 1))
    said = place.nowcast()
    assert (said["method"], said["asked_for"], said["fallback_reason"]) == ("extrapolation", "tiny", "low_skill")
    assert place.compared()["tiny"] == FRAMES - 3
    then = httpx.get(f"{place.url}/at?time={STORM.times[-3]:%Y-%m-%dT%H:%M:%SZ}", timeout=60)
    assert netcdf.read_nowcast(then.content).fallback_reason == "low_skill"
    switched_off = Place(service, "judged")
    switched_off.send(STORM.last(1))
    assert switched_off.nowcast()["method"] == "tiny"


@pytest.fixture(scope="module")
def tried(service: Served) -> Place:
    """A region with a shadow, and a canary that has every turn."""
    place = Place(service, "tried", canary={"method": "rival", "share": 1}, shadow="broken")
    place.send(STORM.last(5))
    return place


def test_a_canary_has_its_turn_and_says_so(tried: Place) -> None:
    said = tried.nowcast()
    assert (said["method"], said["asked_for"], said["fallback_reason"], said["canary"]) == (
        "rival",
        "tiny",
        None,
        True,
    )
    until(lambda: tried.compared().get("tiny") == tried.compared().get("rival") == 3)


def test_what_is_on_trial_is_compared_on_the_same_frames(tried: Place) -> None:
    until(lambda: tried.skill()["on_trial"][0]["frames"] == 3)
    found = {one["method"]: one for one in tried.skill()["on_trial"]}
    assert [found["rival"][name] for name in ("served", "frames", "favours")] == ["tiny", 3, False]
    assert [one["threshold"] for one in found["rival"]["thresholds"]] == [0.5, 2]
    assert found["broken"]["frames"] == 0


def promoted(data: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "cli", "promote", "tried", "rival", "--data", str(data / "data"), *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


def test_a_promotion_takes_evidence_or_force(tried: Place, data: Path) -> None:
    refused = promoted(data)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1), refused.stderr
    assert "promoting it takes at least 8 blocks, or --force" in refused.stderr
    forced = promoted(data, "--force")
    assert forced.returncode == 0, forced.stderr
    assert httpx.get(tried.url, timeout=60).json()["region"]["method"] == "rival"
    (promotion,) = tried.skill()["promotions"]
    assert (promotion["before"], promotion["method"], promotion["forced"]) == ("tiny", "rival", True)
