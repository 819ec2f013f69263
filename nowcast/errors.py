"""What can go wrong between a caller and the service; each message is one sentence.

NowcastError
└── ServiceError          what was asked for is not there
    ├── Unreachable       nothing answers, or not in time
    ├── NotInTime         the nowcast was not there by the deadline
    ├── BadAnswer         an answer that no nowcast service gives, or one that is too large
    ├── Overtaken         a region has a newer nowcast than the one in hand
    └── Problem           the service says what is wrong (RFC 9457)
        ├── NotAllowed    no API key, or one that is not for this
        ├── NotFound      no such job, method, region, lead, time
        ├── NotReady      what is asked for is on its way
        ├── Refused       frames or parameters that do not fit
        ├── JobEnded      the job failed, expired or was cancelled
        ├── TryLater      the service is busy, starting or away
        └── ServiceFailed a fault of the service; its log has the request by its id
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from radar.errors import NowcastError

LONGEST = 2000
"""Characters of a sentence that came from outside."""


class ServiceError(NowcastError):
    """What was asked for is not there."""


class Unreachable(ServiceError):
    """Nothing answers, or not in time."""


class NotInTime(ServiceError):
    """The nowcast was not there by the deadline."""


class BadAnswer(ServiceError):
    """An answer that no nowcast service gives, or one that is too large."""


class Overtaken(ServiceError):
    """A region has a newer nowcast than the one in hand."""


class Problem(ServiceError):
    """What the service says is wrong.

    status: of the answer; kind: stable name of the problem, such as `bad-frames`; faults: JSON pointers with what is
    wrong there; request_id: what to ask the operator about; retry_after: seconds after which to come back, if said.
    """

    def __init__(self, status: int, said: Mapping[str, Any], retry_after: float | None = None) -> None:
        super().__init__(str(said.get("detail") or f"The service answered {status} {phrase(status)}.")[:LONGEST])
        self.status, self.retry_after = status, retry_after
        self.kind = str(said.get("type", "")).rpartition("/")[2]
        faults = said.get("errors")
        listed = [one for one in faults if isinstance(one, dict)] if isinstance(faults, list) else []
        self.faults = {str(one.get("pointer")): str(one.get("detail")) for one in listed}
        self.request_id = str(said.get("instance", ""))


class NotAllowed(Problem):
    """No API key, or one that is not for this."""


class NotFound(Problem):
    """No such job, method, region, lead, time."""


class NotReady(Problem):
    """What is asked for is on its way."""


class Refused(Problem):
    """Frames or parameters that do not fit."""


class JobEnded(Problem):
    """The job failed, expired or was cancelled."""


class TryLater(Problem):
    """The service is busy, starting or away."""


class ServiceFailed(Problem):
    """A fault of the service."""


KINDS: dict[str, type[Problem]] = {"job-failed": JobEnded, "job-expired": JobEnded, "job-cancelled": JobEnded}
"""What has an exception of its own whatever the status."""
STATUS: dict[int, type[Problem]] = {
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    409: NotReady,
    410: JobEnded,
    429: TryLater,
    502: TryLater,
    503: TryLater,
    504: TryLater,
}


def problem(status: int, body: bytes, retry_after: float | None = None) -> Problem:
    """The exception for an answer that is no success; a proxy's page has no sentence in it that we would repeat."""
    said = parsed(body)
    other = ServiceFailed if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Refused
    kind = str(said.get("type", "")).rpartition("/")[2]
    return KINDS.get(kind, STATUS.get(status, other))(status, said, retry_after)


def parsed(body: bytes) -> dict[str, Any]:
    """The problem in a body; an empty one where there is none."""
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) and "detail" in said else {}


def phrase(status: int) -> str:
    """The name HTTP gives to a status, if it has one."""
    return next((known.phrase for known in HTTPStatus if known == status), "")
