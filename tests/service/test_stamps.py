"""A time is ISO 8601; what only looks like one is refused."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from service.conditional import dated
from service.stamps import Stamp, UtcStamp


@pytest.mark.parametrize("text", ["2020", "201609281445", "20160928144500", "1475073900", "-1475073900", 2020, 1.5e9])
@pytest.mark.parametrize("kind", [Stamp, UtcStamp])
def test_a_number_is_no_time(kind: type, text: object) -> None:
    with pytest.raises(ValidationError, match="ISO 8601 like"):
        TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize("text", ["2016-09-28T14:45:00Z", "2016-09-28 16:45:00+02:00"])
def test_a_time_is_read(text: str) -> None:
    assert TypeAdapter(Stamp).validate_python(text) == datetime(2016, 9, 28, 14, 45, tzinfo=UTC)


def test_a_time_without_an_offset_may_be_no_stamp() -> None:
    assert TypeAdapter(UtcStamp).validate_python("2016-09-28T14:45:00") == datetime(2016, 9, 28, 14, 45)
    with pytest.raises(ValidationError):
        TypeAdapter(Stamp).validate_python("2016-09-28T14:45:00")


@pytest.mark.parametrize("year", ["99999999999999999999", "10000"])
def test_a_date_no_calendar_has_is_ignored(year: str) -> None:
    assert not dated(f"Mon, 01 Jan {year} 00:00:00 GMT", datetime.now(UTC))
