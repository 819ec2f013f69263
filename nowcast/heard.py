"""Server-sent events out of the bytes of a stream, as a service sends those of a job."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nowcast.errors import BadAnswer

MEDIA = "text/event-stream"
END = "end"
LONGEST = 2**20
"""Bytes of one event."""
APART = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True)
class Event:
    """Something that happened to a job: `status` with the job, `lead` with a frame of its nowcast, `end`."""

    kind: str
    said: dict[str, Any]


class Heard:
    """The events of a stream as it comes."""

    def __init__(self) -> None:
        self.rest, self.ended = b"", False

    def add(self, chunk: bytes) -> Iterator[Event]:
        """The events that some more of it completes; BadAnswer for what is none."""
        *whole, self.rest = APART.split(self.rest + chunk)
        if len(self.rest) > LONGEST:
            raise BadAnswer(f"An event has more than {LONGEST} bytes.")
        for found in filter(None, map(event, whole)):
            self.ended = self.ended or found.kind == END
            yield found


def event(block: bytes) -> Event | None:
    """One event; None for a comment, which only says that the service is still there."""
    fields = dict(line.partition(": ")[::2] for line in block.decode(errors="replace").splitlines())
    if "data" not in fields:
        return None
    try:
        said = json.loads(fields["data"])
    except ValueError as error:
        raise BadAnswer("An event of the job is no JSON.") from error
    return Event(fields.get("event", "message"), said if isinstance(said, dict) else {})
