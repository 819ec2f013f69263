"""A job: one nowcast that was asked for, and where it stands."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from jobs.errors import DamagedBlob
from jobs.fallback import Reason


def numbers(said: Any) -> Any:
    """Numbers out of the one text that a record holds for them."""
    return said.split() if isinstance(said, str) else said


def text(numbers: tuple[float, ...] | None) -> str | None:
    """Numbers as one text."""
    return None if numbers is None else " ".join(map(repr, numbers))


Thresholds = Annotated[tuple[float, ...] | None, BeforeValidator(numbers), PlainSerializer(text, when_used="json")]


class Status(StrEnum):
    """Where a job stands."""

    #: waits in the queue
    QUEUED = "queued"
    #: a worker has it
    RUNNING = "running"
    #: its nowcast is in the store
    DONE = "done"
    #: it ended without a nowcast, `reason` says why
    FAILED = "failed"
    #: its deadline passed before it was computed
    EXPIRED = "expired"
    #: the caller no longer wants it
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """True when nothing more will happen to the job."""
        return self not in (Status.QUEUED, Status.RUNNING)


class Priority(StrEnum):
    """Who waits for it: a caller, only the clock, or nobody: it is made to be measured."""

    INTERACTIVE = "interactive"
    SCHEDULED = "scheduled"
    SHADOW = "shadow"


class Job(BaseModel):
    """What was asked for (never changes) and where it stands (changes only forwards)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[0-9a-f]{32}$")
    method: str = Field(max_length=64)
    asked_for: str | None = Field(None, max_length=64, description="the method in whose place it answers, if any")
    fallback_reason: Reason | None = Field(None, description="why; with none it is a canary's turn")
    horizon: int = Field(ge=1, le=1000)
    thresholds: Thresholds = None
    priority: Priority = Priority.INTERACTIVE
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    owner: str = Field("", max_length=64, description="the API key that ordered it; empty when none had to")
    created: datetime
    deadline: datetime
    status: Status = Status.QUEUED
    reason: str | None = None
    finished: datetime | None = None
    engine_seconds: float | None = Field(None, description="what its nowcast took to compute, with its batch mates")

    @classmethod
    def new(
        cls,
        method: str,
        horizon: int,
        digest: str,
        deadline_seconds: float,
        priority: Priority = Priority.INTERACTIVE,
        *,
        thresholds: tuple[float, ...] | None = None,
    ) -> "Job":
        """A fresh job with an id nobody can guess."""
        now = datetime.now(UTC)
        return cls(
            id=secrets.token_hex(16),
            method=method,
            horizon=horizon,
            thresholds=thresholds,
            priority=priority,
            digest=digest,
            created=now,
            deadline=now + timedelta(seconds=deadline_seconds),
        )

    @classmethod
    def of_record(cls, job_id: str, record: dict[bytes, bytes]) -> "Job":
        """The job of a record in the store, or DamagedBlob."""
        try:
            return cls.model_validate({key.decode(): value.decode() for key, value in record.items()})
        except (ValidationError, UnicodeDecodeError) as error:
            raise DamagedBlob(f"The record of job {job_id} is damaged.") from error

    def owned(self, owner: str) -> "Job":
        """The same, of an API key; the jobs of two owners are never one, whatever is in them."""
        if not owner:
            return self
        content = hashlib.sha256(f"{self.digest}\0{owner}".encode()).hexdigest()
        return self.model_copy(update={"owner": owner, "digest": content})

    @property
    def late(self) -> bool:
        """True when its deadline has passed."""
        return datetime.now(UTC) > self.deadline


def digest(
    blob: bytes,
    method: str,
    version: str,
    horizon: int,
    thresholds: tuple[float, ...] | None = None,
    *,
    part: Sequence[str | None] = (),
) -> str:
    """The content hash of a request: equal for equal frames and options, so one flight answers all of them.

    part: what else tells it apart from a request of the method itself.
    """
    content = hashlib.sha256(blob)
    content.update("\0".join(map(str, ("", method, version, horizon, text(thresholds), *part))).encode())
    return content.hexdigest()
