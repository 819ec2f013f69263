"""Requests made up from our own OpenAPI, good and bad: no answer is an internal error, and none is undescribed.

NOWCAST_FUZZ says how many are tried of each operation, good and bad ones: 5 in a first look, hundreds in a long one.
"""

import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs import celery_app
from jobs.settings import Settings
from service.app import create
from service.body import FORM
from service.intake import READERS
from tests.regions import frames
from tests.service.bodies import NETCDF, file
from tests.service.gateway import CARD, serving, until, working
from tests.service.region_client import URL, put, send
from tests.service.unix import unix_valkey

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis, of the test extra, makes the requests")
conformance = pytest.importorskip("schemathesis.specs.openapi.checks")
EXAMPLES = int(os.environ.get("NOWCAST_FUZZ", "5"))
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


@pytest.fixture(scope="module")
def base() -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a gateway, and what there is in it by the names that paths have for it."""
    with unix_valkey() as url, pytest.MonkeyPatch.context() as patch:
        patch.setattr(celery_app, "wake", lambda _: None)
        chosen = Settings(redis_url=url, method=CARD.method, max_body_bytes=2**20, queue_limit=64, deadline_seconds=20)
        with serving(chosen) as gateway:
            gateway.app.state.store.publish_cards([CARD], 36_000)
            gateway.app.state.store.beat("test", 36_000)
            with working(chosen):
                yield str(gateway.client.base_url), filled(gateway.client)


def filled(client: Any) -> dict[str, str]:
    """A nowcast that is done, and a region with one."""
    done = client.post("/nowcast?horizon=3", content=file(), headers=NETCDF).json()["id"]
    put(client)
    send(client, frames(2, 1, 0))
    until(lambda: client.get(f"{URL}/nowcast").is_success)
    return {"job_id": done, "region_id": "here", "lead": "5"}


def tried(operation: Any, mode: Any, base: tuple[str, dict[str, str]]) -> None:
    """Some requests of one operation, every other one about what there is."""
    address, known = base

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode), st.booleans())
    def check(case: Any, there: bool) -> None:
        if there and operation.method != "delete":
            case.path_parameters = {name: known.get(name, said) for name, said in (case.path_parameters or {}).items()}
        case.call_and_validate(base_url=address, checks=CHECKS, timeout=30)

    check()


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_to_a_good_request_is_described(name: str, base: tuple[str, dict[str, str]]) -> None:
    tried(OPERATIONS[name], GOOD, base)


@pytest.mark.parametrize("name", WITH_FAULTS)
def test_every_answer_to_a_bad_request_is_described(name: str, base: tuple[str, dict[str, str]]) -> None:
    tried(OPERATIONS[name], BAD, base)


@pytest.mark.parametrize("path", ["/nowcast", f"{URL}/frames"])
@pytest.mark.parametrize("media", READERS)
def test_no_body_is_too_much(path: str, media: str, base: tuple[str, dict[str, str]]) -> None:
    heads = (b"", b"II*\0", b"PK\x03\x04", b"\x1f\x8b\x08\0", b"CDF\x01", b"GRIB", b"GIF89a", b"P5\n", b"--b\r\n", b"{")
    said = {"Content-Type": f"{media}; boundary=b" if media == FORM else media}

    @settings(max_examples=2 * EXAMPLES, deadline=None)
    @given(st.sampled_from(heads), st.binary(max_size=400))
    def check(head: bytes, rest: bytes) -> None:
        response = httpx.post(base[0] + path, content=head + rest, headers=said, timeout=30)
        assert response.status_code in (413, 415, 422), response.text
        assert response.headers["content-type"] == "application/problem+json"

    check()
