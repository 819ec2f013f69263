"""Child processes that are started in order, restarted when they die, and stopped turn by turn."""

import logging
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from threading import Event

from workers.orphans import HOPELESS, die_with_parent

POLL_SECONDS = 0.2
GRACE_SECONDS = 60.0
"""A warm shutdown lets a running batch end; after pool crashes Celery has been seen to take half a minute."""
LONGEST_PAUSE = 10.0

log = logging.getLogger(__name__)


@dataclass
class Child:
    """One supervised process. turn: those of the lowest are stopped first, those of one turn at the same time."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready: Callable[[], bool] = lambda: True
    turn: int = 1
    process: "subprocess.Popen[bytes] | None" = None
    deaths: int = 0
    due: float = 0.0

    def start(self) -> None:
        """Start the process; it gets a group of its own, so that Ctrl-C reaches it only through us."""
        self.process = subprocess.Popen(
            self.command,
            env=dict(self.environment),
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 (the supervisor has no threads)
        )
        log.info("started %s (pid %d)", self.name, self.process.pid)

    @property
    def code(self) -> int | None:
        """Exit code, None while it runs."""
        return self.process.poll() if self.process else None

    @property
    def running(self) -> bool:
        """True between start and end."""
        return self.process is not None and self.code is None

    def ask(self) -> None:
        """Ask it to end."""
        if self.process is not None and self.running:
            self.process.send_signal(signal.SIGTERM)

    def stop(self, until: float) -> None:
        """Wait until it has ended; one that has not by then is killed."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.error("%s did not stop in %g s and is killed", self.name, GRACE_SECONDS)
            self.process.kill()
            self.process.wait()
        log.info("stopped %s", self.name)


@dataclass
class Supervisor:
    """Keeps its children alive until it is told to stop."""

    children: list[Child]
    stopping: Event = field(default_factory=Event)
    hopeless: bool = False

    def run(self) -> int:
        """Start all in order, watch, and stop all on SIGTERM or SIGINT; the exit code."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: self.stopping.set())
        try:
            for child in self.children:
                self.bring_up(child)
            while not self.stopping.wait(POLL_SECONDS):
                for child in self.children:
                    self.watch(child)
        finally:
            self.stop()
        return HOPELESS if self.hopeless else 0

    def bring_up(self, child: Child, patience: float = 30.0) -> None:
        """Start a child and wait until it is ready or has died; the watch goes on with it from there."""
        if self.stopping.is_set():
            return
        child.start()
        until = time.monotonic() + patience
        while child.running and not child.ready() and time.monotonic() < until:
            if self.stopping.wait(POLL_SECONDS / 4):
                return

    def stop(self) -> None:
        """Stop all, turn by turn: an idle worker takes a second or two, and they need not wait for each other."""
        for _, turn in groupby(sorted(self.children, key=lambda child: child.turn), key=lambda child: child.turn):
            together, until = list(turn), time.monotonic() + GRACE_SECONDS
            for child in together:
                child.ask()
            for child in together:
                child.stop(until)

    def watch(self, child: Child) -> None:
        """Restart a child that has died, after a pause that doubles with every death in a row."""
        now = time.monotonic()
        if child.running:
            child.deaths = 0 if now > child.due + 10 * LONGEST_PAUSE else child.deaths
            return
        if child.code == HOPELESS:
            log.error("%s cannot work as things are set; everything is stopped", child.name)
            self.hopeless = True
            self.stopping.set()
        elif child.process is not None:
            pause = min(LONGEST_PAUSE, 0.5 * 2**child.deaths)
            log.error("%s ended with code %s; it is started again in %g s", child.name, child.code, pause)
            child.process, child.deaths, child.due = None, child.deaths + 1, now + pause
        if now >= child.due and not self.stopping.is_set():
            child.start()
