"""The latest nowcast of a region over HTTP."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import numpy as np
import pytest

from jobs.settings import Settings
from jobs.store import Store
from radar.formats import netcdf
from radar.frames import stamp
from tests.regions import frames, now, rain
from tests.service.gateway import CARD, serving, working
from tests.service.region_client import CDF, URL, nowcast, put, send
from tests.waiting import until


@pytest.fixture
def served(client: httpx.Client) -> httpx.Client:
    """A client of a gateway that has a nowcast for a region."""
    put(client)
    send(client, frames(2, 1, 0))
    until(lambda: nowcast(client).status_code == 200)
    return client


def test_the_nowcast_of_a_region(served: httpx.Client) -> None:
    said = nowcast(served).json()
    assert (said["region"], said["stale"], said["method"]) == ("here", False, CARD.method)
    assert said["reference_time"] == stamp(now())
    assert [lead["lead_minutes"] for lead in said["leads"]] == [5, 10, 15]
    assert served.get(said["links"]["self"]).json()["id"] == said["id"]
    made = netcdf.read_nowcast(served.get(said["links"]["netcdf"]).content)
    np.testing.assert_array_equal(made.frames.rain[0], rain(0))
    assert served.get(said["links"]["animation"]).headers["content-type"] == "image/png"
    assert netcdf.read_nowcast(nowcast(served, **CDF).content).frames.times == made.frames.times


def test_it_may_be_kept_until_the_next_cycle(served: httpx.Client) -> None:
    answer = nowcast(served)
    kept = int(answer.headers["cache-control"].removeprefix("public, max-age="))
    assert 1 <= kept <= 301
    assert parsedate_to_datetime(answer.headers["last-modified"]) <= datetime.now(now().tzinfo)
    assert answer.headers["content-location"] == f"{URL}/nowcast"


def test_what_the_caller_has_is_not_sent_again(served: httpx.Client) -> None:
    answer = nowcast(served)
    etag, modified = answer.headers["etag"], answer.headers["last-modified"]
    for headers in ({"If-None-Match": etag}, {"If-None-Match": f'"other", {etag}'}, {"If-Modified-Since": modified}):
        again = nowcast(served, **headers)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    for headers in ({"If-None-Match": '"other"', "If-Modified-Since": modified}, {"If-Modified-Since": "yesterday"}):
        assert nowcast(served, **headers).status_code == 200


def test_a_new_frame_is_a_new_nowcast(served: httpx.Client) -> None:
    etag = nowcast(served).headers["etag"]
    send(served, frames(0, salt=1))
    until(lambda: nowcast(served).headers["etag"] != etag)
    assert nowcast(served, **{"If-None-Match": etag}).status_code == 200


def test_a_radar_that_is_late_is_said_to_be(client: httpx.Client) -> None:
    put(client)
    send(client, frames(2, 1, 0, last=now() - timedelta(hours=1)))
    until(lambda: nowcast(client).status_code == 200)
    answer = nowcast(client)
    assert answer.json()["stale"]
    assert answer.headers["nowcast-stale"] == "true"
    assert answer.headers["etag"].endswith('-stale"')
    assert answer.headers["cache-control"] == "public, max-age=10"
    assert client.get(URL).json()["status"]["stale"]


def test_two_gateways_agree(store: Store, settings: Settings, wakes: list[str]) -> None:
    with serving(settings) as one, serving(settings) as other, working(settings):
        put(one.client)
        send(other.client, frames(1, 0))
        until(lambda: nowcast(one.client).status_code == 200)
        assert nowcast(one.client).headers["etag"] == nowcast(other.client).headers["etag"]
