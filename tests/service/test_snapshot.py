"""What a gateway tells of the moment."""

import httpx

from jobs.keys import DEAD
from jobs.store import Store
from tests.regions import frames
from tests.service.bodies import tiny
from tests.service.region_client import put, send


def test_queues_with_age_and_lag(idle: httpx.Client) -> None:
    idle.post("/nowcast", json=tiny(), headers={"Prefer": "respond-async"})
    text = idle.get("/metrics").text
    assert 'nowcast_queue_depth{method="persistence"} 1.0' in text
    assert 'nowcast_queue_lag{method="persistence"} 1.0' in text
    assert 'nowcast_queue_oldest_age_seconds{method="persistence"} 0.0\n' not in text


def test_what_serves(idle: httpx.Client, store: Store) -> None:
    store.redis.xadd(DEAD, {"job": "x"})
    text = idle.get("/metrics").text
    assert "nowcast_workers_warm 1.0" in text
    assert 'nowcast_method_info{method="persistence",version="1"} 1.0' in text
    assert "nowcast_dead_letters_total 1.0" in text
    assert 'nowcast_build_info{version="' in text


def test_regions_with_their_weather(idle: httpx.Client) -> None:
    put(idle)
    send(idle, frames(1, 0))
    text = idle.get("/metrics").text
    assert f'nowcast_radar_observed_ratio{{region="here"}} {63 / 64}' in text
    assert 'nowcast_radar_frames_total{region="here",result="added"}' in text
    assert 'nowcast_verification_pending{region="here"}' in text
    assert 'nowcast_latest_age_seconds{region="here"}' not in text


def test_equal_requests_hit_and_problems_are_counted_by_type(idle: httpx.Client) -> None:
    for _ in range(2):
        idle.post("/nowcast", json=tiny(), headers={"Prefer": "respond-async"})
    idle.get("/nothing/there")
    text = idle.get("/metrics").text
    assert 'nowcast_cache_requests_total{result="hit"}' in text
    assert 'nowcast_problems_total{type="not-found"}' in text
