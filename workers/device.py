"""How busy and how full the device of a worker is, noted with each sign of life."""

import logging
import os
import time
from pathlib import Path

import torch

from workers import metrics

PAGE_BYTES = 4096

log = logging.getLogger(__name__)


class Device:
    """A torch device that is looked at now and then. Of a CPU, what this process and its threads have of it."""

    def __init__(self, name: str, threads: int) -> None:
        self.name, self.threads, self.cuda = name, threads, torch.device(name).type == "cuda"
        self.before = time.monotonic(), time.process_time()
        self.telling = True

    def note(self) -> None:
        """Set the gauges."""
        metrics.DEVICE_MEMORY.labels(self.name).set(self.used())
        metrics.DEVICE_TOTAL.labels(self.name).set(self.total())
        if (share := self.utilization()) is not None:
            metrics.DEVICE_UTILIZATION.labels(self.name).set(share)

    def used(self) -> int:
        """Bytes that this process has; 0 where the system does not tell."""
        if self.cuda:
            return torch.cuda.memory_reserved(self.name)
        statm = Path("/proc/self/statm")
        return int(statm.read_text().split()[1]) * PAGE_BYTES if statm.is_file() else 0

    def total(self) -> int:
        """Bytes that there are."""
        if self.cuda:
            return int(torch.cuda.get_device_properties(self.name).total_memory)
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")

    def utilization(self) -> float | None:
        """Between 0 and 1: of a GPU as its driver has it, None where nobody tells; else of this process's threads."""
        if not self.cuda:
            return self._of_threads()
        try:
            return torch.cuda.utilization(self.name) / 100
        except Exception as error:  # no nvidia-ml-py, no driver, or a GPU that does not tell: each in a way of its own
            if self.telling:
                log.warning("how busy %s is cannot be told: %s", self.name, error)
            self.telling = False
            return None

    def _of_threads(self) -> float:
        """Processor time since the last time, as a share of what the threads could have had."""
        (wall, used), self.before = self.before, (time.monotonic(), time.process_time())
        could = (self.before[0] - wall) * self.threads
        return min(1.0, (self.before[1] - used) / could) if could > 0 else 0.0
