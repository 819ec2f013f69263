"""What all processes of a machine count, summed, as Prometheus reads it."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where every process keeps its counts in a file of its own; a pool child has one too."""


class Processes(Collector):
    """All processes that share a folder. Counts of those that have ended stay; what they said of the present goes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def collect(self) -> Iterable[Metric]:
        """Sums over processes."""
        bury(self.folder)
        found: Iterable[Metric] = MultiProcessCollector(None, str(self.folder)).collect()  # type: ignore[no-untyped-call]
        return found


def registry() -> CollectorRegistry:
    """Where to read from: all processes when they share a folder, else this one."""
    if FOLDER not in os.environ:
        return REGISTRY
    found = CollectorRegistry()
    found.register(Processes(Path(os.environ[FOLDER])))
    return found


def bury(folder: Path) -> None:
    """Take out what dead processes said of the present: nobody else sees a pool child die."""
    for pid in {int(path.stem.rpartition("_")[2]) for path in folder.glob("gauge_live*_*.db")}:
        if not alive(pid):
            with suppress(FileNotFoundError):  # another scrape was faster
                mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


def alive(pid: int) -> bool:
    """True while there is a process of this id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
