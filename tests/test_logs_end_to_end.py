"""The log of the real service as lines of JSON: a request is found in the lines of every process it went through."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from radar.formats import netcdf
from radar.synthetic import storm
from tests.processes import Served, served
from tests.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc: run these on Linux"),
]


VALKEY = re.compile(r"\d+:[CMSX] ")
"""How lines of the embedded server begin, which has a form of its own."""


def lines(log: Path) -> list[dict[str, Any]]:
    """All that our own processes said so far; a line that is no JSON fails here."""
    whole = log.read_text().rpartition("\n")[0].splitlines()
    return [json.loads(line) for line in whole if not VALKEY.match(line)]


def about(log: Path, **ids: str) -> list[dict[str, Any]]:
    """The lines with these ids."""
    return [line for line in lines(log) if ids.items() <= line.items()]


def test_a_request_is_found_in_the_lines_of_gateway_and_worker(tmp_path: Path) -> None:
    with served(tmp_path, tmp_path / "log", log_format="json", threads=1, compiled="false") as service:
        sent = netcdf.write(storm(shape=(16, 16), frames=4, seed=0))
        answer = service.post(sent, "?method=persistence&horizon=1", X_Request_Id="asked-here")
        until(lambda: len(about(tmp_path / "log", request="asked-here")) > 1)
        pushed(service, sent)
        until(lambda: bool(about(tmp_path / "log", region="here", logger="workers.drain")))
        gateway, worker = sorted(about(tmp_path / "log", request="asked-here"), key=lambda line: line["logger"])
        assert about(tmp_path / "log", logger="cli.supervisor")
    assert (gateway["logger"], worker["logger"]) == ("jobs.ordering", "workers.drain")
    assert gateway["job"] == worker["job"] == answer.json()["id"]
    assert gateway["process"] != worker["process"]


def pushed(service: Served, frames: bytes) -> None:
    """Frames for a region, whose nowcast follows from them."""
    httpx.put(f"{service.url}/regions/here", json={"cadence_minutes": 5}, timeout=60).raise_for_status()
    headers = {"Content-Type": "application/x-netcdf", "X-Request-Id": "pushed-here"}
    sent = httpx.post(f"{service.url}/regions/here/frames", content=frames, headers=headers, timeout=60)
    assert sent.status_code == 200, sent.text
