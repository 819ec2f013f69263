"""The Prefer header (RFC 7240): to wait, or not to."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header

KNOWN = re.compile(r"(respond-async)|wait\s*=\s*\"?(\d{1,6})\"?", re.IGNORECASE)


@dataclass(frozen=True)
class Preference:
    """What a caller prefers; nothing means to wait for the nowcast."""

    respond_async: bool = False
    wait: int | None = None

    @property
    def seconds(self) -> float | None:
        """How long to wait before answering 202; None is as long as it takes."""
        return 0 if self.respond_async and self.wait is None else self.wait

    @property
    def applied(self) -> str:
        """The preference as Preference-Applied names it."""
        wait = [] if self.wait is None else [f"wait={self.wait}"]
        return ", ".join((["respond-async"] if self.respond_async else []) + wait)


async def preference(
    prefer: Annotated[
        list[str] | None, Header(description="respond-async, wait=<seconds>, or both", examples=[["wait=5"]])
    ] = None,
) -> Preference:
    """What the Prefer headers say; what we do not know is ignored, as the RFC wants it."""
    said = [part.partition(";")[0].strip() for line in prefer or () for part in line.split(",")]
    found = [match for match in map(KNOWN.fullmatch, said) if match]
    waits = [int(match[2]) for match in found if match[2]]
    return Preference(any(match[1] for match in found), waits[0] if waits else None)


PreferenceDep = Annotated[Preference, Depends(preference)]
