"""Alerts with real processes: a storm comes, the receiver is down, the deliverer is killed, the radar goes blind."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from radar.formats import netcdf
from radar.frames import Frames
from tests.alerts import GRID, plan
from tests.hooks import SECRET, Receiver, receiving
from tests.processes import Served, served
from tests.regions import PLACE, STEP, now, steady_clock
from tests.waiting import until

__all__ = ["steady_clock"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc: run these on Linux"),
]
BETWEEN_TRIES = 240.0
"""Each pause is twice the one before: the next try may be as long from now as the first one was ago."""
PLAN: dict[str, Any] = {
    "grid": PLACE.model_dump(mode="json"),
    "cadence_minutes": 5,
    "horizon": 3,
    "method": "persistence",
    "publish_delay_seconds": 7200,
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Served]:
    said = {"webhook_hosts": "127.0.0.1", "webhook_http": True, "webhook_seconds": 0.1, "webhook_tries": 100}
    with served(tmp_path, threads=1, **said) as running:
        yield running


class Storm:
    """A region and its alert."""

    def __init__(self, service: Served, receiver: Receiver) -> None:
        self.service, self.url = service, f"{service.url}/regions/here"
        httpx.put(self.url, json=PLAN, timeout=60).raise_for_status()
        body = {**plan(url=receiver.url).model_dump(mode="json", exclude_none=True), "secret": SECRET}
        httpx.put(f"{self.url}/alerts/flood", json=body, timeout=60).raise_for_status()

    def frame(self, step: int, rate: float) -> None:
        """The radar sees the same rate everywhere, so many steps ago."""
        one = Frames(np.full((1, 8, 8), rate, np.float32), (now() - step * STEP,), GRID)
        headers = {"Content-Type": "application/x-netcdf"}
        httpx.post(f"{self.url}/frames", content=netcdf.write(one), headers=headers, timeout=60).raise_for_status()
        until(lambda: self.alert["standing"]["reference_time"] == f"{one.times[0]:%Y-%m-%dT%H:%M:%SZ}")

    @property
    def alert(self) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{self.url}/alerts/flood", timeout=60).json()
        return found


def test_an_event_is_told_of_once_whoever_dies(service: Served, receiver: Receiver) -> None:
    storm = Storm(service, receiver)
    storm.frame(6, 0)
    receiver.statuses = [500] * 1000
    storm.frame(5, 9)
    until(lambda: len(receiver.hooks) > 1)
    service.kill("workers.puller")
    storm.frame(4, 9)
    receiver.statuses.clear()
    until(lambda: receiver.kinds == ["alert.onset"], BETWEEN_TRIES)
    assert len({hook.id for hook in receiver.hooks}) == 1
    storm.frame(3, float("nan"))
    assert storm.alert["standing"]["verdict"] == "unknown"
    until(lambda: storm.alert["waiting"] == [])
    storm.frame(2, 0)
    until(lambda: receiver.kinds == ["alert.onset", "alert.all_clear"])
    until(lambda: storm.alert["waiting"] == [])  # whoever delivers hears of it after who takes it
    onset, clear = receiver.taken[0].said, receiver.taken[-1].said
    assert onset["data"]["event"] == clear["data"]["event"]
    assert (onset["data"]["nowcast"]["method"], onset["data"]["peak"]) == ("persistence", 9)
    known = storm.alert
    assert (known["counts"]["onsets"], known["counts"]["all_clears"], known["counts"]["dead"]) == (1, 1, 0)
    text = httpx.get(f"{service.url}/metrics", timeout=60).text
    assert 'nowcast_alert_onsets_total{alert="flood",region="here"} 1.0' in text
