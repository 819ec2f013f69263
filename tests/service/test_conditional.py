"""What a caller has already."""

from datetime import UTC, datetime

import pytest
from starlette.requests import Request

from service.conditional import date, unchanged

MADE = datetime(2026, 1, 1, 12, 0, 0, 700_000, tzinfo=UTC)


def asked(**headers: str) -> Request:
    said = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": said})


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ({}, False),
        ({"if_none_match": 'W/"a"'}, True),
        ({"if_none_match": '"a"'}, True),
        ({"if_none_match": '"b", W/"a"'}, True),
        ({"if_none_match": "*"}, True),
        ({"if_none_match": '"b"'}, False),
        ({"if_none_match": '"b"', "if_modified_since": "Thu, 01 Jan 2026 12:00:00 GMT"}, False),
        ({"if_modified_since": "Thu, 01 Jan 2026 12:00:00 GMT"}, True),
        ({"if_modified_since": "Thu, 01 Jan 2026 12:00:01 GMT"}, True),
        ({"if_modified_since": "Thu, 01 Jan 2026 11:59:59 GMT"}, False),
        ({"if_modified_since": "Thu, 01 Jan 2026 12:00:00"}, False),
        ({"if_modified_since": "last week"}, False),
        ({"if_modified_since": ""}, False),
    ],
)
def test_what_is_unchanged(headers: dict[str, str], same: bool) -> None:
    assert unchanged(asked(**headers), 'W/"a"', MADE) is same


def test_a_date_as_http_writes_it() -> None:
    assert date(MADE) == "Thu, 01 Jan 2026 12:00:00 GMT"
