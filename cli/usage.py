"""What a family of processes uses, as Linux counts it."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICK, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Process:
    """A process that is, or was, there; its start tells it from another that has its number later."""

    pid: int
    started: str

    def kill(self) -> None:
        """End it at once, when it is still there."""
        with suppress(OSError):
            if stat(self.pid)[19] == self.started:
                os.kill(self.pid, signal.SIGKILL)


def stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name, which may hold spaces: the first is the state."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def tree(pid: int) -> list[Process]:
    """A process and all below it."""
    try:
        found = [Process(pid, stat(pid)[19])]
        lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    return found + [below for children in lists for child in children.split() for below in tree(int(child))]


def used(pid: int) -> tuple[float, int]:
    """Seconds of processor time so far, and resident bytes, of a process and all below it that still run."""
    seconds, resident = 0.0, 0
    for process in tree(pid):
        with suppress(OSError):
            fields = stat(process.pid)
            seconds += (int(fields[11]) + int(fields[12])) / TICK
            resident += int(fields[21]) * PAGE
    return seconds, resident
