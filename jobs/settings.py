"""Where the service runs: everything an operator may set, read from NOWCAST_* variables."""

import os
from functools import cache

from pydantic import DirectoryPath, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from radar.errors import BadInput


class Settings(BaseSettings):
    """One object for gateway, workers and scheduler; each field is the variable NOWCAST_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="NOWCAST_", frozen=True)

    redis_url: str = Field(
        "redis://127.0.0.1:6379/0",
        pattern="^(rediss?|unix)://.",
        description="the Redis or Valkey server that all processes share",
    )
    checkpoints: DirectoryPath | None = Field(None, description="a folder of more checkpoints, one folder each")
    device: str = Field("cpu", description="torch device the networks run on: cpu, cuda, cuda:1, mps")
    threads: int = Field(os.cpu_count() or 1, ge=1, description="threads a worker computes with")
    method: str = Field("ms-convlstm", description="the method when a request names none")
    max_body_bytes: int = Field(64 * 2**20, ge=1, description="largest request body")
    queue_limit: int = Field(64, ge=1, description="jobs that may wait per method before new ones are refused")
    deadline_seconds: float = Field(300, gt=0, description="a job older than this is dropped, not computed")
    result_seconds: int = Field(3600, ge=1, description="how long a finished nowcast is kept")
    lease_seconds: float = Field(10, gt=0, description="a job whose worker is silent for this long is given to another")
    max_deliveries: int = Field(3, ge=1, description="tries before a job is answered as failed")


@cache
def settings() -> Settings:
    """The settings of this process; BadInput names the variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        fault = error.errors()[0]
        variable = "NOWCAST_" + "_".join(str(part) for part in fault["loc"]).upper()
        raise BadInput(f"{variable} is wrong: {fault['msg']}.") from error
