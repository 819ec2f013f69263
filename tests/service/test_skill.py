"""Measured skill over HTTP: nothing, little, and what is not there."""

from datetime import timedelta

import httpx
import numpy as np
import pytest

from jobs.awaited import Awaited
from jobs.protocol import Protocol
from jobs.regions import Regions
from jobs.skill import Series, Skill
from jobs.store import Store
from jobs.trial import promote
from radar.card import Card
from radar.scores import SCORES
from radar.tally import over_leads, tally
from tests.regions import frames, now, rain
from tests.service.region_client import URL, put, send


@pytest.fixture
def verified(idle: httpx.Client, store: Store) -> httpx.Client:
    """A client of a gateway that knows how one nowcast of each of two methods did at its second lead."""
    put(idle, thresholds=[1, 10])
    send(idle, frames(1, 0))
    protocol = Protocol.of(Regions(store.redis).get("here"), frames(0).grid)
    one = tally(rain(5), {}, rain(6), protocol.thresholds, 1.0)
    for method in ("persistence", "other"):
        series = Series(protocol.id, method, "1")
        assert Skill(store.redis).write(protocol, series, now(), over_leads({2: one}, *protocol.shape))
    return idle


def test_before_the_first_frame_there_is_nothing(idle: httpx.Client) -> None:
    put(idle)
    said = idle.get(f"{URL}/skill").json()
    assert (said["protocol"], said["methods"], said["to_verify"]) == (None, [], 0)


def test_scores_follow_from_the_counts_beside_them(verified: httpx.Client) -> None:
    said = verified.get(f"{URL}/skill").json()
    assert [(one["method"], one["yardstick"], one["same_sample"]) for one in said["methods"]] == [
        ("other", False, True),
        ("persistence", True, True),
    ]
    first, second, _ = said["methods"][0]["leads"]
    assert (first["frames"], first["pixels"], first["mse"]) == (0, 0, None)
    assert all(cell[name] is None for cell in first["thresholds"] for name in SCORES)
    assert (second["lead_minutes"], second["frames"], second["pixels"]) == (10, 1, 63)
    low = second["thresholds"][0]
    assert low["pod"] == low["hits"] / (low["hits"] + low["misses"])
    assert [one["scale_km"] for one in low["fss"]][:2] == [1, 2]
    assert sum(low["reliability"]["pixels"]) == 63
    np.testing.assert_allclose(low["brier"], (low["misses"] + low["false_alarms"]) / 63)
    assert said["methods"][0]["pooled"] == {**second, "lead_minutes": None}


def test_what_is_to_be_verified_is_counted(verified: httpx.Client, store: Store) -> None:
    assert verified.get(f"{URL}/skill").json()["to_verify"] == len(Awaited(store.redis).times("here")) == 2


def test_a_method_comes_with_its_yardsticks(verified: httpx.Client) -> None:
    said = verified.get(f"{URL}/skill", params={"method": "other", "lead": 10}).json()
    assert [one["method"] for one in said["methods"]] == ["other", "persistence"]
    assert [len(one["leads"]) for one in said["methods"]] == [1, 1]
    said = verified.get(f"{URL}/skill", params={"method": "persistence"}).json()
    assert [one["method"] for one in said["methods"]] == ["persistence"]


def test_since_is_in_time_of_frames(verified: httpx.Client) -> None:
    for since, count in ((now(), 2), (now() + timedelta(seconds=1), 0)):
        assert len(verified.get(f"{URL}/skill", params={"since": since.isoformat()}).json()["methods"]) == count


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("skill?method=magic", 404),
        ("skill?lead=7", 404),
        ("skill?lead=-1", 422),
        ("skill?since=then", 422),
        ("at?time=2026-06-01T12:00:00Z", 404),
        ("at", 422),
        ("at?time=0001-01-01T00:01:00Z", 422),
        ("at?time=9999-12-31T23:59:00-14:00", 422),
    ],
)
def test_what_is_not_there_is_a_problem(verified: httpx.Client, path: str, code: int) -> None:
    answer = verified.get(f"{URL}/{path}")
    assert answer.status_code == code
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:00-14:00"])
def test_since_may_be_any_time(verified: httpx.Client, since: str) -> None:
    assert verified.get(f"{URL}/skill?since={since}").status_code == 200


def test_no_region_has_no_skill(idle: httpx.Client) -> None:
    assert idle.get("/regions/none/skill").status_code == 404


def test_prometheus_reads_the_counts(verified: httpx.Client) -> None:
    cell = verified.get(f"{URL}/skill").json()["methods"][1]["leads"][1]["thresholds"][0]
    text = verified.get("/metrics").text
    line = 'nowcast_verification_hits_total{lead="10",method="persistence",region="here",threshold="1"}'
    assert f"{line} {float(cell['hits'])}" in text


def test_what_is_on_trial_is_held_against_the_regions_method(verified: httpx.Client, store: Store) -> None:
    cards = [Card(method=name, version="1", summary="") for name in ("persistence", "other", "third")]
    store.publish_cards(cards, 3600)
    put(verified, thresholds=[1, 10], method="persistence", shadow="other", canary={"method": "third", "share": 0.5})
    third, other = verified.get(f"{URL}/skill").json()["on_trial"]
    assert (other["method"], other["served"], other["frames"], other["blocks"]) == ("other", "persistence", 1, 1)
    assert (other["together"]["difference"], other["together"]["low"], other["favours"]) == (0, None, False)
    assert other["thresholds"][0]["csi"] == other["thresholds"][0]["served_csi"] > 0
    assert (third["method"], third["frames"], third["together"]["csi"]) == ("third", 0, None)


def test_promotions_are_on_record(verified: httpx.Client, store: Store) -> None:
    store.publish_cards([Card(method=name, version="1", summary="") for name in ("persistence", "other")], 3600)
    put(verified, thresholds=[1, 10], method="persistence", shadow="other")
    promote(store, "here", "other", force=True)
    (promotion,) = verified.get(f"{URL}/skill").json()["promotions"]
    assert (promotion["before"], promotion["method"], promotion["forced"]) == ("persistence", "other", True)
    assert "on 1 frame in 1 block of 3 h with rain" in promotion["grounds"]
