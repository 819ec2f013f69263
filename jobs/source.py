"""Where a region's frames come from, as an operator writes it down; what fetches them lies in the workers."""

from datetime import timedelta
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from radar.formats.table import FORMATS

Kind = Literal["folder", "clock", "index", "s3", "manifest", "stac"]
"""watched folder, HTTP name from the clock, HTTP directory index, S3 listing, manifest JSON, STAC search"""
SCHEMES = {"folder": ("", "file"), "s3": ("s3", "https", "http")}
WEB = ("https", "http")


class SourceSpec(BaseModel):
    """A place that new radar files appear in, and how to ask it politely."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind = Field(description="how new files are found")
    location: str = Field(min_length=1, max_length=2000, description="a URL, or the path of a folder")
    name: str | None = Field(
        None, max_length=400, description="strftime pattern of a file's name, in UTC", examples=["RX_%Y%m%d%H%M.bz2"]
    )
    format: str | None = Field(None, max_length=40, description="name of the format; None lets the bytes tell")
    max_bytes: int = Field(64 * 2**20, ge=1, le=2**30, description="largest file that is taken")
    timeout_seconds: float = Field(20.0, gt=0, le=300, description="how long one file may take")
    retry_minutes: float = Field(30.0, ge=0, le=1440, description="how long a frame that is not there yet is asked for")
    attribution: str = Field("", max_length=400, description="whom the licence wants named beside the data")
    headers: dict[str, str] = Field(default_factory=dict, description="HTTP headers, a key perhaps; never shown again")
    options: dict[str, str | int | float | bool] = Field(
        default_factory=dict, description="what only this kind of source understands"
    )
    backup: "SourceSpec | None" = Field(None, description="asked when this one fails; it has no backup of its own")

    @property
    def retry(self) -> timedelta:
        """How long a frame that is not there yet is asked for."""
        return timedelta(minutes=self.retry_minutes)

    @property
    def public(self) -> "SourceSpec":
        """The same without headers, which may hold a key."""
        return self.model_copy(update={"headers": {}, "backup": self.backup and self.backup.public})

    @property
    def local(self) -> bool:
        """True when it, or its backup, reads what lies on the machine that fetches."""
        return self.kind == "folder" or (self.backup is not None and self.backup.local)

    @model_validator(mode="after")
    def fitting(self) -> Self:
        """The location fits the kind, carries no password, and there is one backup at most."""
        parts = urlsplit(self.location)
        wanted = SCHEMES.get(self.kind, WEB)
        if parts.scheme not in wanted:
            raise ValueError(f"a source of kind {self.kind} has a location that begins with {said(wanted)}")
        if self.format is not None and self.format not in FORMATS:
            raise ValueError(f"there is no format {self.format!r}; there are {', '.join(FORMATS)}")
        if parts.username or parts.password:
            raise ValueError("a location is shown to everybody and may carry no password; use headers")
        if self.backup and self.backup.backup:
            raise ValueError("a backup has no backup of its own")
        return self


def said(schemes: tuple[str, ...]) -> str:
    """How a location may begin, in words."""
    return " or ".join(f"{scheme}://" if scheme else "a path" for scheme in schemes)
