"""How the last pull of each region went."""

from datetime import datetime
from enum import StrEnum
from typing import cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from redis import Redis

from jobs import keys
from jobs.region import Region


class Pulled(StrEnum):
    """What came of asking a source."""

    #: the history is another than before
    FRESH = "fresh"
    #: the source answered and had nothing that we have not
    NOTHING = "nothing"
    #: files came, and none of them could be used
    UNUSABLE = "unusable"
    #: the source could not be asked
    FAILED = "failed"


class Pull(BaseModel):
    """One pull of one region."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    time: datetime = Field(description="when the source was asked")
    outcome: Pulled
    detail: str = Field(description="what was done, in a sentence", examples=["2 files: 1 added, 1 same."])
    backup: bool = Field(False, description="true when the backup was asked too")
    in_vain: int = Field(0, description="pulls in a row, this one too, that brought nothing new")


class Pulls:
    """The last pull of each region."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis

    def note(self, region: Region, pull: Pull) -> None:
        """Remember a pull as the last one."""
        self.redis.set(keys.pulled(region.id), pull.model_dump_json(), ex=region.life_seconds)

    def last(self, region_id: str) -> Pull | None:
        """The last pull; None when there was none, or its note cannot be read: nothing hangs on it."""
        text = cast("bytes | None", self.redis.get(keys.pulled(region_id)))
        try:
            return None if text is None else Pull.model_validate_json(text)
        except ValidationError:
            return None
