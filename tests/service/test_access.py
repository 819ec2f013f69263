"""Which scope each request takes, whatever it is made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.api_key import Scope
from service.access import GROUPS, SAFE, is_open, needed, opened


@given(st.text(), st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"]))
def test_what_nobody_thought_of_is_never_open_for_more_than_reading(path: str, method: str) -> None:
    everything = opened(",".join(GROUPS))
    if method not in SAFE:
        assert not is_open(everything, method, path)
    if method in SAFE or needed(method, path) is Scope.READ:
        assert is_open(everything, method, path) == (needed(method, path) is Scope.READ)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_the_audit_log_is_for_admins_however_it_is_asked_for(method: str) -> None:
    assert needed(method, "/audit") is Scope.ADMIN


@pytest.mark.parametrize("path", ["/regions/a/alerts", "/regions/a/alerts/b", "/regions/\n/alerts/b"])
def test_alerts_are_no_reading_matter(path: str) -> None:
    assert needed("GET", path) is Scope.REGION_WRITE
    assert not is_open(opened("read"), "GET", path)


def test_by_default_nothing_is_open_that_has_data() -> None:
    public = opened("docs,health,viewer")
    shut = ["/regions", "/public/weather-maps.json", "/metrics", "/methods", "/docs/x", "/v2/radar/a", "/healthy"]
    assert [path for path in shut if is_open(public, "GET", path)] == []


def test_liveness_is_always_open() -> None:
    assert is_open(opened(""), "GET", "/health/live")
    assert not is_open(opened(""), "GET", "/health/ready")
    assert not is_open(opened(""), "GET", "")
