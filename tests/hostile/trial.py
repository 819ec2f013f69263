"""Reads mutants in this process, which may die of them: `python -m tests.hostile.trial JOURNAL NAME:FIRST:COUNT`."""

import faulthandler
import json
import mmap
import resource
import signal
import sys
import time
import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType

from radar.errors import BadInput
from radar.formats.table import read
from tests.hostile.mutation import mutant
from tests.hostile.seeds import hints

MEMORY = 3 * 2**30
"""Address space of a trial, of which Python with its libraries takes one."""
SECONDS = 20
"""Of processor time, which a busy machine hardly changes."""
NAME = 64
"""Bytes that name a mutant."""


class Stuck(BaseException):
    """A mutant that took too long; no reader may catch it."""


@dataclass
class Outcome:
    """What became of some mutants. slowest: seconds; peak: MiB by which the process grew beyond where it began."""

    tried: int = 0
    read: int = 0
    refused: int = 0
    slowest: float = 0.0
    peak: float = 0.0
    faults: list[str] = field(default_factory=list)


def stuck(*_: int | FrameType | None) -> None:
    """Time is up."""
    raise Stuck


def resident() -> float:
    """The most memory this process ever had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def attempt(data: bytes, name: str, outcome: Outcome) -> str:
    """Read one mutant; what is wrong with how that ended, or nothing."""
    try:
        read(data, hints(name))
        outcome.read += 1
        return ""
    except BadInput as error:
        outcome.refused += 1
        hungry = isinstance(error.__cause__, MemoryError)
        return "out of memory" if hungry else "" if str(error).endswith((".", "?")) else f"said {str(error)!r}"
    except Stuck:
        return f"took more than {SECONDS} s"
    except Exception as error:  # this is what we look for
        return f"{type(error).__name__}: {error}"


def trial(name: str, numbers: range, journal: mmap.mmap) -> Outcome:
    """Read mutants one after the other; the journal names the one that is being read."""
    outcome, before = Outcome(), resident()
    for number in numbers:
        journal[:NAME] = f"{name} {number}".ljust(NAME).encode()
        data, began = mutant(name, number), time.process_time()
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        fault = attempt(data, name, outcome)
        signal.setitimer(signal.ITIMER_PROF, 0)
        outcome.slowest = max(outcome.slowest, time.process_time() - began)
        outcome.faults += [f"{name} {number}: {fault}"] if fault else []
        outcome.tried += 1
    outcome.peak = resident() - before
    return outcome


def main(journal: str, *parts: str) -> None:
    """Bound this process, try, and print what came of each file's mutants as JSON."""
    faulthandler.enable()
    warnings.simplefilter("error")
    signal.signal(signal.SIGPROF, stuck)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with Path(journal).open("r+b") as file, mmap.mmap(file.fileno(), NAME) as noted:
        for name, first, count in (part.split(":") for part in parts):
            outcome = trial(name, range(int(first), int(first) + int(count)), noted)
            print(json.dumps({name: asdict(outcome)}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
