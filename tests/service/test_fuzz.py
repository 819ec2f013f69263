"""Requests made up from our own OpenAPI, good and bad: no answer is an internal error, and none is undescribed.

NOWCAST_FUZZ says how many are tried of each operation, good and bad ones: 5 in a first look, at a gateway with a simple
worker; more than that (`make fuzz-api`) at `nowcast serve` with all its processes.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs import celery_app, signs
from jobs.settings import Settings
from radar.formats import netcdf
from service.app import create
from service.body import FORM
from service.intake import READERS
from tests.alerts import plan
from tests.hooks import SECRET
from tests.processes import served
from tests.regions import frames
from tests.service.bodies import NETCDF, file
from tests.service.gateway import CARD, serving, working
from tests.service.region_client import URL, put, send
from tests.service.unix import unix_valkey
from tests.waiting import until

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis, of the test extra, makes the requests")
conformance = pytest.importorskip("schemathesis.specs.openapi.checks")
FEW = 5
EXAMPLES = int(os.environ.get("NOWCAST_FUZZ", FEW))
POINT, AREA = "POINT(10 52)", "POLYGON((9.9 51.9,10.1 51.9,10.1 52.1,9.9 51.9))"
WHERE = {"f": "CoverageJSON", "crs": "CRS84", "parameter-name": "rain_rate", "datetime": "../..", "lon": 10, "lat": 52}
TILE = {"size": 256, "z": 5, "x": 16, "y": 10, "color": 2, "options": "1_1"}
GOOD, BAD = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE


SCHEMA = schemathesis.openapi.from_dict(create().openapi())
OPERATIONS = {one.ok().definition.raw["operationId"]: one.ok() for one in SCHEMA.get_all_operations()}
WITH_FAULTS = [name for name, one in OPERATIONS.items() if one.query or one.body]
"""Those that a request can be wrong for; any text may be a part of a path."""
CHECKS = [
    schemathesis.checks.not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_schema_conformance,
]


@dataclass(frozen=True)
class Place:
    """A service that runs, what there is in it by the names that paths and queries have for it, and who was asked."""

    address: str
    path: dict[str, Any]
    query: dict[str, Any]
    asked: Counter[int]


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A service with a nowcast that is done, and a region with frames, a nowcast, an alert and a replay."""
    running = whole(tmp_path_factory.mktemp("data")) if EXAMPLES > FEW else simple()
    with running as address, httpx.Client(base_url=address, timeout=60) as client:
        filled = Place(address, there(client), WHERE, Counter())
        yield filled
    told(request.config, f"{filled.asked.total()} requests were answered: {dict(sorted(filled.asked.items()))}")


@contextmanager
def simple() -> Iterator[str]:
    """A gateway with a worker that says the rain stays."""
    with unix_valkey() as url, pytest.MonkeyPatch.context() as patch:
        patch.setattr(celery_app, "wake", lambda _: None)
        chosen = Settings(redis_url=url, method=CARD.method, max_body_bytes=2**20, queue_limit=64, deadline_seconds=20)
        with serving(chosen) as gateway:
            gateway.app.state.store.publish_cards([CARD], 36_000)
            signs.warm(gateway.app.state.store.redis, "test", 36_000)
            with working(chosen):
                yield str(gateway.client.base_url)


@contextmanager
def whole(data: Path) -> Iterator[str]:
    """`nowcast serve`: gateway, worker, scheduler, puller, verifier and store."""
    with served(data, method="extrapolation", max_body_bytes=2**20) as service:
        yield service.url


def there(client: httpx.Client) -> dict[str, Any]:
    """What requests can be about, by the names paths have for it."""
    done = client.post("/nowcast?horizon=3", content=file(), headers=NETCDF).json()["id"]
    put(client)
    send(client, frames(2, 1, 0))
    until(lambda: client.get(f"{URL}/nowcast").is_success, seconds=60)
    said = {**plan().model_dump(mode="json", exclude_none=True), "secret": SECRET}
    assert client.put(f"{URL}/alerts/flood", json=said).is_success
    sent = netcdf.write(frames(3, 2, 1, 0))
    replay = client.post(f"{URL}/replays?past=2&every=1&speed=100", content=sent, headers=NETCDF).json()["id"]
    seen = client.get("/public/weather-maps.json").json()["radar"]["past"][-1]["path"]
    instance = client.get("/edr/collections/here/instances").json()["instances"][0]["id"]
    known = {"job_id": done, "region_id": "here", "lead": "5", "name": "flood", "replay_id": replay, "time": "latest"}
    return {**known, "instance_id": instance, "frame": seen.rpartition("/")[2], **TILE, "path": "main.js"}


def told(config: pytest.Config, sentence: str) -> None:
    """Say something beside the dots."""
    with config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{sentence}")


def tried(operation: Any, mode: Any, place: Place) -> None:
    """Some requests of one operation, every other one about what there is."""
    where = {**place.query, "coords": AREA if operation.path.endswith("/area") else POINT}

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode), st.booleans(), st.booleans())
    def check(case: Any, known: bool, placed: bool) -> None:
        if known and operation.method != "delete":
            case.path_parameters = {name: place.path.get(name, said) for name, said in case.path_parameters.items()}
        if known and placed:
            case.query = {name: where.get(name, said) for name, said in case.query.items()}
        answer = case.call_and_validate(base_url=place.address, checks=CHECKS, timeout=60)
        place.asked[answer.status_code] += 1

    check()


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_to_a_good_request_is_described(name: str, place: Place) -> None:
    tried(OPERATIONS[name], GOOD, place)


@pytest.mark.parametrize("name", WITH_FAULTS)
def test_every_answer_to_a_bad_request_is_described(name: str, place: Place) -> None:
    tried(OPERATIONS[name], BAD, place)


@pytest.mark.parametrize("path", ["/nowcast", f"{URL}/frames"])
@pytest.mark.parametrize("media", READERS)
def test_no_body_is_too_much(path: str, media: str, place: Place) -> None:
    heads = (b"", b"II*\0", b"PK\x03\x04", b"\x1f\x8b\x08\0", b"CDF\x01", b"GRIB", b"GIF89a", b"P5\n", b"--b\r\n", b"{")
    said = {"Content-Type": f"{media}; boundary=b" if media == FORM else media}

    @settings(max_examples=2 * EXAMPLES)
    @given(st.sampled_from(heads), st.binary(max_size=400))
    def check(head: bytes, rest: bytes) -> None:
        response = httpx.post(place.address + path, content=head + rest, headers=said, timeout=30)
        place.asked[response.status_code] += 1
        assert response.status_code in (413, 415, 422), response.text
        assert response.headers["content-type"] == "application/problem+json"

    check()
