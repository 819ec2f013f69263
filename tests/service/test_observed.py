"""What the radar saw at one place, over HTTP."""

from datetime import datetime

import httpx
import pytest

from radar.grid import Grid
from tests.regions import now
from tests.service.map_client import HERE, shown, striped
from tests.service.problem import problem
from tests.service.region_client import URL, put


def observed(client: httpx.Client, lon: float = HERE[0] + 0.5, lat: float = HERE[1], **more: float) -> httpx.Response:
    return client.get(f"{URL}/observed", params={"lon": lon, "lat": lat, **more})


@pytest.fixture
def mapped(client: httpx.Client) -> httpx.Client:
    """A client of a gateway with frames and a nowcast of a wide region."""
    return shown(client, striped(2, 1, 0))


def test_a_place_has_a_past(mapped: httpx.Client) -> None:
    said = observed(mapped).json()
    assert (said["region"], said["units"], said["rain"]) == ("here", "mm/h", [5, 4, 3])
    assert datetime.fromisoformat(said["times"][-1]) == now()
    assert observed(mapped, HERE[0] - 0.5).json()["rain"] == [0, 0, 0]
    assert observed(mapped, hours=0).json()["rain"] == [3]


def test_where_no_radar_looks_nothing_was_seen(mapped: httpx.Client) -> None:
    for lon, lat in ((HERE[0], HERE[1] + 1.05), (100.0, 0.0), (10.0, -90.0)):
        assert observed(mapped, lon, lat).json()["rain"] == [None] * 3


def test_a_place_beyond_the_antimeridian_is_found(client: httpx.Client) -> None:
    shown(client, striped(1, 0, grid=Grid.of((40, 40), (0.5, 0, 170, 0, -0.5, 10), "EPSG:4326")))
    assert [observed(client, lon, 0).json()["rain"][-1] for lon in (179, -179)] == [0, 3]


def test_what_is_no_place_is_refused(mapped: httpx.Client) -> None:
    problem(observed(mapped, 181), 422, "invalid-request")
    problem(mapped.get(f"{URL}/observed"), 422, "invalid-request")
    put(mapped, "empty")
    problem(mapped.get("/regions/empty/observed", params={"lon": 0, "lat": 0}), 404, "unknown-frame")
