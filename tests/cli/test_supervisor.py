"""Children that are started, restarted and stopped."""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from cli import supervisor
from cli.supervisor import Child, Supervisor
from tests.waiting import until

LASTING = "import time; open({path!r}, 'a').write('x'); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {LASTING}"


def child(name: str, code: str, path: Path) -> Child:
    return Child(name, [sys.executable, "-c", code.format(path=str(path))], {})


def wait_for(path: Path, text: str) -> None:
    until(lambda: path.exists() and path.read_text() == text)


def test_a_dead_child_is_started_again(tmp_path: Path) -> None:
    watched = child("lasting", LASTING, tmp_path / "starts")
    house = Supervisor([watched])
    house.bring_up(watched)
    wait_for(tmp_path / "starts", "x")
    assert watched.process is not None
    watched.process.kill()
    watched.process.wait()
    house.watch(watched)
    assert watched.process is None
    time.sleep(max(0.0, watched.due - time.monotonic()))
    house.watch(watched)
    wait_for(tmp_path / "starts", "xx")
    house.stop()


def test_the_pause_doubles_with_every_death_in_a_row(tmp_path: Path) -> None:
    dying = child("dying", "import sys; sys.exit(3)", tmp_path / "unused")
    house, pauses = Supervisor([dying]), []
    for _ in range(3):
        dying.start()
        assert dying.process is not None
        dying.process.wait()
        before = time.monotonic()
        house.watch(dying)
        pauses.append((dying.due - time.monotonic(), dying.due - before))
        dying.due = 0
    assert all(least <= pause <= most for (least, most), pause in zip(pauses, [0.5, 1.0, 2.0], strict=True))


def test_a_child_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "GRACE_SECONDS", 0.2)
    stubborn = child("stubborn", STUBBORN, tmp_path / "up")
    stubborn.start()
    wait_for(tmp_path / "up", "x")
    Supervisor([stubborn]).stop()
    assert stubborn.code == -9


def test_those_of_a_turn_are_stopped_together_and_those_of_the_last_turn_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)  # only the main thread may set handlers
    told: list[str] = []
    turns = {"store": 2, "puller": 1, "worker": 1, "gateway": 0}
    children = [replace(child(name, LASTING, tmp_path / name), turn=turn) for name, turn in turns.items()]
    for one in children:
        monkeypatch.setattr(one, "ask", partial(noted, told, one.name, one.ask))
        monkeypatch.setattr(one, "stop", partial(noted, told, one.name, one.stop))
    house = Supervisor(children)
    thread = Thread(target=house.run)
    thread.start()
    wait_for(tmp_path / "gateway", "x")
    house.stopping.set()
    thread.join(120)
    assert told == ["gateway", "gateway", "puller", "worker", "puller", "worker", "store", "store"]
    assert [one.code for one in children] == [-15] * 4


def noted(told: list[str], name: str, do: Callable[..., None], *until: float) -> None:
    told.append(name)
    do(*until)
