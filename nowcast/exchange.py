"""What is said to the service and heard from it, with no socket: flows of steps, which a transport carries out.

A flow is a generator. It yields a step, is sent what came of it, and returns its result; the blocking and the
asynchronous client differ only in who carries out the steps.
"""

import json
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike

from nowcast.errors import BadAnswer, Unreachable, problem

T = TypeVar("T")
R = TypeVar("R")
Carrier = TypeVar("Carrier")

JSON, NETCDF = "application/json", "application/x-netcdf"
PASSING = {429, 502, 503}
"""Statuses after which it is worth to ask again."""
TRIES = 4
PAUSE_SECONDS = 0.25
"""Before the second try where the service does not say; it doubles."""


@dataclass(frozen=True)
class Limits:
    """How long an operation may take with all its tries, and how many bytes may go or come at once."""

    seconds: float = 60.0
    max_bytes: int = 2**28

    @property
    def until(self) -> float:
        """When an operation that begins now has to be over, by the monotonic clock."""
        return time.monotonic() + self.seconds


@dataclass(eq=False)
class Resource(Generic[Carrier]):
    """A thing of the service: what carries steps out, how far, and the path it has."""

    transport: Carrier = field(repr=False)
    limits: Limits = field(repr=False)
    path: str = ""


@dataclass(frozen=True)
class Body:
    """What is sent: the bytes of one file, or several files as a form."""

    content: bytes | None = None
    media: str | None = None
    files: Sequence[tuple[str, bytes]] = ()


@dataclass(frozen=True)
class Request:
    """A request, to be answered by a moment of the monotonic clock. Each may be sent twice: that does no harm."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body = Body()
    until: float = 0.0


@dataclass(frozen=True)
class Pause:
    """Nothing, for some seconds."""

    seconds: float


@dataclass(frozen=True)
class Work(Generic[R]):
    """What takes the processor or the disk a while: an event loop has it done in a thread."""

    do: Callable[[], R]


@dataclass(frozen=True)
class Answer:
    """An answer; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> float | None:
        """Seconds after which to come back, if the service says so."""
        said = self.headers.get("retry-after", "")
        return float(said) if said.isascii() and said.isdecimal() else None

    def said(self, *fields: str) -> dict[str, Any]:
        """The JSON object of an answer, which has these fields; BadAnswer when it is another."""
        try:
            said = json.loads(self.body)
        except ValueError as error:
            raise BadAnswer(f"The answer is no JSON but {self.headers.get('content-type', 'nothing')!r}.") from error
        if not isinstance(said, dict) or (lacking := [field for field in fields if field not in said]):
            raise BadAnswer(f"The answer lacks {', '.join(lacking) if isinstance(said, dict) else 'all fields'}.")
        return said


Flow = Generator[Request | Pause | Work[Any], Any, T]
"""A request is answered by an Answer or Unreachable, a pause by None, work by its result."""


def asked(request: Request, until: float) -> Flow[Answer]:
    """The answer to a request, sent again while that may help; or a Problem, or Unreachable."""
    for tried in range(1, TRIES + 1):
        outcome: Answer | Unreachable = yield replace(request, until=until)
        pause = PAUSE_SECONDS * 2 ** (tried - 1)
        if isinstance(outcome, Answer):
            pause = pause if outcome.retry_after is None else outcome.retry_after
            if outcome.status not in PASSING:
                break
        if tried == TRIES or time.monotonic() + pause >= until:
            break
        yield Pause(pause)
    if isinstance(outcome, Unreachable):
        raise outcome
    if request.method == "DELETE" and tried > 1 and outcome.status == 404:
        return outcome  # gone: by a try whose answer was lost
    return checked(outcome)


def checked(answer: Answer) -> Answer:
    """A success, or what the problem is."""
    if not 200 <= answer.status < 300:
        raise problem(answer.status, answer.body, answer.retry_after)
    return answer


def query(**said: object) -> dict[str, str]:
    """The parameters that were given, as an address has them."""
    return {name: written(value) for name, value in said.items() if value is not None}


def written(value: object) -> str:
    """A value; several, in whatever holds them, with commas between."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, np.ravel(cast(ArrayLike, value)).tolist()))
