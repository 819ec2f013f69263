"""The audit log: who did what when, and with what result."""

from datetime import datetime
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from redis import Redis

from jobs import keys
from jobs.errors import DamagedBlob

MOST = 10_000
"""The newest are kept; for longer than that the log of the process is the place."""


class Deed(BaseModel):
    """One line of it."""

    model_config = ConfigDict(frozen=True)

    time: datetime
    key: str = Field(description="id of the API key; empty for nobody's, and for who works at the machine")
    name: str = Field(description="name of the key, or of the user at the machine")
    action: str = Field(description="method and path, without the query; or a command", examples=["PUT /regions/here"])
    status: int | None = Field(None, description="of the answer; null for a command")
    request: str | None = Field(None, description="id of the request")
    address: str | None = Field(None, description="where the request came from")


class Audit:
    """A capped stream."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis

    def note(self, deed: Deed) -> None:
        """Keep a line."""
        fields: dict[Any, Any] = {"deed": deed.model_dump_json(exclude_none=True)}
        self.redis.xadd(keys.AUDIT, fields, maxlen=MOST, approximate=True)

    def newest(self, count: int, before: datetime | None = None) -> list[Deed]:
        """The newest lines first, of those before a time."""
        end = f"({max(1, int(before.timestamp() * 1000))}-0" if before else "+"
        found: Any = self.redis.xrevrange(keys.AUDIT, end, "-", count=count)
        try:
            return [Deed.model_validate_json(cast(bytes, fields[b"deed"])) for _, fields in found]
        except (ValidationError, KeyError) as error:
            raise DamagedBlob("A line of the audit log is damaged.") from error
