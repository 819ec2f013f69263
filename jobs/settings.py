"""Where the service runs: everything an operator may set, read from NOWCAST_* variables."""

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, DirectoryPath, Field, FilePath, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from jobs import api_key
from radar.errors import BadInput


def a_key(text: SecretStr) -> SecretStr:
    """Refuse what is no API key, without repeating it."""
    if api_key.parted(text.get_secret_value()) is None:
        raise ValueError("it is no key: nowcast_, 12 hexadecimal digits, _, 64 hexadecimal digits")
    return text


def an_address(text: str) -> str:
    """Refuse an address that cannot be taken apart, without repeating it: a password may be in it."""
    try:
        _ = urlsplit(text).port
    except ValueError:
        raise ValueError("its host or port cannot be understood") from None
    return text


ApiKeyText = Annotated[SecretStr, AfterValidator(a_key)]


class Settings(BaseSettings):
    """One object for gateway, workers and scheduler; each field is the variable or secret NOWCAST_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="NOWCAST_", frozen=True, hide_input_in_errors=True)

    redis_url: Annotated[str, AfterValidator(an_address)] = Field(
        "redis://127.0.0.1:6379/0",
        pattern="^(rediss?|unix)://.",
        repr=False,
        description="the Redis or Valkey server that all processes share",
    )
    checkpoints: DirectoryPath | None = Field(None, description="a folder of more checkpoints, one folder each")
    data: Path = Field(
        Path("data"), description="the folder of what must last: the embedded server keeps its data there"
    )
    regions: Path | None = Field(None, description="a TOML file of regions, read again whenever it changes")
    archive_days: float = Field(7, gt=0, le=3650, description="how long the archive keeps nowcasts and frames")
    archive: str = Field(
        "", repr=False, description="folder or fsspec URL of the archive; `archive` in the data folder by default"
    )
    replays: DirectoryPath | None = Field(None, description="a folder of event files that replays may name")
    open_sources: bool = Field(
        False, description="let requests, not only the file of regions, say what is fetched; never a folder"
    )
    source_hosts: str = Field(
        "", description="hosts, or host:port, with commas between, that sources may ask in private networks too"
    )
    webhook_hosts: str = Field(
        "", description="hosts, or host:port, with commas between, that alerts may be sent to in private networks too"
    )
    webhook_http: bool = Field(False, description="let alerts go over plain http, where anybody may read along")
    webhook_tries: int = Field(10, ge=1, le=100, description="tries before a message of an alert is given up")
    webhook_seconds: float = Field(
        5, gt=0, le=3600, description="pause after the first try that failed; it doubles, up to an hour"
    )
    device: str = Field("cpu", description="torch device the networks run on: cpu, cuda, cuda:1, mps")
    threads: int = Field(os.cpu_count() or 1, ge=1, description="threads a worker computes with")
    precision: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto", description="what networks compute in; auto takes the fastest whose error does not show"
    )
    weights_bytes: int = Field(
        2**32, ge=1, description="weights a worker holds; the network least recently used makes room for another"
    )
    worker_bytes: int | None = Field(
        None, ge=2**29, description="memory the process that computes may take (Linux); none takes what there is"
    )
    compiled: bool = Field(True, description="build the engine's own kernels where there is a C++ compiler")
    method: str = Field("ms-convlstm", description="the method when a request names none")
    max_body_bytes: int = Field(64 * 2**20, ge=1, description="largest request body")
    queue_limit: int = Field(64, ge=1, description="jobs that may wait per method before new ones are refused")
    deadline_seconds: float = Field(300, gt=0, description="a job older than this is dropped, not computed")
    result_seconds: int = Field(3600, ge=1, description="how long a finished nowcast is kept")
    log_format: Literal["text", "json"] = Field("text", description="how lines of the log look: for people, or JSON")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="the least level of our own lines; info has one for each job and each pull"
    )
    metrics_host: str = Field("127.0.0.1", description="address of the port below")
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="port on which roles without a gateway show their metrics; none shows none"
    )
    metrics_series: int = Field(
        100_000, ge=0, description="series of verification a scrape may have; with more, details are left out"
    )
    lease_seconds: float = Field(10, gt=0, description="a job whose worker is silent for this long is given to another")
    max_deliveries: int = Field(3, ge=1, description="tries before a job is answered as failed")
    access: Literal["auto", "keys", "open"] = Field(
        "auto", description="keys: who has one; open: everybody; auto: keys with a first one, else this machine only"
    )
    api_key: ApiKeyText | None = Field(None, description="a first API key, for everything; best as a secret file")
    public: str = Field("docs,health,viewer", description="what is open to those without a key, with commas between")
    cors_origins: str = Field("", description="origins, with commas between, whose pages may use the service")
    key_requests: int = Field(600, ge=1, description="requests a key may send in a minute, unless it says so itself")
    key_nowcasts: int = Field(60, ge=1, description="nowcasts a key may order in a minute, unless it says so itself")
    redis_username: str | None = Field(None, description="user of the server, when its address names none")
    redis_password: SecretStr | None = Field(None, description="password of that user; best as a secret file")
    redis_tls_ca: FilePath | None = Field(None, description="who may vouch for a rediss:// server; or the system's")
    redis_tls_cert: FilePath | None = Field(None, description="our own certificate, for a server that asks for one")
    redis_tls_key: FilePath | None = Field(None, description="its private key")


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
