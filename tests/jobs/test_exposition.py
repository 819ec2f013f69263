"""The metrics of several processes, of which some have died."""

import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import REGISTRY, generate_latest

from jobs import exposition

CHILDREN = """
import os, sys
from multiprocessing import get_context
from prometheus_client import Counter, Gauge
done = Counter("nowcast_done", "Done.", ["method"])
busy = Gauge("nowcast_busy", "Busy.", multiprocess_mode="livesum")

def child(at):
    done.labels("m").inc(at)
    busy.set(1)
    if at == 2:
        os.kill(os.getpid(), 9)

children = [get_context("fork").Process(target=child, args=(at,)) for at in (1, 2, 4)]
for one in children:
    one.start()
for one in children:
    one.join()
busy.set(10)
done.labels("m").inc(8)
print("up", flush=True)
sys.stdin.read()
"""


def test_pool_children_count_also_when_they_are_dead_and_are_not_there_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three forked children, one killed, and their parent, which lives."""
    monkeypatch.setenv(exposition.FOLDER, str(tmp_path))
    command = [sys.executable, "-W", "ignore", "-c", CHILDREN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        assert parent.stdin
        assert parent.stdout.readline() == "up\n"
        text = generate_latest(exposition.registry()).decode()
        parent.stdin.close()
    assert 'nowcast_done_total{method="m"} 15.0' in text
    assert "nowcast_busy 10.0" in text
    after = generate_latest(exposition.registry()).decode()
    assert 'nowcast_done_total{method="m"} 15.0' in after
    assert "nowcast_busy" not in after


def test_one_process_alone_needs_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(exposition.FOLDER, raising=False)
    assert exposition.registry() is REGISTRY


def test_two_scrapes_at_once_bury_a_process_once(tmp_path: Path) -> None:
    (tmp_path / "gauge_livesum_4194305.db").write_bytes(b"")  # above the largest id that Linux gives
    exposition.bury(tmp_path)
    exposition.bury(tmp_path)
    assert list(tmp_path.iterdir()) == []
