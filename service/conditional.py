"""Conditional requests (RFC 9110 section 13): what the caller has already is not sent again."""

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.requests import Request


def unchanged(request: Request, etag: str, modified: datetime) -> bool:
    """True when the caller's copy is this one: by its ETag, or when it sent none, by its date."""
    tags = request.headers.getlist("if-none-match")
    if tags:
        said = [tag.strip().removeprefix("W/") for line in tags for tag in line.split(",")]
        return "*" in said or etag.removeprefix("W/") in said
    return dated(request.headers.get("if-modified-since", ""), modified)


def dated(since: str, modified: datetime) -> bool:
    """True when nothing changed since a date of HTTP; what is no date is ignored, as the RFC wants it."""
    try:
        known = parsedate_to_datetime(since)
    except (ValueError, OverflowError):
        return False
    return known.tzinfo is not None and modified.replace(microsecond=0) <= known


def date(time: datetime) -> str:
    """A time as HTTP writes it."""
    return format_datetime(time.astimezone(UTC).replace(microsecond=0), usegmt=True)
