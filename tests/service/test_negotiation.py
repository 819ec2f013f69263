"""Accept and Prefer, without a server."""

import pytest
from starlette.requests import Request

from service.answers import ANSWERS, chosen
from service.errors import NotAcceptable
from service.preferences import Preference, preference
from tests import loops


def asked(*accept: str) -> str:
    headers = [(b"accept", line.encode()) for line in accept]
    return loops.run(chosen(Request({"type": "http", "headers": headers})))


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("image/*", "image/png"),
        ("image/tiff; application=geotiff, image/*;q=0.9", "image/tiff"),
        ("image/apng", "image/apng"),
        ("IMAGE/PNG", "image/png"),
        ("application/json;q=0.5, application/x-netcdf", "application/x-netcdf"),
        ("application/json;q=0.5, application/x-netcdf;q=0.4", "application/json"),
        ("application/json;q=0, */*", "application/x-netcdf"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        ("image/png;q=much, application/netcdf;q=0.1", "application/netcdf"),
        ("image/png;q=nan, application/netcdf;q=0.1", "application/netcdf"),
        ("image/png;q=inf, application/netcdf;q=0.1", "application/netcdf"),
        ("", "application/json"),
    ],
)
def test_the_shape_the_caller_likes_best_is_chosen(accept: str, media: str) -> None:
    assert asked(accept) == media


def test_without_accept_it_is_json() -> None:
    assert asked() == "application/json"


def test_several_headers_are_one() -> None:
    assert asked("text/html", "image/png;q=0.1") == "image/png"


@pytest.mark.parametrize(
    "accept", ["text/html", "*/*;q=0", "text/*", "application/json;q=0", "image/webp", "*/*;q=nan"]
)
def test_what_nobody_writes_is_refused_with_what_there_is(accept: str) -> None:
    with pytest.raises(NotAcceptable, match="application/json, application/x-netcdf"):
        asked(accept)


def test_json_is_the_first_of_the_table() -> None:
    assert next(iter(ANSWERS)) == "application/json"


@pytest.mark.parametrize(
    ("said", "meant", "seconds", "applied"),
    [
        ([], Preference(), None, ""),
        (["respond-async"], Preference(True), 0, "respond-async"),
        (["wait=10"], Preference(False, 10), 10, "wait=10"),
        (["respond-async, wait=10"], Preference(True, 10), 10, "respond-async, wait=10"),
        (["Respond-Async", "wait=10"], Preference(True, 10), 10, "respond-async, wait=10"),
        (['wait="3"; foo=bar, handling=lenient'], Preference(False, 3), 3, "wait=3"),
        (["wait=soon, wait=-1, return=minimal"], Preference(), None, ""),
        (["wait=1, wait=2"], Preference(False, 1), 1, "wait=1"),
    ],
)
def test_preferences(said: list[str], meant: Preference, seconds: float | None, applied: str) -> None:
    assert loops.run(preference(said)) == meant
    assert (meant.seconds, meant.applied) == (seconds, applied)
