"""File names that tell a time: strftime patterns read both ways, `*` for what varies."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

from radar.errors import BadInput
from radar.formats.table import time_in

DIGITS = {"%Y": 4, "%y": 2, "%m": 2, "%d": 2, "%j": 3, "%H": 2, "%M": 2, "%S": 2}
TOKEN = re.compile(r"%.?|\*|[^%*]+", re.DOTALL)
SMALLER = ["%m", "%d", "%H", "%M", "%S"]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONGEST_NAME, MOST_STARS = 400, 4
"""Beyond these a pattern takes its time to match."""
MOST_FOLDERS = 48
"""Folders that one pull looks into, the newest ones."""


@dataclass(frozen=True)
class Naming:
    """How files are named; without a pattern a name may tell its time in the usual ways."""

    pattern: str | None

    def __post_init__(self) -> None:
        if (self.pattern or "").count("*") > MOST_STARS:
            raise BadInput(f"The pattern {self.pattern!r} has more than {MOST_STARS} stars.")
        for token in TOKEN.findall(self.pattern or ""):
            if token.startswith("%") and token not in DIGITS and token != "%%":
                known = " ".join(DIGITS)
                raise BadInput(f"The pattern {self.pattern!r} has {token!r}; there are {known}, and %% for a percent.")

    def time(self, name: str) -> datetime | None:
        """The UTC time a name tells, or None when it is not of this pattern."""
        if self.pattern is None:
            return (time_in(name) or (None,))[0]
        tokens = TOKEN.findall(self.pattern)
        if len(name) > LONGEST_NAME:
            return None
        match = re.fullmatch("".join(expression(token) for token in tokens), name, re.DOTALL)
        return time_from([token for token in tokens if token in DIGITS], match.groups()) if match else None

    def at(self, time: datetime) -> str:
        """The name of a time's file; BadInput when the pattern leaves something open."""
        if self.pattern is None or "*" in self.pattern:
            raise BadInput(f"No name can be made of the pattern {self.pattern!r} and a time.")
        return expanded(self.pattern, time)

    def before(self, time: datetime) -> str | None:
        """What sorts before the names of all later times; None unless names of this pattern sort by time."""
        closed = (self.pattern or "").partition("*")[0]
        order = [token for token in TOKEN.findall(closed) if token in DIGITS]
        sorts = len(order) >= 3 and order in (["%Y", *SMALLER[: len(order) - 1]], ["%y", *SMALLER[: len(order) - 1]])
        return expanded(closed, time) if sorts else None


def expression(token: str) -> str:
    """What a part of a pattern matches."""
    if token in DIGITS:
        return rf"(\d{{{DIGITS[token]}}})"
    return ".*" if token == "*" else re.escape("%" if token == "%%" else token)


def time_from(directives: list[str], values: tuple[str, ...]) -> datetime | None:
    """The time that the digits say; None for a 31st of June, or two values for one directive."""
    told = dict(zip(directives, values, strict=True))
    if not told or any(told[directive] != value for directive, value in zip(directives, values, strict=True)):
        return None
    try:
        return datetime.strptime(" ".join(told.values()), " ".join(told)).replace(tzinfo=UTC)
    except ValueError:
        return None


def expanded(pattern: str, time: datetime) -> str:
    """The pattern with the digits of a time, in UTC; independent of the locale."""
    utc = time.astimezone(UTC)
    return "".join(utc.strftime(token) if token.startswith("%") else token for token in TOKEN.findall(pattern))


def folders(pattern: str, start: datetime, until: datetime) -> list[str]:
    """The folders that files of these times lie in, newest first."""
    step = HOUR if "%H" in pattern else DAY
    times = [*islice(takewhile(lambda time: time > start, back(until, step)), MOST_FOLDERS - 1), start]
    return list(dict.fromkeys(expanded(pattern, time) for time in times))


def back(time: datetime, step: timedelta) -> Iterator[datetime]:
    """This time and all before it."""
    while True:
        yield time
        time -= step
