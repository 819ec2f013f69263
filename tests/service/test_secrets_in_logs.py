"""What the real service writes down: who did what, but no key, no password, and nothing of a frame."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from jobs import api_key
from tests.servers import free_port
from tests.service.bodies import tiny
from tests.waiting import until

ROOT = Path(__file__).parents[2]
VALUE = 7.654321
"""A rain rate that is nowhere else."""


@dataclass(frozen=True)
class Run:
    """A service with secrets, and all it has said once it has ended."""

    folder: Path
    port: int
    key: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        return (self.folder / "log").read_text()

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=30).status_code == 200
        except httpx.HTTPError:
            return False


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Gateway and worker with their keys in files, after requests good and bad."""
    folder = tmp_path_factory.mktemp("service")
    run = Run(folder, free_port(), api_key.written(*api_key.minted()))
    (folder / "secrets").mkdir()
    (folder / "secrets/nowcast_api_key").write_text(run.key + "\n")
    command = [
        "serve",
        "--port",
        str(run.port),
        "--data",
        str(folder / "data"),
        "--role",
        "gateway",
        "--role",
        "worker",
    ]
    settings = {**os.environ, "CREDENTIALS_DIRECTORY": str(folder / "secrets"), "NOWCAST_COMPILED": "false"}
    settings.pop("NOWCAST_REDIS_URL", None)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", *command], env=settings, stdout=log, stderr=log, cwd=ROOT
        )
        try:
            until(lambda: run.ready() or process.poll() is not None, 180)
            assert process.poll() is None, run.said
            used(run)
        finally:
            process.terminate()
            process.wait(270)
    return run


def used(run: Run) -> None:
    """Requests that go well, are refused, fail, and are cut off."""
    frames = tiny()
    frames["rain"][0][0][1] = VALUE
    with httpx.Client(base_url=run.url, headers={"X-API-Key": run.key}, timeout=120) as client:
        assert client.post("/nowcast?method=persistence&horizon=2", json=frames).status_code == 200
        for body in (json.dumps(frames)[:-9], "[" * 9999):
            assert client.post("/nowcast", content=body, headers={"Content-Type": "application/json"}).is_client_error
        client.get("/methods", headers={"X-API-Key": run.key[:-1] + "z"})
        client.get("/methods", headers={"Authorization": f"Bearer {run.key}x"})
        client.get(f"/nowhere/{VALUE}", params={"api_key": run.key})


@pytest.mark.slow
def test_no_key_and_no_frame_is_in_the_logs(over: Run) -> None:
    secret = over.key.rpartition("_")[2]
    assert secret not in over.said
    assert secret[:-1] not in over.said
    assert f"{VALUE}" not in over.said.replace(f"/nowhere/{VALUE}", "")


@pytest.mark.slow
def test_who_did_what_is_a_line_of_json(over: Run) -> None:
    deeds = [json.loads(line) for line in over.said.splitlines() if line.startswith("{")]
    told = [(deed["name"], deed["action"], deed["status"]) for deed in deeds]
    assert told == [
        ("first", "POST /nowcast", 200),
        ("first", "POST /nowcast", 422),
        ("first", "POST /nowcast", 422),
        ("nobody", "GET /methods", 401),
        ("nobody", "GET /methods", 401),
    ]
    assert all(re.fullmatch("[0-9a-f]{32}", deed["request"]) for deed in deeds)
