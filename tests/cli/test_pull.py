"""`nowcast pull` as a user types it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from cli import embedded
from cli.embedded import reachable
from jobs.history import History
from jobs.regions import Regions
from jobs.settings import Settings
from radar.formats import netcdf
from tests.regions import frames, now, region
from tests.servers import free_port, redis_server, redis_url

__all__ = ["redis_server", "redis_url"]


def pull(url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "cli", "pull", *arguments]
    environment = {**os.environ, "NOWCAST_REDIS_URL": url}
    return subprocess.run(command, capture_output=True, text=True, timeout=280, check=False, env=environment)


def declare(url: str, folder: Path, **other: Any) -> None:
    source = {"kind": "folder", "location": str(folder), "options": {"settle_seconds": 0}}
    with Redis.from_url(url) as redis:
        Regions(redis).put(region(**{"source": source, **other}))


def test_it_says_what_it_did(redis_url: str, tmp_path: Path) -> None:
    now.cache_clear()
    declare(redis_url, tmp_path)
    for step in (1, 0):
        (tmp_path / f"{now():%Y%m%d%H%M}-{step}.nc").write_bytes(netcdf.write(frames(step)))
    done = pull(redis_url, "here")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("here: fresh at ")
    assert done.stdout.endswith("2 files: 2 added.\n")
    again = json.loads(pull(redis_url, "here", "--json").stdout)
    assert (again["outcome"], again["in_vain"]) == ("nothing", 1)
    with Redis.from_url(redis_url) as redis:
        assert History(redis).extent("here").frames == 2


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("nowhere", "There is no region 'nowhere'"), ("pushed", "are pushed"), ("gone", "There is no folder")],
)
def test_what_cannot_be_pulled_is_a_sentence(redis_url: str, tmp_path: Path, name: str, sentence: str) -> None:
    declare(redis_url, tmp_path / "none", id="gone")
    declare(redis_url, tmp_path, id="pushed", source=None)
    done = pull(redis_url, name)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_is_away_is_a_sentence() -> None:
    done = pull(f"redis://127.0.0.1:{free_port()}/0", "here")
    assert done.returncode == 2
    assert "does nowcast serve run?" in done.stderr


def test_the_running_server_of_a_data_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOWCAST_REDIS_URL", raising=False)
    assert reachable(Settings(), tmp_path).redis_url == Settings().redis_url
    (tmp_path / "valkey").mkdir()
    (tmp_path / "valkey" / embedded.ADDRESS).write_text("unix:///run/somewhere.sock")
    assert reachable(Settings(), tmp_path).redis_url == "unix:///run/somewhere.sock"
    monkeypatch.setenv("NOWCAST_REDIS_URL", "redis://elsewhere/0")
    assert reachable(Settings(), tmp_path).redis_url == "redis://elsewhere/0"
