"""Metrics on a port of their own, from a real process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from jobs.exposition import FOLDER
from tests.servers import free_port
from tests.waiting import until

ROOT = Path(__file__).parents[2]
COUNT = "from workers import metrics; metrics.JOBS.labels('m', 'done').inc(3)"


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=30).is_success
    except httpx.HTTPError:
        return False


def test_what_another_process_counted_is_shown_until_sigterm(tmp_path: Path) -> None:
    port = free_port()
    env = {**os.environ, FOLDER: str(tmp_path), "NOWCAST_METRICS_PORT": str(port)}
    subprocess.run([sys.executable, "-c", COUNT], env=env, cwd=ROOT, check=True)
    with subprocess.Popen([sys.executable, "-m", "workers.exposition"], env=env, cwd=ROOT) as server:
        url = f"http://127.0.0.1:{port}/metrics"
        until(lambda: answers(url))
        text = httpx.get(url, timeout=60).text
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
    assert 'nowcast_jobs_total{method="m",outcome="done"} 3.0' in text
