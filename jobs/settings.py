"""Where the service runs: everything an operator may set, read from NOWCAST_* variables."""

import os
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import DirectoryPath, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from radar.errors import BadInput


class Settings(BaseSettings):
    """One object for gateway, workers and scheduler; each field is the variable or secret NOWCAST_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="NOWCAST_", frozen=True)

    redis_url: str = Field(
        "redis://127.0.0.1:6379/0",
        pattern="^(rediss?|unix)://.",
        description="the Redis or Valkey server that all processes share",
    )
    checkpoints: DirectoryPath | None = Field(None, description="a folder of more checkpoints, one folder each")
    data: Path = Field(
        Path("data"), description="the folder of what must last: the embedded server keeps its data there"
    )
    regions: Path | None = Field(None, description="a TOML file of regions, read again whenever it changes")
    archive_days: float = Field(
        7, gt=0, le=3650, description="how long the archive below the data folder keeps nowcasts and frames"
    )
    open_sources: bool = Field(False, description="let requests, not only the file of regions, say what is fetched")
    source_hosts: str = Field(
        "", description="hosts, with commas between, that sources may ask in private networks too"
    )
    device: str = Field("cpu", description="torch device the networks run on: cpu, cuda, cuda:1, mps")
    threads: int = Field(os.cpu_count() or 1, ge=1, description="threads a worker computes with")
    precision: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto", description="what networks compute in; auto takes the fastest whose error does not show"
    )
    compiled: bool = Field(True, description="build the engine's own kernels where there is a C++ compiler")
    method: str = Field("ms-convlstm", description="the method when a request names none")
    max_body_bytes: int = Field(64 * 2**20, ge=1, description="largest request body")
    queue_limit: int = Field(64, ge=1, description="jobs that may wait per method before new ones are refused")
    deadline_seconds: float = Field(300, gt=0, description="a job older than this is dropped, not computed")
    result_seconds: int = Field(3600, ge=1, description="how long a finished nowcast is kept")
    lease_seconds: float = Field(10, gt=0, description="a job whose worker is silent for this long is given to another")
    max_deliveries: int = Field(3, ge=1, description="tries before a job is answered as failed")


def secrets() -> Path | None:
    """The folder with a file per secret: a container's, or the one systemd names; None when there is none."""
    folder = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/run/secrets"))
    return folder if folder.is_dir() else None


@cache
def settings() -> Settings:
    """The settings of this process; BadInput names the variable that is wrong."""
    try:
        return Settings(_secrets_dir=secrets())
    except ValidationError as error:
        fault = error.errors()[0]
        variable = "NOWCAST_" + "_".join(str(part) for part in fault["loc"]).upper()
        raise BadInput(f"{variable} is wrong: {fault['msg']}.") from error
