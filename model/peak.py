"""`python -m model.peak JSON`: the peak memory of one rollout, in a process that has done nothing else."""

import json
import resource
import sys
from pathlib import Path

import torch

from model.bench import Setup
from model.race import exhaust, way
from model.zoo import Network

STATUS, FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def main(wanted: str) -> None:
    """Print the MiB that a rollout takes above what there was before it."""
    fields = json.loads(wanted)
    name, model = fields.pop("way"), fields.pop("model")
    torch.set_num_threads(fields.pop("threads"))
    setup = Setup(**fields)
    runs = way(Network(model, setup.width, reference=True).build().eval(), name)
    frames = [torch.rand(1, 1, setup.side, setup.side) for _ in range(setup.past)]
    forget()
    before = peak()
    with torch.inference_mode():
        exhaust(runs, frames, setup.horizon)
    print(json.dumps({"mib": (peak() - before) / 2**10}))


def forget() -> None:
    """Let the peak be what is held now, where the system can do that."""
    if FORGET.exists():
        FORGET.write_text("5")


def peak() -> int:
    """The most memory this process has held, in KiB."""
    if STATUS.exists():
        lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
        return int(lines["VmHWM"].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (2**10 if sys.platform == "darwin" else 1)


if __name__ == "__main__":
    main(sys.argv[1])
