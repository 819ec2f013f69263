"""Times as callers write them: ISO 8601, and nothing that only looks like a time."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator


def iso(value: object) -> object:
    """A time as it is; ValueError for a number, which pydantic would take for seconds since 1970: 2020 is a year."""
    if isinstance(value, int | float) or (isinstance(value, str) and "-" not in value.strip()[1:]):
        raise ValueError("a time is ISO 8601 like 2016-09-28T14:45:00Z, not a number")
    return value


Stamp = Annotated[AwareDatetime, BeforeValidator(iso)]
"""A time with its offset."""
UtcStamp = Annotated[datetime, BeforeValidator(iso)]
"""A time that is UTC where it names no offset."""
