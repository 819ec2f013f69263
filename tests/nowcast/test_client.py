"""Nowcasts ordered from a real gateway, by the blocking client and by the asynchronous one."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import xarray as xr
from pydantic import SecretStr
from redis import Redis

from jobs import api_key
from jobs.job import Status
from jobs.queue import Queue
from jobs.settings import Settings
from jobs.store import Store
from nowcast import orders
from nowcast.client import Client
from nowcast.errors import JobEnded, NotAllowed, NotFound, NotInTime, Refused
from radar.errors import BadFrames, BadInput, TooLarge
from radar.formats import netcdf
from radar.synthetic import storm
from tests.nowcast.conftest import Story, Tell, blocking
from tests.service.gateway import CARD, Gateway, ended, serving

NOWHERE = "http://127.0.0.1"
KEY = api_key.written(*api_key.minted())


def ordering(frames: Any, **asked: Any) -> Story:
    """The story of one nowcast."""

    def story(client: Any) -> Any:
        return (yield client.nowcast(frames, **asked))

    return story


def test_a_dataset_becomes_a_nowcast(client: httpx.Client, tell: Tell, past: xr.Dataset) -> None:
    def story(client: Any) -> Any:
        nowcast = yield client.nowcast(past, horizon=3)
        rain = yield nowcast.dataset()
        again = yield nowcast.dataset()
        said = yield nowcast.point(10.0, 52.0)
        return nowcast, rain, again, said

    nowcast, rain, again, said = tell(client.base_url, story)
    assert (nowcast.method, len(nowcast.summary["leads"])) == (CARD.method, 3)
    assert np.datetime64(nowcast.reference_time.replace(tzinfo=None)) == past.time.values[-1]
    assert (rain.rain_rate.values == past.rain_rate.values[-1]).all()
    assert (rain.x.values == past.x.values).all()
    assert rain.forecast_period.values[0] == np.timedelta64(5, "m")
    assert again is rain
    assert said["points"][0]["coverage"] == "ok"


def test_files_become_a_nowcast(client: httpx.Client, tell: Tell, tmp_path: Path) -> None:
    whole, single = tmp_path / "storm.nc", [tmp_path / f"{n}.nc" for n in range(4)]
    frames = storm((16, 24), 4)
    whole.write_bytes(netcdf.write(frames))
    for n, path in enumerate(single):
        path.write_bytes(netcdf.write(storm((16, 24), 1, n, start=frames.times[n])))
    assert tell(client.base_url, ordering(whole, horizon=2)).summary["leads"]
    assert tell(client.base_url, ordering(single, horizon=2)).summary["leads"]


def test_a_nowcast_may_be_sent_as_frames(client: httpx.Client, tell: Tell, past: xr.Dataset) -> None:
    def story(client: Any) -> Any:
        first = yield client.nowcast(past, horizon=3)
        rain = yield first.dataset()
        return (yield client.nowcast(rain, horizon=2))

    assert len(tell(client.base_url, story).summary["leads"]) == 2


def test_a_nowcast_that_takes_its_time_is_asked_for_again(
    client: httpx.Client, tell: Tell, past: xr.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "PATIENCE_SECONDS", 0)
    assert tell(client.base_url, ordering(past, horizon=2)).summary["status"] == "done"


def test_a_job_is_followed_and_cancelled(idle: httpx.Client, tell: Tell, past: xr.Dataset) -> None:
    def story(client: Any) -> Any:
        job = yield client.order(past, horizon=2, thresholds=[1, 5])
        before = yield job.status()
        after = yield client.job(job.id).cancel()
        return job, before, after

    job, before, after = tell(idle.base_url, story)
    assert (before["id"], before["status"], before["thresholds"]) == (job.id, "queued", [1.0, 5.0])
    assert after["status"] == "cancelled"


def test_who_waits_for_a_cancelled_job_learns_it(idle: httpx.Client, tell: Tell, past: xr.Dataset) -> None:
    def story(client: Any) -> Any:
        job = yield client.order(past)
        yield job.cancel()
        yield job.nowcast(wait=5)

    with pytest.raises(JobEnded, match="Cancelled by its caller") as caught:
        tell(idle.base_url, story)
    assert (caught.value.kind, caught.value.status) == ("job-cancelled", 410)


def test_after_its_deadline_a_job_is_called_off(idle: httpx.Client, tell: Tell, past: xr.Dataset, redis: Redis) -> None:
    with pytest.raises(NotInTime, match="deadline"):
        tell(idle.base_url, ordering(past, wait=1.2))
    (name,) = [key for key in redis.scan_iter("*job:*") if redis.type(key) == b"hash"]
    assert redis.hget(name, "status") == b"cancelled"


def test_a_job_that_fails_says_why(gateway: Gateway, tell: Tell, past: xr.Dataset, store: Store, queue: Queue) -> None:
    worker = threading.Thread(target=ended, args=(store, queue, Status.FAILED, "The network burst."))
    worker.start()
    with pytest.raises(JobEnded, match="The network burst"):
        tell(gateway.client.base_url, ordering(past))
    worker.join()


REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"method": "oracle"}, NotFound, "There is no method 'oracle'; there are persistence"),
    ({"horizon": 25}, Refused, "persistence looks 1 to 24 frames ahead"),
    ({"thresholds": [-1]}, Refused, "threshold"),
]


def test_what_the_service_refuses_is_raised_in_its_words(idle: httpx.Client, tell: Tell, past: xr.Dataset) -> None:
    for asked, kind, sentence in REFUSED:
        with pytest.raises(kind, match=sentence):
            tell(idle.base_url, ordering(past, **asked))


def test_a_problem_says_where_it_lies(idle: httpx.Client, past: xr.Dataset) -> None:
    with Client(str(idle.base_url)) as caller, pytest.raises(Refused) as caught:
        caller.nowcast(past, horizon=0)
    assert (caught.value.status, caught.value.kind) == (422, "invalid-request")
    assert list(caught.value.faults) == ["/query/horizon"]
    assert len(caught.value.request_id) == 32


def test_frames_that_do_not_fit_are_refused(idle: httpx.Client, past: xr.Dataset) -> None:
    with pytest.raises(Refused, match="times must increase") as caught:
        blocking(idle.base_url, ordering(past.isel(time=[2, 1, 0])))
    assert caught.value.kind == "bad-frames"


def test_a_dataset_that_is_too_large_is_not_sent(idle: httpx.Client, past: xr.Dataset) -> None:
    with pytest.raises(TooLarge, match="at most 1000 are sent"):
        blocking(idle.base_url, ordering(past), max_bytes=1000)
    noise = np.random.default_rng(0).uniform(0, 9, (6, 256, 256)).astype(np.float32)
    with pytest.raises(Refused, match="at most 1048576 are taken"):
        blocking(idle.base_url, ordering(xr.Dataset({"rain_rate": (("time", "y", "x"), noise)})))


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gone\.nc cannot be read: No such file"):
        blocking(NOWHERE, ordering(tmp_path / "gone.nc"))


def test_what_netcdf_cannot_hold_is_said(past: xr.Dataset) -> None:
    with pytest.raises(BadFrames, match="cannot be written as NetCDF"):
        blocking(NOWHERE, ordering(past.assign_attrs(made_by={"a": "dict"})))


@pytest.mark.parametrize("job", ["x", "/regions/here", "//elsewhere/nowcasts/" + "0" * 32])
def test_what_is_no_job_is_said(job: str) -> None:
    with Client(NOWHERE) as client, pytest.raises(BadInput, match="neither the id nor the path"):
        client.job(job)


@pytest.fixture
def keyed(store: Store, settings: Settings, wakes: list[str]) -> Iterator[str]:
    """The address of a gateway that asks for keys."""
    with serving(settings.model_copy(update={"api_key": SecretStr(KEY)})) as running:
        yield str(running.client.base_url)


def test_a_key_comes_as_an_argument_or_from_the_environment(
    keyed: str, tell: Tell, past: xr.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def story(client: Any) -> Any:
        return (yield client.methods())

    with pytest.raises(NotAllowed) as caught:
        tell(keyed, story)
    assert caught.value.kind == "no-key"
    assert tell(keyed, story, key=KEY)
    monkeypatch.setenv("NOWCAST_API_KEY", KEY)
    assert tell(keyed, story)


@pytest.mark.parametrize("key", ["tö-secret", "se\ncret"])
def test_a_key_that_is_none_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(BadInput, match="characters that no key has") as caught:
        Client(NOWHERE, key)
    assert "cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://", "http://\n", ""])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="is no address of a service"):
        Client(url)


def test_a_client_does_not_show_its_key() -> None:
    with Client(NOWHERE, KEY) as client:
        assert KEY not in repr(client)
        assert KEY not in repr(client.region("here"))
