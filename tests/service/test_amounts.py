"""How much rain will fall, over HTTP."""

import httpx
import numpy as np
import pytest

from service.amount_schemas import SHOWN_AMOUNTS, AmountsView
from tests.radar.samples import frames as past
from tests.regions import frames
from tests.service.bodies import NETCDF, file, tiny
from tests.service.problem import problem
from tests.service.region_client import URL, put, send
from tests.waiting import until


@pytest.fixture
def done(client: httpx.Client) -> str:
    """The path of a nowcast that is there: the last frame for ever."""
    path: str = client.post("/nowcast?horizon=3", content=file(), headers=NETCDF).headers["content-location"]
    return path


@pytest.mark.parametrize(("query", "minutes"), [("", 15), ("?minutes=7.5", 7.5)])
def test_rates_become_amounts(client: httpx.Client, done: str, query: str, minutes: float) -> None:
    said = client.get(f"{done}/accumulation{query}").json()
    expected = past().rain[-1] * minutes / 60
    assert (said["minutes"], said["start"]) == (minutes, "2016-09-28T15:00:00Z")
    assert said["max"] == pytest.approx(np.nanmax(expected), abs=1e-3)
    assert said["mm"][0][0] is None
    assert said["mm"][3][4] == pytest.approx(expected[3, 4], abs=1e-3)


@pytest.mark.parametrize("media", ["image/png", "image/tiff"])
def test_amounts_have_other_shapes(client: httpx.Client, done: str, media: str) -> None:
    response = client.get(f"{done}/accumulation", headers={"Accept": media})
    assert (response.status_code, response.headers["content-type"]) == (200, media)


def test_amounts_as_geotiff_are_in_mm(client: httpx.Client, done: str) -> None:
    rasterio_io = pytest.importorskip("rasterio.io", reason="rasterio, of the test extra, reads what we write")
    data = client.get(f"{done}/accumulation", headers={"Accept": "image/tiff"}).content
    with rasterio_io.MemoryFile(data) as memory, memory.open() as source:
        assert source.units == ("mm",)
        np.testing.assert_allclose(source.read(1), past().rain[-1] / 4, rtol=1e-6)


@pytest.mark.parametrize("minutes", ["0", "-5", "nan", "inf", "soon"])
def test_minutes_that_are_none_are_pointed_at(client: httpx.Client, done: str, minutes: str) -> None:
    said = problem(client.get(f"{done}/accumulation?minutes={minutes}"), 422, "invalid-request")
    assert said["errors"][0]["pointer"] == "/query/minutes"


def test_no_nowcast_reaches_beyond_its_end(client: httpx.Client, done: str) -> None:
    said = problem(client.get(f"{done}/accumulation?minutes=16"), 422, "bad-input")
    assert said["detail"] == "The nowcast reaches 15 min ahead, not 16."


def test_an_amount_has_its_shapes(client: httpx.Client, done: str) -> None:
    problem(client.get(f"{done}/accumulation", headers={"Accept": "image/gif"}), 406, "not-acceptable")


def test_a_region_begins_with_what_was_seen(client: httpx.Client) -> None:
    put(client)
    sent = frames(2, 1, 0)
    send(client, sent)
    until(lambda: client.get(f"{URL}/nowcast").is_success)
    said = client.get(f"{URL}/accumulation?minutes=10").json()
    assert said["mm"][3][4] == pytest.approx(float(sent.rain[-1, 3, 4]) / 6, abs=0.01)


def test_without_a_nowcast_there_is_no_amount(idle: httpx.Client) -> None:
    put(idle)
    problem(idle.get(f"{URL}/accumulation"), 404, "no-nowcast-yet")
    where = idle.post("/nowcast", json=tiny(), headers={"Prefer": "respond-async"}).headers["location"]
    problem(idle.get(f"{where}/accumulation"), 409, "not-ready")


def test_the_example_is_what_it_is_an_example_of() -> None:
    AmountsView.model_validate(SHOWN_AMOUNTS)
