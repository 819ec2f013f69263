"""One run by several processes: each draws its share of every batch, gradients are averaged (torchrun, DDP)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from model.training.rollout import device_of

TORCHRUN = {"WORLD_SIZE": "1", "RANK": "0", "LOCAL_RANK": "0"}
"""What torchrun says to each process, and what holds without it."""


@dataclass(frozen=True)
class Crew:
    """The processes of a run as one of them sees it."""

    device: torch.device
    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """True in the one process that writes files."""
        return self.rank == 0

    def total(self, value: Tensor) -> Tensor:
        """The sum over all processes."""
        if self.size > 1:
            value = value.clone()
            distributed.all_reduce(value)
        return value

    def joined(self, module: nn.Module) -> nn.Module:
        """The module with gradients averaged over all processes."""
        if self.size == 1:
            return module
        return DistributedDataParallel(module, device_ids=[self.device] if self.device.type == "cuda" else None)


ALONE = Crew(torch.device("cpu"))


def leads() -> bool:
    """True in the one process that speaks for a run."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def gathered(device: str) -> Iterator[Crew]:
    """The processes torchrun started, or this one alone when it did not."""
    size, rank, local = (int(os.environ.get(name, word)) for name, word in TORCHRUN.items())
    here = device_of(device)
    if size == 1:
        yield Crew(here)
        return
    if here.type == "cuda":
        here = torch.device("cuda", local)
        torch.cuda.set_device(here)
    distributed.init_process_group("nccl" if here.type == "cuda" else "gloo")
    try:
        yield Crew(here, rank, size)
    finally:
        distributed.destroy_process_group()
