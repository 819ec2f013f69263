"""A client that was written for RainViewer runs against this service with another host, and nothing else."""

import subprocess
import sys
from pathlib import Path

import httpx

from tests.regions import now, steady_clock
from tests.service.map_client import HERE, shown, striped

__all__ = ["steady_clock"]
CLIENT = Path(__file__).with_name("rainviewer_client.py")


def test_an_existing_client_runs_unchanged(client: httpx.Client) -> None:
    shown(client, striped(2, 1, 0))
    host = str(client.base_url).rstrip("/")
    command = [sys.executable, str(CLIENT), host, str(HERE[1]), str(HERE[0])]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    rows = [line.split() for line in ran.stdout.splitlines()]
    at = int(now().timestamp())
    assert [int(time) - at for time, _, _ in rows] == [-600, -300, 0, 300, 600, 900]
    assert [kind for _, kind, _ in rows] == ["past"] * 3 + ["nowcast"] * 3
    assert all(int(wet) > 0 for _, _, wet in rows)
